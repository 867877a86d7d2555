/** Certificates are renewed, denied and exchanged while the server goes on; what is connected lives on where it may. */
import { appendFileSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { connectAdmin } from '../../src/api/admin-client.ts';
import { connectAgent } from '../../src/api/agent-client.ts';
import type { Refused } from '../../src/api/handlers.ts';
import { type ApiServer, serveApi } from '../../src/api/server.ts';
import { loadTls, type TlsFiles } from '../../src/api/tls-files.ts';
import type { Clock } from '../../src/domain/clock.ts';
import { realClock } from '../../src/runtime/system-clock.ts';
import { materialOf, type TestAuthority, testAuthority } from '../pki/certificates.ts';
import { fakeHandlers } from './fake-handlers.ts';

const dayMs = 86_400_000;

let ours: TestAuthority;
let other: TestAuthority;
let place: string;
/** Of the coordinator: where its operator puts them. */
let files: Record<'cert' | 'key' | 'ca' | 'denied', string>;
let server: ApiServer;
let fake: ReturnType<typeof fakeHandlers>;
/** The server's next look at its files. */
let look: () => void;
let nowMs: number;
let refused: Refused[];
let told: string[];
const closing: (() => unknown)[] = [];

beforeEach(async () => {
  ours = await testAuthority();
  other = await testAuthority();
  place = mkdtempSync(join(tmpdir(), 'causeway-renewal-'));
  files = {
    cert: join(place, 'c.pem'),
    key: join(place, 'c.key'),
    ca: join(place, 'ca.pem'),
    denied: join(place, 'denied'),
  };
  await install(ours);
  copyFileSync(join(ours.folder, 'denied'), files.denied);
  [nowMs, refused, told] = [Date.now(), [], []];
  fake = fakeHandlers();
  const clock: Clock = {
    nowMs: () => nowMs,
    monotonicMs: () => nowMs,
    after(ms, run) {
      // The waiting for a handshake is in shorter steps.
      if (ms >= 1_000) look = run;
      return { cancel: () => {} };
    },
  };
  server = await serveApi({
    listen: '127.0.0.1:0',
    handlers: { ...fake.handlers, onRefused: (one) => void refused.push(one) },
    tls: {
      files,
      own: { role: 'coordinator', site: 'fra', name: 'c1' },
      clock,
      onRenewed: () => void told.push('renewed'),
      onNotRenewed: (reason) => void told.push(reason),
    },
  });
});
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  await server.close(50);
  for (const folder of [place, ours.folder, other.folder]) rmSync(folder, { recursive: true });
});

/** A new certificate of the coordinator, and the CA that has made it, where it reads them. */
async function install(authority: TestAuthority): Promise<void> {
  const made = await authority.issue('coordinator/fra/c1');
  copyFileSync(made.cert, files.cert);
  copyFileSync(made.key, files.key);
  copyFileSync(made.ca, files.ca);
}

/** As a program has it: files are read at each connection. */
function agent(held: TlsFiles, name = 'r1', clock: Clock = realClock) {
  const states: string[] = [];
  const link = connectAgent({
    coordinators: [`127.0.0.1:${server.port}`],
    tls: () => loadTls(held, { readFile: (path) => readFileSync(path, 'utf8'), nowMs: Date.now() }),
    hello: () => ({
      ...{ role: 'realserver', name, site: 'fra', address: '10.1.2.1', prefixLength: 24 },
      ...{ labels: {}, capacity: 10, programVersion: 'test' },
    }),
    held: () => undefined,
    onSnapshot: () => {},
    onState: (isConnected, why) => states.push(`${isConnected ? 'connected' : 'not connected'} ${why}`),
    clock,
    random: () => 0.5,
  });
  closing.push(() => link.close());
  return { link, states };
}

const soon = (check: () => void) => vi.waitFor(check, { timeout: 10_000, interval: 20 });
const connected = (one: ReturnType<typeof agent>) => soon(() => expect(one.link.connected).toBe(true));

