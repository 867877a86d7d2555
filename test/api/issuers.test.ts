/** Certificates that an issuer has made, at the door and at the other end; and how the next one is asked for. */
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { connectAdmin } from '../../src/api/admin-client.ts';
import { connectAgent } from '../../src/api/agent-client.ts';
import type { Handlers, Refused, RenewalHandlers } from '../../src/api/handlers.ts';
import { askForRenewal } from '../../src/api/renew-client.ts';
import { type ApiServer, serveApi } from '../../src/api/server.ts';
import { loadTls, type TlsFiles } from '../../src/api/tls-files.ts';
import type { Clock } from '../../src/domain/clock.ts';
import { CausewayError } from '../../src/domain/error.ts';
import { parseIdentityPath } from '../../src/domain/identity.ts';
import { parseIssuer } from '../../src/pki/issuer.ts';
import { newRequest } from '../../src/pki/request.ts';
import { readRequest, signRequested } from '../../src/pki/sign.ts';
import { realClock } from '../../src/runtime/system-clock.ts';
import { materialOf, type TestAuthority, testAuthority, testDomain } from '../pki/certificates.ts';
import { fakeHandlers } from './fake-handlers.ts';

const dayMs = 86_400_000;

let ca: TestAuthority;
let issuer: string;
let place: string;
let files: Record<'cert' | 'key' | 'ca' | 'denied', string>;
let server: ApiServer;
let look: () => void;
let refused: Refused[];
let fake: ReturnType<typeof fakeHandlers>;
const closing: (() => unknown)[] = [];

beforeEach(async () => {
  ca = await testAuthority();
  issuer = await ca.issuer('fra', 10);
  place = mkdtempSync(join(tmpdir(), 'causeway-issuers-'));
  const at = (name: string): string => join(place, name);
  files = { cert: at('c.pem'), key: at('c.key'), ca: at('ca.pem'), denied: at('denied') };
  writeFileSync(files.denied, '');
  [refused, fake] = [[], fakeHandlers()];
});
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  await server.close(50);
  rmSync(place, { recursive: true });
  ca.remove();
});

/** The coordinator shows that certificate. */
async function open(shown: TlsFiles, renewals?: RenewalHandlers): Promise<void> {
  copyFileSync(shown.cert, files.cert);
  copyFileSync(shown.key, files.key);
  copyFileSync(shown.ca, files.ca);
  const clock: Clock = {
    ...realClock,
    after(ms, run) {
      // The waiting for a handshake is in shorter steps.
      if (ms >= 1_000) look = run;
      return { cancel: () => {} };
    },
  };
  const handlers: Handlers = { ...fake.handlers, renewals, onRefused: (one) => void refused.push(one) };
  server = await serveApi({
    listen: '127.0.0.1:0',
    handlers,
    tls: {
      ...{ files, own: { role: 'coordinator', site: 'fra', name: 'c1' }, clock },
      onRenewed: () => {},
      onNotRenewed: (reason) => expect.unreachable(reason),
    },
  });
}

const address = (): string => `127.0.0.1:${server.port}`;

function agent(held: TlsFiles, name = 'r1') {
  const states: string[] = [];
  const link = connectAgent({
    coordinators: [address()],
    tls: () => loadTls(held, { nowMs: Date.now() }),
    hello: () => ({
      ...{ role: 'realserver', name, site: 'fra', address: '10.1.2.1', prefixLength: 24 },
      ...{ labels: {}, capacity: 10, programVersion: 'test' },
    }),
    held: () => undefined,
    onSnapshot: () => {},
    onState: (isConnected, why) => states.push(isConnected ? 'connected' : why),
    clock: realClock,
    random: () => 0.5,
  });
  closing.push(() => link.close());
  return { link, states };
}

const soon = (check: () => void) => vi.waitFor(check, { timeout: 10_000, interval: 20 });

