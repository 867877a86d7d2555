/** A coordinator whose store is an etcd: what agents notice of it, and of its absence. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { realClock } from '../../src/runtime/system-clock.ts';
import { openEtcdStore } from '../../src/store/etcd/etcd-store.ts';
import { type EtcdCluster, etcdPrograms, startEtcd } from '../etcd/cluster.ts';
import { type Lab, openLab, service, site, weightsOf } from './harness.ts';

describe.skipIf(etcdPrograms === undefined)('a coordinator on an etcd', () => {
  let etcd: EtcdCluster;
  let lab: Lab;
  let count = 0;
  beforeEach(() => {
    count += 1;
  });
  beforeAll(async () => {
    etcd = await startEtcd();
  });
  afterAll(() => etcd.dispose());
  afterEach(() => lab.dispose());

  const open = () =>
    openEtcdStore({
      ...{ endpoints: etcd.endpoints, prefix: `/stories-${count}/`, access: {}, clock: realClock },
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

  it('takes a folder of more than one transaction of etcd holds', async () => {
    lab = await openLab({ open });
    const director = await lab.director('d1');
    await lab.realServer('r1');
    const services = Array.from({ length: 150 }, (_, index) =>
      service(`web-${index}`, { vips: [`192.0.2.${index + 1}`] }),
    );
    const { outcomes } = await lab.admin.apply([site('fra'), ...services]);
    expect(outcomes).toHaveLength(151);
    await expect.poll(() => weightsOf(director, 'web-149')).toEqual({ r1: 100 });
    expect((await lab.admin.list('Service')).resources).toHaveLength(150);
  });

  it('says how an etcd is backed up, in place of a file that nobody could restore', async () => {
    lab = await openLab({ open });
    await expect(lab.admin.backup()).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('etcdctl snapshot save FILE'),
    });
  });

  it('and another, asked at once for two services of one VIP, take one of them', async () => {
    lab = await openLab({ open });
    const other = await openLab({ open });
    await lab.admin.apply([site('fra')]);
    const results = await Promise.all(
      [lab, other].map(({ admin }, index) => admin.apply([service(`web-${index}`)])),
    );
    expect(results.map(({ problems }) => problems.length).toSorted()).toEqual([0, 1]);
    await expect.poll(async () => (await other.admin.list('Service')).resources).toHaveLength(1);
    await other.dispose();
  });
});