/** Serial number of the certificate that the server shows now. */
async function shown(): Promise<string> {
  const { cert, key } = materialOf(await ours.issue('viewer/look'));
  const socket: TLSSocket = connect({
    port: server.port,
    host: '127.0.0.1',
    cert,
    key,
    rejectUnauthorized: false,
  });
  await new Promise<void>((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
  const serial = socket.getPeerX509Certificate()?.serialNumber ?? '';
  socket.destroy();
  return serial;
}

/** The stream that is open carries reports still. */
async function carries(one: ReturnType<typeof agent>): Promise<void> {
  const before = fake.reports.length;
  one.link.report({ ...emptyLike, troubles: [] });
  await soon(() => expect(fake.reports.length).toBeGreaterThan(before));
}
const emptyLike = { paths: [], destinations: [], applications: [], load: undefined, held: '' };

test('who comes again with a ticket is judged anew, by the certificate that it was given for', async () => {
  const { cert, key } = materialOf(await ours.issue('director/fra/d1'));
  const come = (session?: Buffer): TLSSocket => {
    const where = { host: '127.0.0.1', port: server.port, ALPNProtocols: ['h2'] };
    const socket = connect({ ...where, cert, key, rejectUnauthorized: false, session });
    closing.push(() => socket.destroy());
    return socket.on('error', () => {});
  };
  const ticket = await new Promise<Buffer>((resolve) => come().resume().once('session', resolve));
  nowMs += 1_000 * dayMs;
  const again = come(ticket).resume();
  await new Promise((resolve) => again.once('secureConnect', resolve));
  expect(again.isSessionReused()).toBe(true);
  const reason = expect.stringContaining('its certificate has expired');
  const claimed = expect.stringContaining('/director/fra/d1');
  await soon(() => expect(refused).toEqual([{ peer: '127.0.0.1', claimed, reason }]));
});

test('a renewed certificate is shown to whoever comes next, and who is connected stays', async () => {
  const one = agent(await ours.issue('realserver/fra/r1'));
  await connected(one);
  const before = await shown();
  await install(ours);
  look();
  expect(told).toEqual(['renewed']);
  expect(await shown()).not.toBe(before);
  await carries(one);
  expect(one.states).toEqual([`connected 127.0.0.1:${server.port}`]);
});

test('a second CA beside the first is believed at once; without the first, whom that has signed is ended', async () => {
  const old = agent(await ours.issue('realserver/fra/r1'));
  await connected(old);
  const fresh = { ...(await other.issue('realserver/fra/r2')), ca: join(place, 'both.pem') };
  writeFileSync(
    fresh.ca,
    `${readFileSync(join(ours.folder, 'ca.pem'))}${readFileSync(join(other.folder, 'ca.pem'))}`,
  );
  appendFileSync(files.ca, readFileSync(join(other.folder, 'ca.pem')));
  look();
  const next = agent(fresh, 'r2');
  await connected(next);
  await carries(old);
  expect(refused).toEqual([]);
  await install(other);
  look();
  await soon(() => expect(old.link.connected).toBe(false));
  expect(refused[0]).toMatchObject({
    identity: 'spiffe://causeway.example/realserver/fra/r1',
    reason: 'the CA that has signed its certificate is believed no more',
  });
  await carries(next);
});

test('who is denied is ended, and not let in again; others stay', async () => {
  const thief = agent(await ours.issue('realserver/fra/r1'));
  const honest = agent(await ours.issue('realserver/fra/r2'), 'r2');
  await connected(thief);
  await connected(honest);
  await ours.deny('realserver/fra/r1');
  copyFileSync(join(ours.folder, 'denied'), files.denied);
  look();
  await soon(() => expect(thief.link.connected).toBe(false));
  await soon(() => expect(refused.length).toBeGreaterThan(1));
  expect(refused[0]).toMatchObject({
    identity: 'spiffe://causeway.example/realserver/fra/r1',
    reason: expect.stringContaining('is denied'),
  });
  expect(thief.link.connected).toBe(false);
  await carries(honest);
});

test('a connection ends with the certificate that it was made with, and begins again with the renewed one', async () => {
  const held = await ours.issue('realserver/fra/r1', 6);
  const one = agent(held);
  await connected(one);
  nowMs += 2 * dayMs;
  await ours.issue('realserver/fra/r1');
  look();
  await soon(() => expect(one.states).toHaveLength(3));
  expect(one.states.map((state) => state.split(' 1')[0])).toEqual([
    'connected',
    expect.stringContaining('not connected'),
    'connected',
  ]);
  expect(refused).toEqual([
    {
      peer: '127.0.0.1',
      identity: 'spiffe://causeway.example/realserver/fra/r1',
      reason: expect.stringContaining('its certificate has expired on'),
    },
  ]);
});

test('an agent leaves a coordinator whose certificate has ended, and takes what it shows then', async () => {
  let passedMs = 0;
  const clock: Clock = {
    ...realClock,
    nowMs: () => Date.now() + passedMs,
    after: (ms, run) => realClock.after(ms / 100, run),
  };
  const one = agent(await ours.issue('realserver/fra/r1'), 'r1', clock);
  await connected(one);
  passedMs = 7.5 * dayMs;
  await soon(() =>
    expect(one.states).toContainEqual(
      expect.stringContaining('the certificate that it has shown has expired'),
    ),
  );
  expect(refused).toEqual([]);
  passedMs = 0;
  await connected(one);
});

test('an agent whose own certificate has expired says so, and comes back when it is renewed', async () => {
  const one = agent(await ours.issue('realserver/fra/r1', 8));
  await soon(() =>
    expect(one.states[0]).toMatch(
      /^not connected use certificate .*cert\.pem: the certificate of spiffe:\S+ has expired on \S+: renew it/,
    ),
  );
  expect(refused).toEqual([]);
  await ours.issue('realserver/fra/r1');
  await connected(one);
});

describe('files that make no whole are not used, those before are, and it is told once', () => {
  const broken: readonly (readonly [string, () => void, string])[] = [
    [
      'a key of another certificate',
      () => copyFileSync(join(ours.folder, 'ca.key'), files.key),
      'it is not the key of',
    ],
    ['half a certificate', () => writeFileSync(files.cert, '-----BEGIN CERT'), 'it cannot be read'],
    ['a CA that is none', () => copyFileSync(files.cert, files.ca), 'is no CA'],
    ['no CA at all', () => writeFileSync(files.ca, ''), 'there is no certificate in it'],
    ['no key', () => rmSync(files.key), 'no such file'],
    [
      'a list that cannot be read',
      () => writeFileSync(files.denied, 'fra-d1'),
      'expected a serial number in hexadecimal',
    ],
  ];

  test.each(broken)('%s', async (_, breakIt, words) => {
    const before = await shown();
    breakIt();
    look();
    look();
    expect(told).toEqual([expect.stringContaining(words)]);
    expect(server.trouble()).toContain(words);
    expect(told.join()).not.toContain('PRIVATE');
    expect(await shown()).toBe(before);
    await install(ours);
    copyFileSync(join(ours.folder, 'denied'), files.denied);
    look();
    expect(server.trouble()).toBeUndefined();
    expect(await shown()).not.toBe(before);
  });

  test("somebody else's certificate", async () => {
    const made = await ours.issue('coordinator/fra/c2');
    copyFileSync(made.cert, files.cert);
    copyFileSync(made.key, files.key);
    look();
    expect(told).toEqual([
      expect.stringContaining(
        'found the certificate of spiffe://causeway.example/coordinator/fra/c2, expected that of spiffe://causeway.example/coordinator/fra/c1',
      ),
    ]);
  });
});

test('a client calls nobody but a coordinator of its own domain', async () => {
  const own = await ours.issue('admin/alice');
  const elsewhere = await testAuthority('other.example');
  closing.push(() => elsewhere.remove());
  const calls = async (tls: TlsFiles) => {
    const admin = connectAdmin({
      address: `127.0.0.1:${server.port}`,
      timeoutMs: 5_000,
      tls: materialOf(tls),
    });
    closing.push(() => admin.close());
    return admin.list();
  };
  await expect(calls(own)).resolves.toMatchObject({ resources: [] });
  // It believes the CA of who answers, and is of another domain.
  const stranger = await elsewhere.issue('admin/alice');
  const both = { ...stranger, ca: join(ours.folder, 'ca.pem') };
  await expect(calls(both)).rejects.toThrow(
    'who answers is spiffe://causeway.example/coordinator/fra/c1, expected a coordinator of other.example',
  );
  await expect(calls({ ...own, ca: join(other.folder, 'ca.pem') })).rejects.toMatchObject({
    code: 'unavailable',
  });
});