/** What an issuer in the wrong hands could sign. */
async function forged(path: string, days: number): Promise<TlsFiles> {
  const { key, request } = await newRequest();
  const signer = parseIssuer(readFileSync(issuer, 'utf8'), issuer);
  const who = { identity: parseIdentityPath(testDomain, path), sinceMs: Date.now() };
  const validity = { notBeforeMs: Date.now() - dayMs, notAfterMs: Date.now() + days * dayMs };
  const cert = await signRequested(signer, await readRequest(request), who, '4711', validity);
  const own = { cert: join(place, 'forged.pem'), key: join(place, 'forged.key'), ca: files.ca };
  writeFileSync(own.cert, `${cert}${signer.cert}`);
  writeFileSync(own.key, key);
  return own;
}

test('on both sides they are believed by the CA alone, and live on beside those of the CA', async () => {
  await open(await ca.renewed('coordinator/fra/c1', issuer));
  const one = agent(await ca.renewed('realserver/fra/r1', issuer));
  const other = agent(await ca.issue('realserver/fra/r2'), 'r2');
  await soon(() => expect([one.states, other.states]).toEqual([['connected'], ['connected']]));
  expect(refused).toEqual([]);
});

test('without the issuer behind it, one is nobody', async () => {
  await open(await ca.issue('coordinator/fra/c1'));
  const held = await ca.renewed('realserver/fra/r1', issuer);
  const [leaf] = readFileSync(held.cert, 'utf8').split(/(?<=END CERTIFICATE-----\n)/);
  writeFileSync(held.cert, leaf ?? '');
  agent(held);
  await soon(() =>
    expect(refused[0]).toMatchObject({
      reason: 'a CA that is not believed here has signed its certificate',
      claimed: 'spiffe://causeway.example/realserver/fra/r1',
    }),
  );
});

describe('a stolen issuer makes', () => {
  test.each([
    ['no admin', 'admin/mallory', 5, "an issuer makes none for admin: that is the CA's alone"],
    ['no viewer', 'viewer/mallory', 5, 'an issuer makes none for viewer'],
    ['nobody for longer than a week', 'realserver/fra/r1', 30, 'an issuer makes none that lives for'],
  ])('%s', async (_, path, days, words) => {
    await open(await ca.issue('coordinator/fra/c1'));
    const admin = connectAdmin({
      ...{ address: address(), timeoutMs: 5_000, tls: materialOf(await forged(path, days)) },
    });
    closing.push(() => admin.close());
    await expect(admin.list()).rejects.toMatchObject({ code: 'unavailable' });
    expect(refused[0]).toMatchObject({
      claimed: `spiffe://causeway.example/${path}`,
      reason: expect.stringContaining(words),
    });
  });

  test('no coordinator for longer than a week, to whoever calls', async () => {
    const shown = await ca.issue('coordinator/fra/c1');
    copyFileSync(shown.ca, files.ca);
    await open({ ...(await forged('coordinator/fra/c1', 30)), ca: shown.ca });
    const { states } = agent(await ca.issue('realserver/fra/r1'));
    await soon(() => expect(states[0]).toContain('the certificate of who answers is of an issuer, and'));
  });

  test('nothing any more, once it is denied: what it has signed is ended', async () => {
    await open(await ca.issue('coordinator/fra/c1'));
    const one = agent(await ca.renewed('realserver/fra/r1', issuer));
    const other = agent(await ca.issue('realserver/fra/r2'), 'r2');
    await soon(() => expect([one.link.connected, other.link.connected]).toEqual([true, true]));
    writeFileSync(files.denied, `${parseIssuer(readFileSync(issuer, 'utf8'), issuer).serial} stolen\n`);
    look();
    await soon(() => expect(one.link.connected).toBe(false));
    expect(refused[0]?.reason).toMatch(/^the issuer [0-9a-f]{32} of its certificate is denied$/);
    expect(other.states).toEqual(['connected']);
  });
});

