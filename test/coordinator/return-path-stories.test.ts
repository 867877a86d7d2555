// What collectors hear of return paths, from a report to status and weights; and whose loss changes nothing.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { emptyReport } from '../../src/domain/agent-message.ts';
import type { ReturnPathReport } from '../../src/domain/return-path.ts';
import { missedAtMost } from '../../src/probe/return-path-track.ts';
import { realServer } from './cluster-fleet.ts';
import { openClusterLab } from './cluster-lab.ts';
import { createEar } from './ear.ts';
import { type FakeAgent, type Lab, lastOf, openLab, service, site, weightsOf } from './harness.ts';

const vip = '192.0.2.10';
const capabilities = ['probe-keys', 'return-path'];
const heard = (realServer: string): ReturnPathReport => ({ realServer, heard: [vip], silent: [] });
const silent = (realServer: string): ReturnPathReport => ({ realServer, heard: [], silent: [vip] });

describe('return paths', () => {
  let lab: Lab;
  let fra: FakeAgent;
  let lon: FakeAgent;
  let r1: FakeAgent;
  beforeEach(async () => {
    lab = await openLab({ latencyWindowMs: 50 });
    fra = await lab.director('d1', { capabilities });
    lon = await lab.director('d2', { site: 'lon', capabilities });
    r1 = await lab.realServer('r1', { capabilities });
    await lab.realServer('r2', { site: 'lon', capabilities });
    await lab.admin.apply([site('fra'), site('lon'), service('web', { requireReturnPath: true })]);
  });
  afterEach(() => lab.dispose());

  const paths = async (): Promise<string[]> =>
    ((await lab.admin.status()).returnPaths ?? []).map((one) => `${one.site} ${one.state}`);
  const hear = (by: FakeAgent, ...returnPaths: ReturnPathReport[]) =>
    by.link.report({ ...emptyReport, returnPaths });
  const weights = () => weightsOf(fra, 'web');

  it('new real servers wait for their proof, and get connections with it', async () => {
    await expect.poll(paths).toEqual(['fra waiting', 'lon waiting']);
    await expect.poll(weights).toEqual({ r1: 0, r2: 0 });
    hear(lon, heard('r1'));
    hear(fra, heard('r2'));
    await expect.poll(paths).toEqual(['fra proved', 'lon proved']);
    await expect.poll(() => weights().r1).toBeGreaterThan(0);
  });

  it('each is told to whom it shows it, and a collector by which keys it knows them', async () => {
    const collectors = async () => {
      const agent = await lab.realServer('r3', { capabilities });
      await expect.poll(() => lastOf(agent)).toBeDefined();
      const snapshot = lastOf(agent);
      return snapshot?.kind === 'realserver' ? (snapshot.collectors ?? []).map(({ name }) => name) : [];
    };
    expect(await collectors()).toEqual(['d2']);
    const snapshot = lastOf(lon);
    expect(snapshot?.kind === 'director' && snapshot.collecting).toHaveLength(1);
  });

  it('a site that is refuted gets no connections while another has the proof; all is as before when it has it again', async () => {
    hear(lon, heard('r1'));
    hear(fra, heard('r2'));
    await expect.poll(() => weights().r1).toBeGreaterThan(0);
    hear(lon, silent('r1'));
    await expect.poll(paths).toEqual(['fra refuted', 'lon proved']);
    await expect.poll(() => weights().r1).toBe(0);
    expect((await lab.admin.status()).returnPaths?.[0]).toMatchObject({
      refutedAt: ['r1'],
      unheardBy: ['d2'],
    });
    expect(weights().r2).toBeGreaterThan(0);
    expect(await lab.coordinator.exposition.metrics()).toContain(
      'causeway_coordinator_return_path{site="fra",vip="192.0.2.10",state="refuted"} 1',
    );
    hear(lon, heard('r1'));
    await expect.poll(() => weights().r1).toBeGreaterThan(0);
  });

  it('the last that may serve keep their connections', async () => {
    hear(lon, heard('r1'));
    hear(fra, heard('r2'));
    await expect.poll(paths).toEqual(['fra proved', 'lon proved']);
    hear(lon, silent('r1'));
    hear(fra, silent('r2'));
    await expect.poll(paths).toEqual(['fra refuted', 'lon refuted']);
    await expect.poll(() => weights().r1).toBeGreaterThan(0);
  });

  it('a lost collector and a coordinator that starts anew change nothing, nor is anything written for it', async () => {
    hear(lon, heard('r1'));
    hear(fra, heard('r2'));
    await expect.poll(() => weights().r1).toBeGreaterThan(0);
    await lab.kill(lon);
    await lab.restart();
    await expect
      .poll(async () => (await lab.admin.status()).agents.some(({ connected }) => connected))
      .toBe(true);
    const writes = await lab.storeWrites();
    // Some rounds of judging.
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await paths()).toEqual(['fra proved', 'lon proved']);
    expect(weights().r1).toBeGreaterThan(0);
    expect(await lab.storeWrites()).toBe(writes);
  });

  it('a new one that nobody can hear waits a minute, and then gets what it would without the requirement', async () => {
    await expect.poll(paths).toEqual(['fra waiting', 'lon waiting']);
    await expect.poll(weights).toEqual({ r1: 0, r2: 0 });
    // Their minute begins when they are first seen to carry something.
    const since = async () => {
      const { entries } = await lab.store.read({ prefix: 'return-paths/' });
      return entries.map(({ value }) => JSON.parse(value).sinceMs > 0);
    };
    await expect.poll(since).toEqual([true, true]);
    lab.passTime(61_000);
    await expect.poll(paths).toEqual(['fra unknown', 'lon unknown']);
    await expect.poll(() => weights().r1).toBeGreaterThan(0);
  });

  it('an agent of before is unknown, and refused nothing', async () => {
    await lab.realServer('r9', { capabilities: ['probe-keys'] });
    hear(lon, heard('r1'));
    await expect.poll(() => weights().r1).toBeGreaterThan(0);
    await expect.poll(() => weights().r9).toBeGreaterThan(0);
  });

  it('who is deleted is forgotten', async () => {
    await expect.poll(paths).toEqual(['fra waiting', 'lon waiting']);
    await lab.kill(r1);
    await lab.admin.remove([{ kind: 'RealServer', name: 'r1' }], { allowRemoval: true });
    const kept = await lab.store.read({ prefix: 'return-paths/' });
    expect(kept.entries.map(({ key }) => key)).toEqual(['return-paths/r2']);
  });
});

