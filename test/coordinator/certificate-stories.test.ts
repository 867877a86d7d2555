/** A coordinator that asks for certificates, from outside: who registers as whom, who changes what, what is told. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { connectAdmin } from '../../src/api/admin-client.ts';
import { connectAgent } from '../../src/api/agent-client.ts';
import { type Coordinator, startCoordinator } from '../../src/coordinator/coordinator.ts';
import { createLog } from '../../src/runtime/log.ts';
import { realClock } from '../../src/runtime/system-clock.ts';
import { openEmbeddedStore } from '../../src/store/embedded.ts';
import type { Store } from '../../src/store/store.ts';
import { materialOf, type TestAuthority, testAuthority } from '../pki/certificates.ts';
import { site } from './harness.ts';

let ca: TestAuthority;
let folder: string;
let store: Store;
let coordinator: Coordinator;
let logged: Record<string, unknown>[];
const closing: (() => unknown)[] = [];

beforeEach(async () => {
  ca = await testAuthority();
  folder = mkdtempSync(join(tmpdir(), 'causeway-certificates-'));
  store = openEmbeddedStore({ file: join(folder, 'store.db'), clock: realClock });
  logged = [];
});
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  await coordinator.close();
  await store.close();
  rmSync(folder, { recursive: true });
  ca.remove();
});

async function start(options: 'tls' | 'insecure'): Promise<void> {
  const files = await ca.issue('coordinator/fra/c1');
  const own = { role: 'coordinator', site: 'fra', name: 'c1' } as const;
  coordinator = await startCoordinator({
    ...{ name: 'c1', listen: '127.0.0.1:0', store, clock: realClock, randomBytes },
    ...(options === 'tls' ? { tls: { files, own } } : { insecure: true }),
    log: createLog('test', 'info', { write: (line) => void logged.push(JSON.parse(line)) }),
  });
}

async function admin(path: string) {
  const tls = materialOf(await ca.issue(path));
  const client = connectAdmin({ address: `127.0.0.1:${coordinator.port}`, timeoutMs: 10_000, tls });
  closing.push(() => client.close());
  return client;
}

/** With the certificate of `holder`, and the hello of fra-d1. */
async function director(holder: string) {
  const states: string[] = [];
  const tls = materialOf(await ca.issue(holder));
  const link = connectAgent({
    coordinators: [`127.0.0.1:${coordinator.port}`],
    tls: () => tls,
    hello: () => ({
      ...{ role: 'director', name: 'fra-d1', site: 'fra', address: '10.1.0.2', prefixLength: 24 },
      programVersion: 'test',
    }),
    held: () => undefined,
    onSnapshot: () => {},
    onState: (isConnected, why) => states.push(isConnected ? 'connected' : why),
    clock: realClock,
    random: () => 0.5,
  });
  closing.push(() => link.close());
  await vi.waitFor(() => expect(states.length).toBeGreaterThan(0), { timeout: 20_000, interval: 20 });
  return states[0];
}

const long = { timeout: 60_000 };

test('an agent registers for itself alone, and its certificate is its name in the log', long, async () => {
  await start('tls');
  expect(await director('director/fra/fra-d1')).toBe('connected');
  expect(logged.find(({ msg }) => msg === 'agent connected')).toMatchObject({
    by: 'spiffe://causeway.example/director/fra/fra-d1',
    agent: 'fra-d1',
  });
  for (const other of ['director/fra/fra-d2', 'director/lon/fra-d1', 'realserver/fra/fra-d1'])
    expect(await director(other)).toContain(
      `spiffe://causeway.example/${other} speaks for itself alone, and this is spiffe://causeway.example/director/fra/fra-d1`,
    );
});

test(
  'who changes something is known by his certificate; who may only look changes nothing',
  long,
  async () => {
    await start('tls');
    const alice = await admin('admin/alice');
    await alice.apply([site('fra')]);
    const { revisions } = await alice.history({ limit: 1 });
    expect(revisions[0]?.author.name).toBe('spiffe://causeway.example/admin/alice');
    const bob = await admin('viewer/bob');
    expect((await bob.status()).coordinator).toBe('c1');
    await expect(bob.apply([site('fra')])).rejects.toMatchObject({ code: 'permission' });
    expect(logged.filter(({ msg }) => msg === 'refused')).toEqual([
      expect.objectContaining({
        ...{ identity: 'spiffe://causeway.example/viewer/bob', method: 'Admin.Apply', peer: '127.0.0.1' },
        reason: expect.stringContaining('it is viewer, and this is for'),
      }),
    ]);
  },
);

test('plaintext beyond the loopback stands in status for as long as it is', long, async () => {
  await start('insecure');
  const client = connectAdmin({ address: `127.0.0.1:${coordinator.port}`, timeoutMs: 10_000 });
  closing.push(() => client.close());
  expect((await client.status()).troubles).toEqual([
    expect.stringContaining('it speaks plaintext and asks nobody who he is (insecure: true)'),
  ]);
});