test('when a CA goes, whose issuer has signed comes again with his chain', async () => {
  await open(await ca.issue('coordinator/fra/c1'));
  const other = await testAuthority();
  closing.push(() => other.remove());
  const one = agent(await ca.renewed('realserver/fra/r1', issuer));
  await soon(() => expect(one.states).toEqual(['connected']));
  const own = readFileSync(files.ca, 'utf8');
  writeFileSync(files.ca, `${own}${readFileSync(join(other.folder, 'ca.pem'), 'utf8')}`);
  look();
  writeFileSync(files.ca, own);
  look();
  await soon(() => expect(one.states.filter((state) => state === 'connected')).toHaveLength(2));
  expect(refused.map(({ reason }) => reason)).toEqual([
    'the CA that has signed its certificate is believed no more',
  ]);
});

describe('asking for the next one', () => {
  const request = new Uint8Array([1, 2, 3]);
  const asks = (held: TlsFiles, coordinators = [address()], given = request) =>
    askForRenewal({ coordinators, tls: () => materialOf(held), request: given });

  test('the coordinator hears who asks, with what, and his answer comes back', async () => {
    const heard: unknown[] = [];
    await open(await ca.issue('coordinator/fra/c1'), {
      async renew(bytes, { caller, certificate }) {
        heard.push([...bytes], caller.identity, certificate.identity.name);
        return 'signed';
      },
    });
    for (const path of ['director/fra/d1', 'realserver/lon/r1', 'coordinator/lon/c2'])
      expect(await asks(await ca.issue(path))).toBe('signed');
    expect(heard.slice(0, 3)).toEqual([[1, 2, 3], 'spiffe://causeway.example/director/fra/d1', 'd1']);
  });

  test('people and whoever says too much are refused', async () => {
    await open(await ca.issue('coordinator/fra/c1'), { renew: async () => 'signed' });
    await expect(asks(await ca.issue('admin/alice'))).rejects.toMatchObject({ code: 'permission' });
    const director = await ca.issue('director/fra/d1');
    await expect(asks(director, [address()], new Uint8Array(5_000))).rejects.toMatchObject({
      code: 'refused',
    });
  });

  test('one without an issuer, and one that is not there, are passed over for the next', async () => {
    await open(await ca.issue('coordinator/fra/c1'));
    const held = await ca.issue('director/fra/d1');
    await expect(asks(held)).rejects.toMatchObject({ code: 'unsupported' });
    await expect(asks(held, [address(), '127.0.0.1:1'])).rejects.toMatchObject({ code: 'unavailable' });
    const without = server;
    closing.push(() => without.close(50));
    await open(await ca.issue('coordinator/fra/c1'), { renew: async () => 'signed' });
    expect(await asks(held, ['127.0.0.1:1', `127.0.0.1:${without.port}`, address()])).toBe('signed');
  });

  test('what a coordinator has against it is the answer', async () => {
    await open(await ca.issue('coordinator/fra/c1'), {
      async renew() {
        throw new CausewayError({ code: 'refused', operation: 'renew certificate', message: 'too early' });
      },
    });
    await expect(asks(await ca.issue('director/fra/d1'))).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('too early'),
    });
  });
});

test('without certificates there is none to renew, from this host neither', async () => {
  await open(await ca.issue('coordinator/fra/c1'));
  const plain = await serveApi({
    listen: '127.0.0.1:0',
    handlers: { ...fake.handlers, renewals: { renew: async () => 'signed' } },
  });
  closing.push(() => plain.close(50));
  const coordinators = [`127.0.0.1:${plain.port}`];
  const asked = askForRenewal({ coordinators, tls: () => undefined, request: new Uint8Array() });
  await expect(asked).rejects.toMatchObject({ code: 'unsupported' });
  const { loadApi } = await import('../../src/api/proto-services.ts');
  const { credentials } = await import('@grpc/grpc-js');
  const client = new (loadApi().agents)(coordinators[0] ?? '', credentials.createInsecure());
  closing.push(() => client.close());
  const details = await new Promise((resolve) =>
    client.renew({ request: Buffer.from('x') }, (error) => resolve(error?.details)),
  );
  expect(details).toContain('local may not: it is local, and this is for director, realserver, coordinator');
});
