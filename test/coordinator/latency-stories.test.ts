import { afterEach, describe, expect, it } from 'vitest';
import { type FakeAgent, type Lab, lastOf, openLab, service, site } from './harness.ts';

describe('the latency matrix', () => {
  let lab: Lab;
  afterEach(() => lab.dispose());

  const report = (director: FakeAgent, rttUs: Record<string, number>) =>
    director.link.report({
      paths: Object.entries(rttUs).map(([realServer, rtt]) => ({
        realServer,
        state: 'up',
        sinceMs: 1,
        rttP50Us: rtt,
        rttP90Us: rtt,
        loss: 0,
        answered: 60,
        agent: 'present',
        knock: 'works',
      })),
      destinations: [],
      applications: [],
      load: undefined,
      troubles: [],
      held: '',
    });
  const tiers = (director: FakeAgent) => {
    const snapshot = lastOf(director);
    if (snapshot?.kind !== 'director') return {};
    return Object.fromEntries(
      snapshot.services[0]?.destinations.map(({ realServer, tier }) => [realServer, tier]) ?? [],
    );
  };
  /** Again and again: of one report nothing is left once its window has passed. */
  const reportUntil = async (director: FakeAgent, rttUs: Record<string, number>, expected: object) => {
    const repeat = setInterval(() => report(director, rttUs), 5);
    await expect.poll(() => tiers(director)).toEqual(expected);
    clearInterval(repeat);
  };

  it('orders the tiers, survives a restart, and is written only when a new value is believed', async () => {
    lab = await openLab({ latencyWindowMs: 20 });
    const director = await lab.director('d1');
    await lab.realServer('r1');
    await lab.realServer('r2', { site: 'lon', address: '10.2.2.1' });
    await lab.realServer('r3', { site: 'ams', address: '10.3.2.1' });
    await lab.admin.apply([site('fra'), site('lon'), site('ams'), service('web')]);
    await expect.poll(() => tiers(director)).toEqual({ r1: 0, r2: 2, r3: 1 });
    await reportUntil(director, { r1: 200, r2: 14_000, r3: 82_000 }, { r1: 0, r2: 1, r3: 2 });
    expect((await lab.admin.status()).latency).toMatchObject([
      { from: 'fra', to: 'ams', p50Us: 82_000 },
      { from: 'fra', to: 'fra', p50Us: 200 },
      { from: 'fra', to: 'lon', p50Us: 14_000 },
    ]);

    const sent = director.snapshots.length;
    await lab.restart();
    await expect.poll(() => director.states.at(-1)?.connected).toBe(true);
    await expect.poll(async () => (await lab.admin.status()).latency).toHaveLength(3);
    expect(director.snapshots).toHaveLength(sent);
    expect(await lab.storeWrites()).toBe(0);

    await reportUntil(director, { r1: 200, r2: 120_000, r3: 82_000 }, { r1: 0, r2: 2, r3: 1 });
    expect(await lab.storeWrites()).toBe(1);
  });
});