describe('coordinators as collectors', () => {
  it('one elsewhere hears a fleet whose directors are all of one site', async () => {
    const ear = createEar('ams', ['10.9.0.2']);
    const lab = await openLab({ latencyWindowMs: 50, hearing: ear.place });
    try {
      await lab.director('d1', { capabilities });
      const r1 = await lab.realServer('r1', { capabilities });
      await lab.admin.apply([site('fra'), service('web', { requireReturnPath: true })]);
      const paths = async () => (await lab.admin.status()).returnPaths;
      await expect.poll(paths).toMatchObject([{ site: 'fra', state: 'waiting' }]);
      await expect
        .poll(() => lastOf(r1))
        .toMatchObject({ collectors: [{ name: 'coordinator/test', addresses: ['10.9.0.2'] }] });
      ear.round('r1', lastOf(r1), [vip]);
      await expect.poll(paths).toMatchObject([{ site: 'fra', state: 'proved' }]);
      for (let round = 0; round <= missedAtMost; round += 1) ear.round('r1', lastOf(r1), [vip], [vip]);
      await expect
        .poll(paths)
        .toMatchObject([{ state: 'refuted', refutedAt: ['r1'], unheardBy: ['coordinator/test'] }]);
      expect(await lab.coordinator.exposition.metrics()).toMatch(
        /causeway_coordinator_return_path_datagrams_total\{outcome="heard"\} [1-9]/,
      );
    } finally {
      await lab.dispose();
    }
  });

  it('one on the host of a director leaves that to it', async () => {
    const ear = createEar('ams', ['10.9.0.2']);
    const lab = await openLab({ hearing: ear.place });
    try {
      await expect.poll(ear.isOpen).toBe(true);
      await lab.director('d9', { site: 'ams', address: '10.9.0.2', capabilities });
      await expect.poll(ear.isOpen).toBe(false);
    } finally {
      await lab.dispose();
    }
  });

  it('what another than the leader hears is known to all; once it is gone nobody is sent to it, and what it heard stands', async () => {
    const ear = createEar('ams', ['10.9.0.2']);
    const lab = await openClusterLab();
    try {
      const fra = await lab.start('fra-c1', 'fra');
      const ams = await lab.start('ams-c1', 'ams', 0, ear.place);
      await fra.admin.apply([site('fra'), service('web', { requireReturnPath: true })]);
      const r1 = await lab.agent({ ...realServer('r1', 'fra', '10.1.2.1'), capabilities }, [fra]);
      const last = () => r1.snapshots.at(-1);
      const sendsTo = () => {
        const snapshot = last();
        return snapshot?.kind === 'realserver' ? (snapshot.collectors ?? []).map(({ name }) => name) : [];
      };
      const paths = async () => (await fra.admin.status()).returnPaths;
      await expect.poll(sendsTo).toEqual(['coordinator/ams-c1']);
      await expect.poll(ear.isOpen).toBe(true);
      await expect
        .poll(
          async () => {
            ear.round('r1', last(), [vip]);
            return paths();
          },
          { timeout: 20_000, interval: 500 },
        )
        .toMatchObject([{ site: 'fra', state: 'proved' }]);
      await lab.kill(ams);
      await expect.poll(sendsTo, { timeout: 10_000 }).toEqual([]);
      expect(await paths()).toMatchObject([{ site: 'fra', state: 'proved' }]);
    } finally {
      await lab.dispose();
    }
  });
});
