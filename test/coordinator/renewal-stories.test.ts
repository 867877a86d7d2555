/** A coordinator with an issuer, from outside: whoever has a certificate has the next one before it ends, and nobody was asked. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { connectAdmin } from '../../src/api/admin-client.ts';
import { createOwnRenewal } from '../../src/api/own-renewal.ts';
import { askForRenewal } from '../../src/api/renew-client.ts';
import { loadTls, presentTls, type TlsFiles } from '../../src/api/tls-files.ts';
import { type Coordinator, startCoordinator } from '../../src/coordinator/coordinator.ts';
import type { Clock } from '../../src/domain/clock.ts';
import { newRequest } from '../../src/pki/request.ts';
import { createLog } from '../../src/runtime/log.ts';
import { realClock } from '../../src/runtime/system-clock.ts';
import { openEmbeddedStore } from '../../src/store/embedded.ts';
import type { Store } from '../../src/store/store.ts';
import { materialOf, type TestAuthority, testAuthority } from '../pki/certificates.ts';

/** What is looked at once a minute is looked at several times a second. */
const hasty: Clock = { ...realClock, after: (ms, run) => realClock.after(ms / 300, run) };
const long = { timeout: 60_000 };
const soon = (check: () => unknown) => vi.waitFor(check, { timeout: 30_000, interval: 50 });

let ca: TestAuthority;
let folder: string;
let store: Store;
let logged: Record<string, unknown>[];
const closing: (() => unknown)[] = [];

beforeEach(async () => {
  ca = await testAuthority();
  folder = mkdtempSync(join(tmpdir(), 'causeway-renewals-'));
  store = openEmbeddedStore({ file: join(folder, 'store.db'), clock: realClock });
  logged = [];
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  await store.close();
  rmSync(folder, { recursive: true });
  ca.remove();
});

const log = () => createLog('test', 'info', { write: (line) => void logged.push(JSON.parse(line)) });
const kept = (name: string): string => join(folder, name, 'identity.pem');

async function start(issuer: string | undefined, daysAgo: number): Promise<Coordinator> {
  const files = { ...(await ca.issue('coordinator/fra/c1', daysAgo)), renewed: kept('c1') };
  const own = { role: 'coordinator', site: 'fra', name: 'c1' } as const;
  const coordinator = await startCoordinator({
    ...{ name: 'c1', listen: '127.0.0.1:0', store, clock: hasty, randomBytes, log: log() },
    tls: { files, own, issuer },
  });
  closing.push(() => coordinator.close());
  return coordinator;
}

const own = { role: 'director', site: 'fra', name: 'fra-d1' } as const;

/** What a director does about its certificate. */
async function director(port: number, daysAgo: number) {
  const files = { ...(await ca.issue('director/fra/fra-d1', daysAgo)), renewed: kept('d1') };
  const coordinators = [`127.0.0.1:${port}`];
  const tls = () => loadTls(files, { nowMs: Date.now(), own });
  const renewal = createOwnRenewal({
    ...{ files, own, clock: hasty, random: () => 0.5, log: log() },
    ask: (request) => askForRenewal({ coordinators, tls, request }),
  });
  closing.push(() => renewal.close());
  return { files, renewal, shown: () => presentTls(files, own).own };
}

async function troubles(port: number): Promise<readonly string[]> {
  const tls = materialOf(await ca.issue('viewer/wall'));
  const client = connectAdmin({ address: `127.0.0.1:${port}`, timeoutMs: 10_000, tls });
  const status = await client.status().finally(() => client.close());
  return status.troubles;
}

test('a director has its next one from its coordinator, for its own eyes only', long, async () => {
  const { port } = await start(await ca.issuer('fra'), 0);
  const one = await director(port, 5);
  const before = one.shown();
  await soon(() => expect(one.shown().serial).not.toBe(before.serial));
  const after = one.shown();
  expect(after).toMatchObject({ identity: before.identity, sinceMs: before.notBeforeMs });
  expect(after.notAfterMs - after.notBeforeMs).toBe(before.notAfterMs - before.notBeforeMs);
  expect(statSync(one.files.renewed).mode & 0o777).toBe(0o600);
  expect(one.renewal.trouble()).toBeUndefined();
  expect(logged.find(({ msg }) => msg === 'certificate renewed for its holder')).toMatchObject({
    by: 'spiffe://causeway.example/director/fra/fra-d1',
  });
  // The operator's own stay as they were.
  expect(materialOf({ ...one.files, renewed: undefined }).own.serial).toBe(before.serial);
});

test(
  'the coordinator renews its own, shows it to whoever comes next, and says nothing of it',
  long,
  async () => {
    const { port } = await start(await ca.issuer('fra'), 6);
    await soon(() => expect(logged.map(({ msg }) => msg)).toContain('renewed certificates are in use'));
    expect(readFileSync(kept('c1'), 'utf8')).toMatch(/CERTIFICATE[\s\S]*CERTIFICATE[\s\S]*PRIVATE KEY/);
    expect(await troubles(port)).toEqual([]);
  },
);

test(
  'without an issuer nothing is renewed, and from three quarters of its life on status says so',
  long,
  async () => {
    const { port } = await start(undefined, 6);
    const one = await director(port, 6);
    expect(await troubles(port)).toEqual([
      expect.stringMatching(
        /^its certificates: that of spiffe:\S+c1 expires on \S+: renew it \(causeway pki renew\)$/,
      ),
    ]);
    expect(one.renewal.trouble()).toMatch(/^that of spiffe:\S+fra-d1 expires on \S+: renew it/);
  },
);

test('an issuer that is due, or can not be read, is named', long, async () => {
  const issuer = await ca.issuer('fra', 65);
  const { port } = await start(issuer, 0);
  expect(await troubles(port)).toEqual([
    expect.stringMatching(
      /^its certificates: the issuer \S+ ends on \S+, and nothing that it signs outlives it: replace it/,
    ),
  ]);
  writeFileSync(issuer, 'x');
  expect(await troubles(port)).toEqual([expect.stringContaining('nobody can renew here: read issuer')]);
  await ca.issuer('fra');
  expect(await troubles(port)).toEqual([]);
});

test('nobody is given one too early, nor more than he needs', long, async () => {
  const { port } = await start(await ca.issuer('fra'), 0);
  const asks = async (files: TlsFiles) =>
    askForRenewal({
      coordinators: [`127.0.0.1:${port}`],
      tls: () => materialOf(files),
      request: (await newRequest()).request,
    });
  await expect(asks(await ca.issue('director/fra/d2', 1))).rejects.toThrow(/good for long yet: ask from/);
  const due = await ca.issue('director/fra/d3', 5);
  for (let count = 0; count < 6; count += 1) await asks(due);
  await expect(asks(due)).rejects.toThrow('it has been given 6 certificates within an hour');
  expect(await asks(await ca.issue('director/fra/d4', 5))).toContain('BEGIN CERTIFICATE');
});
