import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { emptyReport } from '../../src/domain/agent-message.ts';
import type { DirectorSnapshot, RealServerSnapshot, Snapshot } from '../../src/domain/snapshot.ts';
import { type FakeAgent, type Lab, openLab, service, site } from './harness.ts';

const applied = <K extends Snapshot['kind']>(agent: FakeAgent, kind: K) =>
  agent.snapshots.find(
    (one): one is Extract<Snapshot, { kind: K }> =>
      one.kind === kind && one.version === agent.applied?.version,
  );
/** A director whose probes are answered at every VIP but these. */
const serving = (agent: FakeAgent, but: readonly string[] = []): void => {
  agent.says = (snapshot) => {
    if (snapshot.kind !== 'director') return emptyReport;
    const vips = snapshot.services.flatMap((one) => one.vips);
    return { ...emptyReport, idleVips: vips.filter((vip) => but.includes(vip)) };
  };
};
const takes = (agent: FakeAgent): string[] | undefined => {
  const has: RealServerSnapshot | undefined = applied(agent, 'realserver');
  return has && [has.tunnel, ...(has.alsoTunnels ?? []), ...has.services.flatMap(({ vips }) => vips)];
};
const sends = (agent: FakeAgent) => {
  const has: DirectorSnapshot | undefined = applied(agent, 'director');
  return Object.fromEntries((has?.realServers ?? []).map(({ name, tunnel }) => [name, tunnel]));
};
const claims = (agent: FakeAgent) =>
  (applied(agent, 'director')?.services ?? []).map(({ vips, destinations }) => [
    ...vips,
    destinations.length,
  ]);

