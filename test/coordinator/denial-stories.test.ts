/** What the CA has denied, from an admin's word to every coordinator and every agent. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { credentials } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { connectAdmin } from '../../src/api/admin-client.ts';
import { connectAgent } from '../../src/api/agent-client.ts';
import { snapshotChecksum } from '../../src/api/checksum.ts';
import { loadApi } from '../../src/api/proto-services.ts';
import { serveApi } from '../../src/api/server.ts';
import { type Coordinator, startCoordinator } from '../../src/coordinator/coordinator.ts';
import type { Clock } from '../../src/domain/clock.ts';
import { type Denial, denialsAtMost } from '../../src/domain/denial.ts';
import type { Snapshot } from '../../src/domain/snapshot.ts';
import { parseDenials, signedDenial } from '../../src/pki/denied.ts';
import { openLineFile } from '../../src/runtime/line-file.ts';
import { createLog } from '../../src/runtime/log.ts';
import { realClock } from '../../src/runtime/system-clock.ts';
import { openEmbeddedStore } from '../../src/store/embedded.ts';
import { denialKey } from '../../src/store/keys.ts';
import { encodeRecord } from '../../src/store/record.ts';
import type { Store } from '../../src/store/store.ts';
import { fakeHandlers } from '../api/fake-handlers.ts';
import { materialOf, type TestAuthority, testAuthority } from '../pki/certificates.ts';
import { openLab, site } from './harness.ts';

const dayMs = 86_400_000;
const tomorrowMs = Math.floor(Date.now() / 1_000) * 1_000 + dayMs;
/** Files and connections are looked at several times a second. */
const hasty: Clock = { ...realClock, after: (ms, run) => realClock.after(ms / 50, run) };
const long = { timeout: 60_000 };
const soon = (check: () => unknown) => vi.waitFor(check, { timeout: 20_000, interval: 30 });

let ca: TestAuthority;
let folder: string;
let store: Store;
const closing: (() => unknown)[] = [];

beforeEach(async () => {
  ca = await testAuthority();
  folder = mkdtempSync(join(tmpdir(), 'causeway-denials-'));
  store = openEmbeddedStore({ file: join(folder, 'store.db'), clock: realClock });
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  await store.close();
  rmSync(folder, { recursive: true });
  ca.remove();
});

async function start(name: string, site = 'fra'): Promise<Coordinator> {
  const files = await ca.issue(`coordinator/${site}/${name}`);
  const coordinator = await startCoordinator({
    ...{ name, listen: '127.0.0.1:0', store, clock: hasty, randomBytes, log: createLog('test', 'silent') },
    tls: { files, own: { role: 'coordinator', site, name } },
    audit: openLineFile({ path: join(folder, `${name}.audit`), clock: realClock }),
    cluster: { site, address: (port) => `127.0.0.1:${port}`, random: () => 0.5, ttlMs: 2_000 },
  });
  closing.push(() => coordinator.close());
  return coordinator;
}

async function client(path: string, port: number) {
  const tls = materialOf(await ca.issue(path));
  const one = connectAdmin({ address: `127.0.0.1:${port}`, timeoutMs: 10_000, tls });
  closing.push(() => one.close());
  return one;
}

async function agent(path: string, ports: readonly number[], held?: Snapshot) {
  const [role, site = '', name = ''] = path.split('/');
  const states: string[] = [];
  const snapshots: Snapshot[] = [];
  const tls = materialOf(await ca.issue(path));
  const link = connectAgent({
    coordinators: ports.map((port) => `127.0.0.1:${port}`),
    tls: () => tls,
    hello: () =>
      role === 'director'
        ? { role, name, site, address: `10.1.0.${name.slice(1)}`, prefixLength: 24, programVersion: 'test' }
        : {
            ...{ role: 'realserver', name, site, address: `10.1.2.${name.slice(1)}`, prefixLength: 24 },
            ...{ labels: {}, capacity: 10, programVersion: 'test' },
          },
    held: () => snapshots.at(-1) ?? held,
    onSnapshot(snapshot) {
      snapshots.push(snapshot);
      link.acknowledge(snapshot.version);
    },
    onState: (isConnected, why) => states.push(isConnected ? `connected ${why}` : why),
    clock: realClock,
    random: () => 0.5,
  });
  closing.push(() => link.close());
  return { link, states, snapshots };
}

/** As `causeway pki deny` has written it. */
async function denied(path: string): Promise<Denial[]> {
  await ca.deny(path);
  return parseDenials(readFileSync(join(ca.folder, 'denied'), 'utf8'), 'denied');
}

