/** Histories recorded while members are killed, stopped, started again, and compacted under a reader that is away, judged by the oracle. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { realClock } from '../../src/runtime/system-clock.ts';
import { openEmbeddedStore } from '../../src/store/embedded.ts';
import type { Store } from '../../src/store/store.ts';
import { type EtcdCluster, etcdPrograms, startEtcd } from '../etcd/cluster.ts';
import { etcdctl } from '../etcd/etcdctl.ts';
import { openGate } from '../etcd/gate.ts';
import { openQuick, persist } from './etcd-opened.ts';
import { type History, judge } from './oracle.ts';
import { record } from './workload.ts';

/** That it was a history at all: most of it was answered, and something of each kind was seen. */
function summary({ writes, reads, watches }: History) {
  const outcomes = writes.map(({ commit }) => commit?.outcome ?? 'failed');
  const kinds = watches.flatMap(({ events }) => events.map(({ kind }) => kind));
  const count = <T>(list: readonly T[], one: T): number => list.filter((other) => other === one).length;
  return {
    ...{ reads: reads.length, watches: watches.length },
    ...{ committed: count(outcomes, 'committed'), conflict: count(outcomes, 'conflict') },
    ...{ unknown: count(outcomes, 'unknown'), failed: count(outcomes, 'failed') },
    ...{ lists: count(kinds, 'list'), changes: count(kinds, 'changes'), stale: count(kinds, 'stale') },
  };
}

it.each([1, 2])(
  'the embedded store, with readers that are slow or come back late (seed %i)',
  async (seed) => {
    const folder = await mkdtemp(join(tmpdir(), 'causeway-history-'));
    const file = join(folder, 'store.db');
    const store = openEmbeddedStore({ file, clock: realClock, historyRevisions: 30, watchQueueLimit: 20 });
    let isIdle = false;
    const idle = (value: boolean): void => {
      isIdle = value;
    };
    const history = await record({
      ...{ clients: [store, store, store], operations: 400, seed },
      watches: [
        { store, prefix: 'h' },
        { store, prefix: 'ha/', resumesAfter: 7 },
        { store, prefix: 'hb/', isIdle: () => isIdle },
      ],
      faults: [
        { at: 100, run: () => idle(true) },
        { at: 250, run: () => idle(false) },
      ],
    });
    expect(judge(history)).toEqual([]);
    const { committed, conflict, reads, lists } = summary(history);
    expect(Math.min(committed / 5, conflict, reads / 5, lists)).toBeGreaterThan(3);
    await store.close();
    await rm(folder, { recursive: true });
  },
);

describe.skipIf(etcdPrograms === undefined)('an etcd of three members', () => {
  let etcd: EtcdCluster;
  let stores: Store[];
  beforeEach(async () => {
    etcd = await startEtcd({ size: 3 });
    stores = [];
  });
  afterEach(async () => {
    for (const store of stores) await store.close();
    await etcd.dispose();
  });

  async function open(endpoints: readonly string[], watchQueueLimit = 1_000): Promise<Store> {
    const store = await persist(() => openQuick(endpoints, { watchQueueLimit }));
    stores.push(store);
    return store;
  }
  /** Each begins with another member. */
  const openAll = () =>
    Promise.all(
      etcd.endpoints.map((_, index) =>
        open([...etcd.endpoints.slice(index), ...etcd.endpoints.slice(0, index)]),
      ),
    );

  it('killed, stopped and started again, one after the other and all at once', async () => {
    const clients = await openAll();
    const [a, b, c] = clients as [Store, Store, Store];
    const [m0, m1, m2] = etcd.members;
    const history = await record({
      ...{ clients, operations: 700, seed: 3 },
      watches: [
        { store: a, prefix: 'h' },
        { store: b, prefix: 'ha/', resumesAfter: 9 },
        { store: c, prefix: '' },
      ],
      faults: [
        { at: 100, run: () => m0?.kill() },
        { at: 180, run: () => m0?.start() },
        { at: 250, run: () => m1?.stop() },
        { at: 280, run: () => m1?.goOn() },
        {
          at: 380,
          run: async () => {
            await Promise.all([m0, m1, m2].map((member) => member?.kill()));
            await Promise.all([m0, m1, m2].map((member) => member?.start()));
          },
        },
        { at: 480, run: () => Promise.all([m0, m1, m2].map((member) => member?.stop())).then(() => {}) },
        { at: 484, run: () => [m0, m1, m2].forEach((member) => void member?.goOn()) },
        { at: 560, run: () => m2?.kill() },
        { at: 620, run: () => m2?.start() },
      ],
    });
    expect(judge(history)).toEqual([]);
    const { committed, conflict, reads, changes, stale } = summary(history);
    expect(Math.min(committed / 5, conflict, reads / 5, changes / 5, stale)).toBeGreaterThan(3);
  });

  it('compacted under readers that are away or slow', async () => {
    const gate = await openGate(etcd.endpoints[0] ?? '');
    const clients = await openAll();
    const away = await open([gate.endpoint], 20);
    let isIdle = false;
    const idle = (value: boolean): void => {
      isIdle = value;
    };
    const compact = async (): Promise<void> => {
      const { revision } = await persist(() => (clients[0] as Store).read({ keys: [] }));
      await etcdctl(etcd, ['compact', String(revision)]);
    };
    const history = await record({
      ...{ clients, operations: 500, seed: 4 },
      watches: [
        { store: clients[1] as Store, prefix: 'h' },
        { store: away, prefix: 'h' },
        { store: away, prefix: 'hb/', isIdle: () => isIdle },
      ],
      faults: [
        { at: 80, run: () => gate.shut() },
        {
          at: 160,
          async run({ caughtUp }) {
            await caughtUp();
            await compact();
            gate.open();
          },
        },
        { at: 240, run: () => gate.freeze() },
        {
          at: 320,
          async run({ caughtUp }) {
            await caughtUp();
            await compact();
            gate.open();
          },
        },
        { at: 340, run: () => idle(true) },
        {
          at: 450,
          async run({ caughtUp }) {
            await caughtUp();
            await compact();
            idle(false);
          },
        },
      ],
    });
    expect(judge(history)).toEqual([]);
    const { committed, lists, stale } = summary(history);
    // Three to begin with, and one for each that was compacted away.
    expect(Math.min(committed / 5, lists - 3, stale)).toBeGreaterThan(0);
    await gate.dispose();
  });
});
