// Somebody who reaches a coordinator's port: with no certificate, one of another CA, and with what one real server holds.
import { readFileSync } from 'node:fs';
import { connect as connectTcp, type Socket } from 'node:net';
import { Client, credentials, type ServiceError, status } from '@grpc/grpc-js';
import { afterEach, expect, test } from 'vitest';
import { permitted } from '../../src/api/permitted.ts';
import { loadApi } from '../../src/api/proto-services.ts';
import type { TlsFiles } from '../../src/api/tls-files.ts';
import { testAuthority } from '../pki/certificates.ts';
import { type Certified, openCertified } from './certified.ts';
import { site } from './harness.ts';

let certified: Certified;
afterEach(() => certified.close());

const raw = (bytes: Buffer): Buffer => bytes;
const long = { timeout: 120_000 };
const { Connect } = loadApi().agents.service;
/** Beside ours: what the standard services have. */
const standard = [
  '/grpc.health.v1.Health/Check',
  '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
];
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
): Promise<{ code: number; heard: number }> {
  const client = new Client(`127.0.0.1:${certified.coordinator.port}`, channel(way), {
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
    for (const path of [...ours, ...standard])
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
  expect(await call(stolen, standard[0] ?? '')).toEqual({ code: status.OK, heard: 1 });
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