const signed = (subject: string, change: Partial<Denial> = {}): Denial =>
  signedDenial(
    {
      subject,
      beforeMs: 0,
      endsMs: tomorrowMs,
      words: 'test',
      ...change,
    },
    readFileSync(join(ca.folder, 'ca.key'), 'utf8'),
  );

test(
  'who is denied at one coordinator is ended at all of them, comes in nowhere, and is in the audit',
  long,
  async () => {
    const [one, other] = [await start('c1'), await start('c2', 'lon')];
    const alice = await client('admin/alice', one.port);
    const thief = await client('viewer/wall', other.port);
    const server = await agent('realserver/fra/r1', [one.port]);
    await thief.status();
    await soon(() => expect(server.link.connected).toBe(true));
    await alice.deny(await denied('viewer/wall'));
    const list = await denied('realserver/fra/r1');
    expect((await alice.deny(list)).outcomes).toEqual(['known', 'added']);
    await soon(() => expect(server.link.connected).toBe(false));
    await vi.waitFor(async () => expect(thief.status()).rejects.toMatchObject({ code: 'unavailable' }), {
      timeout: 20_000,
    });
    const again = await agent('realserver/fra/r2', [other.port, one.port]);
    await soon(() => expect(again.link.connected).toBe(true));
    expect(server.link.connected).toBe(false);
    const lines = readFileSync(join(folder, 'c1.audit'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.filter(({ method }) => method === 'Admin.Deny').map(({ touched }) => touched)).toEqual([
      ['spiffe://causeway.example/viewer/wall denied'],
      ['spiffe://causeway.example/realserver/fra/r1 denied'],
    ]);
  },
);

test(
  'a coordinator that is denied is left by its agents, and not come back to, after a restart neither',
  long,
  async () => {
    const honest = await start('c1');
    const stolen = await ca.issue('coordinator/fra/c2');
    const fake = fakeHandlers();
    const thief = await serveApi({
      listen: '127.0.0.1:0',
      handlers: fake.handlers,
      tls: {
        ...{ files: stolen, own: { role: 'coordinator', site: 'fra', name: 'c2' }, clock: realClock },
        onRenewed: () => {},
        onNotRenewed: () => {},
      },
    });
    closing.push(() => thief.close(50));
    const one = await agent('director/fra/d1', [honest.port]);
    const alice = await client('admin/alice', honest.port);
    await alice.deny([
      ...(await denied('coordinator/fra/c2')),
      ...(await denied('realserver/fra/r1').catch(() => [])),
    ]);
    const subject = 'spiffe://causeway.example/coordinator/fra/c2';
    await soon(() => expect(one.snapshots.at(-1)?.denied?.map((each) => each.subject)).toEqual([subject]));
    const again = await agent('director/fra/d2', [thief.port], one.snapshots.at(-1));
    await soon(() =>
      expect(again.states[0]).toContain(`who answers is ${subject}, and what was made for ${subject} before`),
    );
    expect(fake.heard).toEqual([]);
    // Whom it is connected to it leaves as soon as it is told, by whomever.
    const third = await agent('director/fra/d3', [thief.port]);
    await soon(() => expect(third.link.connected).toBe(true));
    const snapshot = one.snapshots.at(-1);
    if (snapshot !== undefined) fake.streams[0]?.send({ ...snapshot, checksum: snapshotChecksum(snapshot) });
    await soon(() => expect(third.states.at(-1)).toContain('is denied'));
  },
);

test('what a coordinator makes up about another is not believed', long, async () => {
  const honest = await start('c1');
  const one = await agent('director/fra/d1', [honest.port]);
  await soon(() => expect(one.snapshots.length).toBeGreaterThan(0));
  const [snapshot] = one.snapshots;
  const forged: Denial = {
    ...signed('spiffe://causeway.example/coordinator/fra/c1', { beforeMs: 1_000 }),
    beforeMs: Date.now() + dayMs,
  };
  const again = await agent('director/fra/d2', [honest.port], snapshot && { ...snapshot, denied: [forged] });
  await soon(() => expect(again.link.connected).toBe(true));
});

describe('the list', () => {
  const serial = (index: number): string => (0x1000 + index).toString(16);

  test('grows by what is new, and says what there is', long, async () => {
    const { port } = await start('c1');
    const alice = await client('admin/alice', port);
    const uri = 'spiffe://causeway.example/director/fra/d1';
    const [early, late] = [signed(uri, { beforeMs: 1_000_000 }), signed(uri, { beforeMs: 2_000_000 })];
    expect((await alice.deny([early, signed('ab12')])).outcomes).toEqual(['added', 'added']);
    expect((await alice.deny([late, signed('ab12'), signed('cd', { endsMs: 1_000_000 })])).outcomes).toEqual([
      'added',
      'known',
      'over',
    ]);
    expect((await alice.deny([early])).outcomes).toEqual(['known']);
    const { denials } = await alice.deny([]);
    expect(denials.map(({ subject, beforeMs }) => [subject, beforeMs]).toSorted()).toEqual([
      ['ab12', 0],
      [uri, 2_000_000],
    ]);
  });

  test('takes nothing that the CA has not signed, nor a part of what it has', long, async () => {
    const { port } = await start('c1');
    const alice = await client('admin/alice', port);
    for (const [bad, words] of [
      [{ ...signed('ab12'), signature: '' }, 'no CA that is believed here has signed this'],
      [
        { ...signed('ab12'), endsMs: Date.now() + 400 * dayMs },
        'no CA that is believed here has signed this',
      ],
      [signed('ab12', { endsMs: 0 }), 'it does not say when it is over'],
      [signed('a'.repeat(3_000)), 'it is longer than any of ours'],
    ] as const)
      await expect(alice.deny([signed('cd'), bad])).rejects.toMatchObject({
        code: 'invalid',
        message: expect.stringContaining(words),
      });
    expect((await alice.deny([])).denials).toEqual([]);
    await expect((await client('viewer/wall', port)).deny([])).rejects.toMatchObject({ code: 'permission' });
    await expect((await client('operator/bob', port)).deny([])).rejects.toMatchObject({ code: 'permission' });
  });

  test('has its bound', long, async () => {
    const { port } = await start('c1');
    const alice = await client('admin/alice', port);
    const all = Array.from({ length: denialsAtMost }, (_, index) => signed(serial(index)));
    await alice.deny(all);
    await expect(alice.deny([signed('ffff')])).rejects.toMatchObject({ code: 'refused' });
    await expect(alice.deny([...all, signed('ffff')])).rejects.toThrow(
      '1001 of them: expected at most 1000 at once',
    );
    expect((await alice.deny([])).denials).toHaveLength(denialsAtMost);
  });
});

test('an agent that does not know of it is told of nothing that it could not read', long, async () => {
  const lab = await openLab();
  closing.push(() => lab.dispose());
  const value = signed('ab12');
  const [key, record] = [denialKey(value), encodeRecord({ kind: 'denial', value })];
  await lab.store.commit({ conditions: [], writes: [{ kind: 'put', key, value: record }] });
  await lab.admin.apply([site('fra')]);
  const told = async (capabilities: readonly string[], name: string): Promise<unknown> => {
    const raw = new (loadApi().agents)(`127.0.0.1:${lab.coordinator.port}`, credentials.createInsecure());
    closing.push(() => raw.close());
    const stream = raw.connect();
    stream.on('error', () => {});
    const address = `10.1.0.${name.slice(1)}`;
    stream.write({
      hello: {
        role: 'director',
        name,
        site: 'fra',
        address,
        prefixLength: 24,
        capabilities: [...capabilities],
      },
    });
    return new Promise((resolve) => {
      stream.on('data', ({ delta }) => {
        if (delta) resolve(delta.changed.map(({ path }: { path: string }) => path));
      });
    });
  };
  expect(await told(['sections'], 'd1')).toEqual(['probe']);
  expect(await told(['sections', 'denied'], 'd2')).toEqual(['denied', 'probe']);
});

test('what is over leaves the store by itself', long, async () => {
  const lab = await openLab();
  closing.push(() => lab.dispose());
  const value = signed('ab12');
  const [key, record] = [denialKey(value), encodeRecord({ kind: 'denial', value })];
  await lab.store.commit({ conditions: [], writes: [{ kind: 'put', key, value: record }] });
  lab.passTime(2 * dayMs);
  await lab.restart();
  await vi.waitFor(async () => expect((await lab.store.read({ keys: [key] })).entries).toEqual([]), {
    timeout: 20_000,
  });
});

test('without certificates there is nothing to deny', long, async () => {
  const lab = await openLab();
  closing.push(() => lab.dispose());
  await expect(lab.admin.deny([signed('ab12')])).rejects.toMatchObject({
    code: 'refused',
    message: expect.stringContaining('asks nobody for certificates'),
  });
});