describe('a change that hosts make one after the other', () => {
  let lab: Lab;
  let directors: FakeAgent[];
  let servers: FakeAgent[];
  beforeEach(async () => {
    lab = await openLab();
    directors = [await lab.director('d1'), await lab.director('d2', { site: 'lon', address: '10.7.1.2' })];
    servers = [await lab.realServer('r1'), await lab.realServer('r2')];
    await lab.admin.apply([site('fra'), site('lon'), service('web', { forwarding: 'tunnel' })]);
    for (const one of directors) await expect.poll(() => sends(one)).toEqual({ r1: 'ipip', r2: 'ipip' });
    for (const one of servers) await expect.poll(() => takes(one)).toEqual(['ipip', '192.0.2.10']);
    for (const one of directors) serving(one);
  });
  afterEach(() => lab.dispose());

  const handovers = async () => (await lab.admin.status()).handovers ?? [];

  it('ipip for gre: both are taken, then the new one is used, then the old one goes', async () => {
    await lab.admin.apply([site('fra', 'gre')]);
    for (const one of servers) await expect.poll(() => takes(one)).toEqual(['gre', '192.0.2.10']);
    for (const one of directors) await expect.poll(() => sends(one)).toEqual({ r1: 'gre', r2: 'gre' });
    expect(await handovers()).toEqual([]);
    // In that order: no director used it before the real server had it, and no real server let go before.
    const both = servers.map(({ snapshots }) =>
      snapshots.filter((one) => one.kind === 'realserver' && one.alsoTunnels?.includes('ipip')),
    );
    expect(both.every((snapshots) => snapshots.length > 0)).toBe(true);
    expect((await lab.store.read({ prefix: 'handovers/' })).entries).toEqual([]);
  });

  it('who refuses is reached the old way, also after a restart of the coordinator; the status says for whom it waits', async () => {
    const [r1, r2] = servers as [FakeAgent, FakeAgent];
    r2.judge = () => 'no module ip_gre';
    await lab.admin.apply([site('fra', 'gre')]);
    for (const one of directors) await expect.poll(() => sends(one)).toEqual({ r1: 'gre', r2: 'ipip' });
    await expect
      .poll(handovers)
      .toEqual([{ kind: 'Site', name: 'fra', waitsFor: ['realserver r2'], stuck: true }]);
    await lab.restart();
    await expect
      .poll(
        async () =>
          (await lab.admin.status().catch(() => undefined))?.agents.filter((a) => a.connected).length,
      )
      .toBe(4);
    expect(takes(r1)).toEqual(['gre', 'ipip', '192.0.2.10']);
    for (const one of directors) expect(sends(one)).toEqual({ r1: 'gre', r2: 'ipip' });
    r2.judge = () => undefined;
    await lab.kill(r2);
    await lab.revive(r2);
    for (const one of directors) await expect.poll(() => sends(one)).toEqual({ r1: 'gre', r2: 'gre' });
    await expect.poll(() => takes(r1)).toEqual(['gre', '192.0.2.10']);
  });

  it('another VIP: the old one is served until every real server has the new one and every director has changed over', async () => {
    const [d1, d2] = directors as [FakeAgent, FakeAgent];
    const [r1, r2] = servers as [FakeAgent, FakeAgent];
    r2.judge = () => 'not now';
    d2.judge = (next) =>
      next.kind === 'director' && next.services.every(({ vips }) => !vips.includes('192.0.2.10'))
        ? 'not now'
        : undefined;
    await lab.admin.apply([service('web', { forwarding: 'tunnel', vips: ['192.0.2.20'] })]);
    await expect
      .poll(() => claims(d1))
      .toEqual([
        ['192.0.2.10', 2],
        ['192.0.2.20', 1],
      ]);
    r2.judge = () => undefined;
    serving(d1, ['192.0.2.20']);
    await lab.kill(r2);
    await lab.revive(r2);
    // It has both, and the new one carries nothing yet.
    const both = [
      ['192.0.2.10', 2],
      ['192.0.2.20', 2],
    ];
    await expect.poll(() => claims(d1)).toEqual(both);
    await expect.poll(handovers).toMatchObject([{ waitsFor: ['director d1'] }]);
    d1.link.report(emptyReport);
    await expect.poll(handovers).toEqual([]);
    // As long as clients may need to go there.
    expect(claims(d1)).toEqual(both);
    lab.passTime(15_000);
    d1.link.report(emptyReport);
    await expect.poll(() => claims(d1)).toEqual([['192.0.2.20', 2]]);
    expect(takes(r1)).toEqual(['ipip', '192.0.2.20', '192.0.2.10']);
    await expect.poll(handovers).toMatchObject([{ waitsFor: ['director d2'], stuck: true }]);
    d2.judge = () => undefined;
    await lab.kill(d2);
    await lab.revive(d2);
    await expect.poll(() => claims(d2)).toEqual([['192.0.2.20', 2]]);
    for (const one of servers) await expect.poll(() => takes(one)).toEqual(['ipip', '192.0.2.20']);
  });

  it('a director that applies late is known to have what has changed nothing for it meanwhile', async () => {
    const [d1, d2] = directors as [FakeAgent, FakeAgent];
    const { promise, resolve } = Promise.withResolvers<void>();
    d2.busy = promise;
    await lab.admin.apply([service('web', { forwarding: 'tunnel', vips: ['192.0.2.20'] })]);
    await expect.poll(handovers).toMatchObject([{ waitsFor: ['director d2'] }]);
    const changedOver = async () =>
      (await lab.store.read({ prefix: 'handovers/' })).entries.map(({ value }) => value).join();
    await expect.poll(changedOver).toContain('"d1"');
    expect(claims(d1)).toHaveLength(2);
    const unpublished = async () => {
      const { revision, publishedRevision = 0 } = await lab.admin.status();
      return revision - publishedRevision;
    };
    await expect.poll(unpublished).toBe(0);
    resolve();
    // Not only with the next step, which is when d1 lets the old one go.
    await expect.poll(handovers, { timeout: 5_000 }).toEqual([]);
  });

  it('with force nobody waits', async () => {
    const [r1, r2] = servers as [FakeAgent, FakeAgent];
    r2.judge = () => 'no module ip_gre';
    await lab.admin.apply([site('fra', 'gre')]);
    await expect.poll(() => takes(r1)).toEqual(['gre', 'ipip', '192.0.2.10']);
    await lab.admin.apply([site('fra', 'gre')], { force: true });
    await expect.poll(() => takes(r1)).toEqual(['gre', '192.0.2.10']);
    for (const one of directors) await expect.poll(() => sends(one)).toEqual({ r1: 'gre', r2: 'gre' });
    expect(await handovers()).toEqual([]);
  });

  it('a service that is deleted meanwhile leaves nothing behind', async () => {
    const [, r2] = servers as [FakeAgent, FakeAgent];
    r2.judge = () => 'not now';
    await lab.admin.apply([service('web', { forwarding: 'tunnel', vips: ['192.0.2.20'] })]);
    await expect.poll(handovers).toHaveLength(1);
    await lab.admin.remove([{ kind: 'Service', name: 'web' }]);
    expect(await handovers()).toEqual([]);
    for (const one of directors) await expect.poll(() => claims(one)).toEqual([]);
  });
});
