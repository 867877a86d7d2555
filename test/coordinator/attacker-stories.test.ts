// Somebody who reaches a coordinator's port: with no certificate, one of another CA, and with what one real server holds.
import { readFileSync } from 'node:fs';
import { connect as connectTcp, type Socket } from 'node:net';
import { Client, credentials, type ServiceError, status } from '@grpc/grpc-js';
import { afterEach, expect, test } from 'vitest';
import { permitted } from '../../src/api/permitted.ts';
import { loadApi } from '../../src/api/proto-services.ts';
import type { TlsFiles } from '../../src/api/tls-files.ts';
import { serveHttp } from '../../src/runtime/http.ts';
import { createLog } from '../../src/runtime/log.ts';
import { realClock } from '../../src/runtime/system-clock.ts';
import { testAuthority } from '../pki/certificates.ts';
import { type Certified, openCertified } from './certified.ts';
import { policy, service, site } from './harness.ts';

let certified: Certified;
afterEach(() => certified.close());

const raw = (bytes: Buffer): Buffer => bytes;
const long = { timeout: 120_000 };
const { Connect } = loadApi().agents.service;
/** Beside ours: what the standard services have, each with a question that they answer: is it serving, which services are there. */
const standard = [
  ['/grpc.health.v1.Health/Check', ''],
  ['/grpc.health.v1.Health/Watch', ''],
  ['/grpc.reflection.v1.ServerReflection/ServerReflectionInfo', '3a00'],
  ['/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo', '3a00'],
] as const;
const ours = Object.keys(permitted).map((name) => `/causeway.v1.${name.replace('.', '/')}`);

type Way = 'plaintext' | 'no certificate' | TlsFiles;

function channel(way: Way) {
  if (way === 'plaintext') return credentials.createInsecure();
  const ca = readFileSync(`${certified.ca.folder}/ca.pem`);
  if (way === 'no certificate')
    return credentials.createSsl(ca, null, null, { checkServerIdentity: () => undefined });
  return credentials.createSsl(ca, readFileSync(way.key), readFileSync(way.cert), {
    checkServerIdentity: () => undefined,
  });
}

/** What comes of one message on a stream of its own: the status, and how many messages came back. */
async function call(
  way: Way,
  path: string,
  message: Buffer = Buffer.alloc(0),
  port = certified.coordinator.port,
): Promise<{ code: number; heard: number }> {
  const client = new Client(`127.0.0.1:${port}`, channel(way), {
    'grpc.use_local_subchannel_pool': 1,
    'grpc.enable_retries': 0,
  });
  try {
    return await new Promise((resolve) => {
      let heard = 0;
      const stream = client.makeBidiStreamRequest(path, raw, raw, { deadline: Date.now() + 10_000 });
      stream.on('data', () => {
        heard += 1;
      });
      stream.on('error', ({ code }: ServiceError) => resolve({ code, heard }));
      stream.on('end', () => resolve({ code: status.OK, heard }));
      stream.write(message);
      stream.end();
    });
  } finally {
    client.close();
  }
}

test('who has no certificate of this CA calls no method, of whatever service', long, async () => {
  certified = await openCertified();
  const other = await testAuthority();
  certified.closing(() => other.remove());
  const foreign = await other.issue('admin/alice');
  for (const way of ['plaintext', 'no certificate', foreign] as const)
    for (const path of [...ours, ...standard.map(([name]) => name)])
      expect([path, await call(way, path)]).toEqual([path, { code: status.UNAVAILABLE, heard: 0 }]);
  const alice = await certified.client('admin/alice');
  expect(await alice.list()).toMatchObject({ resources: [] });
});

