/** A coordinator whose store is an etcd: what agents notice of it, and of its absence. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { realClock } from '../../src/runtime/system-clock.ts';
import { openEtcdStore } from '../../src/store/etcd/etcd-store.ts';
import { type EtcdCluster, etcdPrograms, startEtcd } from '../etcd/cluster.ts';
import { type Lab, openLab, service, site, weightsOf } from './harness.ts';

describe.skipIf(etcdPrograms === undefined)('a coordinator on an etcd', () => {
  let etcd: EtcdCluster;
  let lab: Lab;
  beforeAll(async () => {
    etcd = await startEtcd();
  });
  afterAll(() => etcd.dispose());
  afterEach(() => lab.dispose());

  const open = () =>
    openEtcdStore({
      ...{ endpoints: etcd.endpoints, prefix: '/stories/', access: {}, clock: realClock },
      ...{ random: Math.random, timing: { attemptMs: 600, progressMs: 200, silenceMs: 1_200 } },
    });

  it('serves its agents while etcd is away, says so, refuses what it could not keep, and goes on after', async () => {
    lab = await openLab({ open });
    const director = await lab.director('d1');
    await lab.realServer('r1');
    await lab.admin.apply([site('fra'), service('web')]);
    await expect.poll(() => weightsOf(director, 'web')).toEqual({ r1: 100 });

    await etcd.members[0]?.kill();
    await expect.poll(async () => (await lab.admin.status()).troubles.join()).toContain('is not seen');
    const sent = director.snapshots.length;
    await expect(lab.admin.apply([service('api', { vips: ['192.0.2.11'] })])).rejects.toMatchObject({
      code: 'unavailable',
    });
    await lab.kill(director);
    await lab.revive(director);
    await expect.poll(() => director.states.at(-1)?.connected).toBe(true);
    expect(director.snapshots.length).toBe(sent);

    await etcd.members[0]?.start();
    await expect.poll(async () => (await lab.admin.status()).troubles).toEqual([]);
    await lab.admin.apply([service('api', { vips: ['192.0.2.11'] })]);
    await expect.poll(() => weightsOf(director, 'api')).toEqual({ r1: 100 });
  });
});
