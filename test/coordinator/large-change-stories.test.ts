// A change that is more than one transaction carries, on a store as small as need be.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { finishRevision } from '../../src/coordinator/serve/unfinished.ts';
import { openStoreView } from '../../src/coordinator/view/store-view.ts';
import { CausewayError } from '../../src/domain/error.ts';
import { realClock } from '../../src/runtime/system-clock.ts';
import { openEtcdStore } from '../../src/store/etcd/etcd-store.ts';
import type { Store, Transaction } from '../../src/store/store.ts';
import { type EtcdCluster, etcdPrograms, startEtcd } from '../etcd/cluster.ts';
import { type Lab, openLab, service, site } from './harness.ts';

const sites = (count: number, tunnel: 'ipip' | 'gre' = 'ipip') =>
  Array.from({ length: count }, (_, index) => site(`s${index}`, tunnel));

/** Few operations a transaction; and `refuse` is asked before each. */
function small(refuse: (transaction: Transaction) => boolean = () => false) {
  return (store: Store): Store => ({
    ...store,
    limits: { operations: 12, bytes: 20_000 },
    async commit(transaction) {
      if (refuse(transaction)) {
        const message = 'the disk is full';
        throw new CausewayError({ code: 'unavailable', operation: 'write', subject: 'store', message });
      }
      return store.commit(transaction);
    },
  });
}

const touches = ({ writes }: Transaction, part: string) => writes.some(({ key }) => key.includes(part));

describe('a change in parts', () => {
  let lab: Lab;
  afterEach(() => lab.dispose());

  const states = async () =>
    (await lab.admin.history({ limit: 10 })).revisions.map(
      ({ number, state, touchedCount }) => `${number} ${state} ${touchedCount}`,
    );
  const declared = async () => (await lab.admin.list('Site')).resources.length;

  it('is one revision, done when all of it is made, and taken back as one', async () => {
    lab = await openLab({ between: small() });
    const before = await lab.storeWrites();
    await lab.admin.apply(sites(100), { message: 'all of them' });
    expect((await lab.storeWrites()) - before).toBeGreaterThan(9);
    expect(await declared()).toBe(100);
    expect(await states()).toEqual(['1 done 100']);
    await lab.admin.apply(sites(3, 'gre'));
    expect(await lab.admin.difference(1, 2)).toHaveLength(3);
    await lab.admin.rollback(0, { allowRemoval: true });
    expect(await declared()).toBe(0);
    expect(await states()).toEqual(['3 done 100', '2 done 3', '1 done 100']);
  });

  it('that its coordinator left is taken up where it stands; until then nothing else is changed', async () => {
    let left = 4;
    lab = await openLab({
      between: small((transaction) => touches(transaction, 'resources/') && left-- <= 0),
      finishAfterMs: 100,
    });
    await expect(lab.admin.apply(sites(100))).rejects.toThrow(
      'make revision 1: it is begun, and not all made: write store: the disk is full. It goes on, or is given up',
    );
    expect(await states()).toEqual(['1 in progress 100']);
    expect(await declared()).toBeGreaterThan(0);
    await expect(lab.admin.apply([site('another')])).rejects.toThrow(
      'revision 1 of local is being written: try again in some seconds',
    );
    left = Number.POSITIVE_INFINITY;
    await expect.poll(states).toEqual(['1 done 100']);
    expect(await declared()).toBe(100);
    expect((await lab.admin.apply([site('another')])).number).toBe(2);
  });

  it('that another takes up while its coordinator is only slow: it is made once, and both know', async () => {
    let batches = 0;
    let taken: Awaited<ReturnType<typeof finishRevision>>;
    let meanwhile: (() => Promise<void>) | undefined;
    lab = await openLab({
      between: (store) => ({
        ...small()(store),
        async commit(transaction) {
          if (touches(transaction, 'resources/') && ++batches === 3) await meanwhile?.();
          return store.commit(transaction);
        },
      }),
    });
    const view = await openStoreView(lab.store, {
      clock: realClock,
      onSetAside: () => {},
      onTrouble: () => {},
    });
    meanwhile = async () => {
      await view.reached((await lab.store.read({ prefix: 'revisions/' })).revision);
      taken = await finishRevision(small()(lab.store), view);
    };
    expect(await lab.admin.apply(sites(100))).toMatchObject({ number: 1, problems: [] });
    expect(taken).toEqual({ number: 1, outcome: 'done', why: '' });
    expect(await states()).toEqual(['1 done 100']);
    expect(await declared()).toBe(100);
    await view.close();
  });

  it('that a restarted coordinator finds half made', async () => {
    let left = 4;
    lab = await openLab({
      between: small((transaction) => touches(transaction, 'resources/') && left-- <= 0),
      finishAfterMs: 200,
    });
    await expect(lab.admin.apply(sites(100))).rejects.toMatchObject({ code: 'unavailable' });
    left = Number.POSITIVE_INFINITY;
    await lab.restart();
    await expect.poll(states).toEqual(['1 done 100']);
    expect(await declared()).toBe(100);
  });

  it('of which not all was noted is given up, and nothing of it is done', async () => {
    let isRefusing = true;
    lab = await openLab({
      between: small((transaction) => isRefusing && touches(transaction, 'history/0000000001/')),
      finishAfterMs: 100,
    });
    await expect(lab.admin.apply(sites(100))).rejects.toMatchObject({ code: 'unavailable' });
    isRefusing = false;
    await expect.poll(states).toEqual(['1 abandoned 0']);
    expect(await declared()).toBe(0);
    await lab.admin.apply([site('fra')]);
    expect(await lab.admin.difference(0, undefined)).toMatchObject([{ name: 'fra', outcome: 'created' }]);
  });
});

describe.skipIf(etcdPrograms === undefined)('with a real etcd', () => {
  let etcd: EtcdCluster;
  beforeAll(async () => {
    etcd = await startEtcd();
  });
  afterAll(() => etcd.dispose());

  it('hundreds of services are one revision, of which every part is kept', async () => {
    const lab = await openLab({
      open: () =>
        openEtcdStore({
          ...{ endpoints: etcd.endpoints, prefix: '/large/', access: {}, clock: realClock },
          random: Math.random,
        }),
    });
    try {
      await lab.admin.apply([site('fra')]);
      const services = Array.from({ length: 400 }, (_, index) =>
        service(`s${index}`, { vips: [`192.0.${2 + Math.floor(index / 200)}.${1 + (index % 200)}`] }),
      );
      await lab.admin.apply(services, { message: 'all at once' });
      const { revisions } = await lab.admin.history({ limit: 1 });
      expect(revisions).toMatchObject([{ number: 2, state: 'done', touchedCount: 400 }]);
      expect(await lab.admin.difference(1, 2)).toHaveLength(400);
      expect((await lab.admin.list('Service')).resources).toHaveLength(400);
      await lab.admin.rollback(1, { allowRemoval: true });
      expect((await lab.admin.list()).resources).toEqual([site('fra')]);
      expect(await lab.admin.difference(1, undefined)).toEqual([]);
    } finally {
      await lab.dispose();
    }
  });
});
