/** Every method of the proto files, called by everybody who may not: each is refused, is a line of the audit, and reaches no handler. */

import { readFileSync } from 'node:fs';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { ChannelCredentials, Client, type ServiceError, status } from '@grpc/grpc-js';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Handlers, PeerHandlers, Refused } from '../../src/api/handlers.ts';
import { permitted } from '../../src/api/permitted.ts';
import { loadApi } from '../../src/api/proto-services.ts';
import { type ApiServer, serveApi } from '../../src/api/server.ts';
import { dialling } from '../../src/api/tls-client.ts';
import type { TlsFiles } from '../../src/api/tls-files.ts';
import { type Audit, createAudit } from '../../src/coordinator/audit.ts';
import { createMetrics } from '../../src/coordinator/coordinator-metrics.ts';
import { identityRoles } from '../../src/domain/identity.ts';
import { realClock } from '../../src/runtime/system-clock.ts';
import { createManualClock } from '../agents/manual-clock.ts';
import { materialOf, type TestAuthority, testAuthority } from '../pki/certificates.ts';
import { oddLeaf } from '../pki/odd-certificate.ts';
import { fakeHandlers } from './fake-handlers.ts';

/** `/causeway.v1.Admin/Apply`, and so on. */
const paths = Object.values(loadApi().definition)
  .filter((one) => !('format' in one))
  .flatMap((service) => Object.values(service).map(({ path }) => path));
const methodOf = (path: string): string => path.replace('/causeway.v1.', '').replace('/', '.');

let ours: TestAuthority;
let foreign: TestAuthority;
let server: ApiServer;
const refused: Refused[] = [];
let audit: Audit;
let audited: Record<string, unknown>[];
const reached: string[] = [];

beforeAll(async () => {
  ours = await testAuthority();
  foreign = await testAuthority();
  const files = await ours.issue('coordinator/fra/c1');
  await ours.issue('admin/mallory');
  await ours.deny('admin/mallory');
  const { handlers } = fakeHandlers();
  server = await serveApi({
    listen: '127.0.0.1:0',
    handlers: {
      ...watched({ ...handlers, peers: { async *observe() {} } }),
      onRefused(one) {
        refused.push(one);
        audit.refused(one);
      },
    },
    tls: {
      files: { ...files, denied: `${ours.folder}/denied` },
      own: { role: 'coordinator', site: 'fra', name: 'c1' },
      clock: realClock,
      onRenewed: () => {},
      onNotRenewed: () => {},
    },
  });
});
afterAll(async () => {
  await server.close(50);
  ours.remove();
  foreign.remove();
});

/** None of them is the same again. */
beforeEach(() => {
  const lines: Record<string, unknown>[] = [];
  audited = lines;
  audit = createAudit({
    name: 'c1',
    file: {
      async write(line) {
        lines.push(JSON.parse(line));
        return true;
      },
      reopen: () => {},
      trouble: () => undefined,
      close: async () => {},
    },
    log: { warn: () => {}, error: () => {} },
    metrics: createMetrics(),
    clock: createManualClock(),
  });
  refused.length = 0;
  reached.length = 0;
});

/** All of them say that they were reached. */
function watched({
  admin,
  agents,
  peers,
}: Pick<Handlers, 'admin' | 'agents'> & { peers: PeerHandlers }): Handlers {
  const seen = <T extends object>(part: T): T =>
    new Proxy(part, {
      get(target, name, receiver) {
        reached.push(String(name));
        return Reflect.get(target, name, receiver);
      },
    });
  return { admin: seen(admin), agents: seen(agents), peers: seen(peers) };
}

/** What a call without content is answered with, whatever kind of method it is. */
async function call(path: string, credentials: ChannelCredentials): Promise<ServiceError> {
  const client = new Client(`127.0.0.1:${server.port}`, credentials, {
    'grpc.ssl_target_name_override': 'coordinator',
    'grpc.use_local_subchannel_pool': 1,
  });
  try {
    return await new Promise((resolve, reject) => {
      const bytes = (buffer: Buffer): Buffer => buffer;
      const stream = client.makeBidiStreamRequest<Buffer, Buffer>(path, bytes, bytes, {
        deadline: Date.now() + 5_000,
      });
      stream.on('error', (error) => resolve(error as ServiceError));
      stream.on('data', () => reject(new Error(`${path} has answered`)));
      stream.on('end', () => {});
      stream.write(Buffer.alloc(0));
      stream.end();
    });
  } finally {
    client.close();
  }
}

const trusting = { checkServerIdentity: () => undefined };
const bare = (options: SecureContextOptions): ChannelCredentials =>
  ChannelCredentials.createFromSecureContext(
    createSecureContext({ ca: readFileSync(`${ours.folder}/ca.pem`), ...options }),
    trusting,
  );