test('who holds the key of one real server may be that real server, and nothing else', long, async () => {
  certified = await openCertified();
  const alice = await certified.client('admin/alice');
  await alice.apply([site('fra')]);
  const stolen = await certified.ca.issue('realserver/fra/r1');
  for (const path of ours.filter((one) => one.includes('/causeway.v1.Admin/')))
    expect([path, await call(stolen, path)]).toEqual([path, { code: status.PERMISSION_DENIED, heard: 0 }]);
  // One coordinator alone has no peers.
  expect((await call(stolen, '/causeway.v1.Peers/Observe')).code).toBe(status.UNIMPLEMENTED);
  // Whether it serves, and what methods there are, everybody is told who has a certificate.
  for (const [path, question] of standard.filter(([name]) => !name.endsWith('Watch')))
    expect([path, await call(stolen, path, Buffer.from(question, 'hex'))]).toEqual([
      path,
      { code: status.OK, heard: 1 },
    ]);
  const said = { prefixLength: 24, capacity: 100, programVersion: 'test' };
  const others = [
    { ...said, role: 'realserver', name: 'r2', site: 'fra', address: '10.1.0.12' },
    { ...said, role: 'realserver', name: 'r1', site: 'lon', address: '10.1.0.11' },
    { ...said, role: 'director', name: 'r1', site: 'fra', address: '10.1.0.11' },
  ];
  for (const hello of others)
    expect(await call(stolen, Connect.path, Connect.requestSerialize({ hello }))).toEqual({
      code: status.PERMISSION_DENIED,
      heard: 0,
    });
  const large = Connect.requestSerialize({
    hello: { ...others[0], labels: { a: 'x'.repeat(64 << 10) } } as never,
  });
  expect((await call(stolen, Connect.path, large)).code).toBe(status.FAILED_PRECONDITION);
  expect(await alice.list()).toMatchObject({ resources: [{ kind: 'Site', name: 'fra' }] });
  expect((await alice.status()).agents).toEqual([]);
});

test('who reaches the HTTP port reads figures and names, and can do nothing', long, async () => {
  certified = await openCertified();
  const alice = await certified.client('admin/alice');
  await alice.apply([site('fra'), service('web'), policy('r1', 100)]);
  // As main() does.
  const http = await serveHttp({
    ...{ address: '127.0.0.1:0', exposition: certified.coordinator.metrics.registry },
    ...{ healthy: certified.coordinator.trouble, log: createLog('test', 'silent'), clock: realClock },
  });
  certified.closing(() => http.close());
  const ask = async (path: string, init: RequestInit = {}): Promise<[number, string]> => {
    const response = await fetch(`http://${http.address}${path}`, init);
    return [response.status, await response.text()];
  };
  expect(await ask('/healthz')).toEqual([200, 'ok\n']);
  const [code, figures] = await ask('/metrics');
  expect([code, figures]).toEqual([200, expect.stringContaining('causeway_coordinator_')]);
  // No address, no key, nobody's certificate.
  expect(figures).not.toMatch(/\d+\.\d+\.\d+\.\d+:|192\.0\.2\.|10\.1\.|[0-9a-f]{32}|BEGIN|spiffe:/);
  const rest = ['/', '/metrics/../store.db', '/%2e%2e/etc/passwd', '/debug/pprof', ...ours];
  for (const path of rest) expect([path, (await ask(path))[0]]).toEqual([path, 404]);
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS'])
    expect([method, (await ask('/metrics', { method }))[0]]).toEqual([method, 405]);
  // Nor is gRPC spoken there.
  const { port } = new URL(`http://${http.address}`);
  expect((await call('plaintext', ours[0] ?? '', Buffer.alloc(0), Number(port))).code).toBe(
    status.UNAVAILABLE,
  );
  expect((await alice.list()).resources).toHaveLength(3);
});

test(
  'two hundred connections that say nothing, and as many that say nonsense, keep nobody out',
  long,
  async () => {
    certified = await openCertified();
    const sockets: Socket[] = [];
    certified.closing(() => {
      for (const socket of sockets) socket.destroy();
    });
    for (let index = 0; index < 400; index++) {
      const socket = connectTcp(certified.coordinator.port, '127.0.0.1');
      socket.on('error', () => {});
      if (index % 2 === 0) socket.write(Buffer.alloc(16 << 10, index));
      sockets.push(socket);
    }
    const alice = await certified.client('admin/alice');
    await alice.apply([site('fra')]);
    expect((await alice.status()).coordinator).toBe('c1');
  },
);