/** Believes our CA, whoever has made its own certificate. */
const withFiles = (files: TlsFiles): ChannelCredentials => {
  const { cert, key } = materialOf(files);
  return bare({ cert, key });
};

/** Of our CA, which ought not to have made it. */
async function withNames(...uris: readonly string[]): Promise<ChannelCredentials> {
  const [cert = '', key = ''] = ['ca.pem', 'ca.key'].map((file) =>
    readFileSync(`${ours.folder}/${file}`, 'utf8'),
  );
  return bare(
    await oddLeaf(
      { cert, key },
      uris.map((value) => ({ type: 'url', value })),
    ),
  );
}

const strangers: readonly (readonly [string, () => Promise<ChannelCredentials>, string])[] = [
  ['without TLS', async () => ChannelCredentials.createInsecure(), 'no TLS handshake: '],
  [
    'with TLS 1.2',
    async () => {
      const { cert, key } = materialOf(await ours.issue('admin/alice'));
      return bare({ cert, key, maxVersion: 'TLSv1.2' });
    },
    'no TLS handshake: ',
  ],
  ['without a certificate', async () => bare({}), 'it showed no certificate'],
  [
    "with a foreign CA's certificate",
    async () => withFiles(await foreign.issue('admin/alice')),
    'a CA that is not believed here has signed its certificate',
  ],
  [
    'with an expired certificate',
    async () => withFiles(await ours.issue('admin/bob', 31)),
    'its certificate has expired',
  ],
  [
    'with a certificate that is not valid yet',
    async () => withFiles(await ours.issue('admin/carol', -1)),
    'its certificate is not valid yet',
  ],
  [
    'with a denied certificate',
    async () => {
      const path = `${ours.folder}/certificates/admin/mallory`;
      return withFiles({ cert: `${path}/cert.pem`, key: `${path}/key.pem`, ca: `${ours.folder}/ca.pem` });
    },
    'is denied',
  ],
  [
    'as an admin of another domain, of our CA',
    () => withNames('spiffe://other.example/admin/alice'),
    'it is of the domain other.example, and this is causeway.example',
  ],
  [
    'as two at once, of our CA',
    () => withNames('spiffe://causeway.example/realserver/fra/r1', 'spiffe://causeway.example/admin/alice'),
    'it has 2 URIs, expected one SPIFFE ID',
  ],
  [
    'as somebody of no role, of our CA',
    () => withNames('spiffe://causeway.example/root/eve'),
    'found role "root"',
  ],
];

describe.each(strangers)('%s', (_, credentials, reason) => {
  test.each(paths)('%s is refused before anything is read', async (path) => {
    const dial = await credentials();
    const error = await call(path, dial);

    expect(error.code).toBe(status.UNAVAILABLE);
    expect(reached).toEqual([]);
    // A client may try the connection again, also that of the test before; each time is told.
    const told = refused.find((one) => one.reason.includes(reason));
    expect(told).toMatchObject({ peer: '127.0.0.1' });
    expect(told).not.toHaveProperty('method');
    expect(audited).toContainEqual(
      expect.objectContaining({ ...told, time: expect.any(String), coordinator: 'c1', result: 'refused' }),
    );
  });
});

const wrong = Object.entries(identityRoles).flatMap(([role, { hasSite }]) =>
  paths
    .filter((path) => !permitted[methodOf(path)]?.some((one) => one === role))
    .map((path) => [role, `${role}/${hasSite ? 'fra/' : ''}x`, path] as const),
);

test('every role is kept from something', () => {
  expect(new Set(wrong.map(([role]) => role))).toEqual(new Set(Object.keys(identityRoles)));
});

test.each(wrong)('%s (%s) may not call %s', async (role, holder, path) => {
  const { credentials } = dialling(materialOf(await ours.issue(holder)));
  const error = await call(path, credentials);
  expect(error.code).toBe(status.PERMISSION_DENIED);
  expect(error.details).toContain(
    `spiffe://causeway.example/${holder} may not: it is ${role}, and this is for`,
  );
  expect(reached).toEqual([]);
  const line = {
    peer: '127.0.0.1',
    identity: `spiffe://causeway.example/${holder}`,
    method: methodOf(path),
    reason: expect.stringContaining(error.details),
  };
  expect(refused.filter(({ method }) => method !== undefined)).toEqual([line]);
  expect(audited).toContainEqual(expect.objectContaining({ ...line, result: 'refused' }));
});

test('who may is served', async () => {
  const { credentials } = dialling(materialOf(await ours.issue('viewer/dashboard')));
  await expect(call('/causeway.v1.Admin/List', credentials)).rejects.toThrow('has answered');
  expect(reached).toEqual(['list']);
});
