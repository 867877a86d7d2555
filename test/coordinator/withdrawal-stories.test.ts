import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { emptyReport } from '../../src/domain/agent-message.ts';
import type { AppVerdict } from '../../src/domain/probe.ts';
import type { PathState } from '../../src/domain/report.ts';
import { type FakeAgent, type Lab, lastOf, openLab, service, site } from './harness.ts';

/** Two sites with a director and two real servers of 100 connections each in both; masquerade keeps each to its own. */
describe('a site of which too little is usable', () => {
  let lab: Lab;
  let directors: ReadonlyMap<string, FakeAgent>;
  let servers: ReadonlyMap<string, FakeAgent>;

  beforeEach(async () => {
    lab = await openLab({ planTickMs: 50 });
    const lon = (address: string) => ({ site: 'lon', address });
    directors = new Map([
      ['fra', await lab.director('fra-d1')],
      ['lon', await lab.director('lon-d1', lon('10.2.1.1'))],
    ]);
    servers = new Map([
      ['fra-r1', await lab.realServer('fra-r1')],
      ['fra-r2', await lab.realServer('fra-r2')],
      ['lon-r1', await lab.realServer('lon-r1', lon('10.2.2.1'))],
      ['lon-r2', await lab.realServer('lon-r2', lon('10.2.2.2'))],
    ]);
  });
  afterEach(() => lab.dispose());

  const declare = (sites: string[] = []) =>
    lab.admin.apply([site('fra'), site('lon'), service('web', { forwarding: 'masquerade', sites })]);

  function say(name: string, verdict: AppVerdict): void {
    servers.get(name)?.link.report({
      paths: [],
      destinations: [],
      applications: [{ service: 'web', verdict, sinceMs: 1, reason: verdict === 'healthy' ? '' : 'refused' }],
      load: undefined,
      troubles: [],
      held: '',
    });
  }

  function see(from: string, state: PathState, held = ''): void {
    const path = {
      sinceMs: 1,
      rttP50Us: 300,
      rttP90Us: 300,
      loss: 0,
      answered: 60,
      agent: 'present' as const,
      knock: 'works' as const,
    };
    const mine = [...servers.keys()].filter((name) => name.startsWith(from));
    const paths = mine.map((realServer) => ({ realServer, state, ...path }));
    directors.get(from)?.link.report({ ...emptyReport, paths, held });
  }

  /** As each site's director has been told. */
  const told = () =>
    Object.fromEntries(
      [...directors].map(([name, director]) => {
        const snapshot = lastOf(director);
        return [name, snapshot?.kind === 'director' ? snapshot.services[0]?.withdrawn : undefined];
      }),
    );
  const plansMore = async (count: number) => {
    const plans = async () => (await lab.coordinator.metrics.planSeconds.get()).values.at(-1)?.value ?? 0;
    const before = await plans();
    await expect.poll(plans).toBeGreaterThanOrEqual(before + count);
  };

  it('withdraws its VIPs, and says where, why and since when', async () => {
    await declare();
    await expect.poll(told).toEqual({ fra: false, lon: false });
    say('lon-r1', 'unhealthy');
    await plansMore(2);
    expect(told()).toEqual({ fra: false, lon: false });
    say('lon-r2', 'unhealthy');
    await expect.poll(told).toEqual({ fra: false, lon: true });
    expect((await lab.admin.status()).services).toMatchObject([{ name: 'web', withdrawnAt: ['lon'] }]);
    const { values } = await lab.coordinator.metrics.vipsWithdrawn.get();
    expect(values).toEqual([{ labels: { service: 'web', site: 'lon' }, value: 1 }]);
    const question = { service: 'web', from: 'lon', realServer: undefined, changedSinceMs: undefined };
    const { sentences } = await lab.admin.explain(question);
    expect(sentences[1]).toMatch(
      /^Its VIPs have been withdrawn at lon since .* UTC: 0 of the 200 connections that it may use are usable/,
    );
    // A flap is over sooner than routers like.
    say('lon-r1', 'healthy');
    say('lon-r2', 'healthy');
    await plansMore(3);
    expect(told()).toEqual({ fra: false, lon: true });
    // But clients must have somewhere to go.
    say('fra-r1', 'unhealthy');
    say('fra-r2', 'unhealthy');
    await expect.poll(told).toEqual({ fra: true, lon: false });
  });

  it('counts what its own directors cannot reach, and nothing that nobody has judged', async () => {
    await declare();
    see('fra', 'unknown');
    see('lon', 'down');
    await expect.poll(told).toEqual({ fra: false, lon: true });
  });

  it('stays withdrawn while its directors’ agents begin anew or suspect themselves, and until a way is up again', async () => {
    await declare();
    see('fra', 'up');
    see('lon', 'down');
    await expect.poll(told).toEqual({ fra: false, lon: true });
    const director = directors.get('lon');
    if (director === undefined) throw new Error('no director at lon');
    const later = async () => {
      lab.passTime(40_000);
      see('fra', 'up');
      await plansMore(2);
      expect(told()).toEqual({ fra: false, lon: true });
    };
    await lab.kill(director);
    await later();
    await lab.revive(director);
    see('lon', 'unknown');
    await later();
    see('lon', 'up', 'its nft marks are gone');
    await later();
    see('lon', 'up');
    await expect.poll(told).toEqual({ fra: false, lon: false });
  });

  it('is not withdrawn for what a director has lost that suspects itself', async () => {
    await declare();
    see('fra', 'up');
    see('lon', 'down', 'its nft marks are gone');
    await plansMore(3);
    expect(told()).toEqual({ fra: false, lon: false });
    see('lon', 'down');
    await expect.poll(told).toEqual({ fra: false, lon: true });
  });

  it('stays where no site is better', async () => {
    await declare();
    await expect.poll(told).toEqual({ fra: false, lon: false });
    for (const from of ['fra', 'lon']) see(from, 'gone');
    await plansMore(3);
    expect((await lab.admin.status()).services).toMatchObject([{ withdrawnAt: [] }]);
  });

  it('stays where no other site claims the service', async () => {
    await declare(['lon']);
    for (const name of servers.keys()) say(name, 'unhealthy');
    await plansMore(3);
    expect((await lab.admin.status()).services).toMatchObject([{ withdrawnAt: [] }]);
  });

  it('is withdrawn still after the coordinator has begun anew, once the agents have been heard', async () => {
    await declare();
    for (const name of ['lon-r1', 'lon-r2']) say(name, 'unhealthy');
    await expect.poll(told).toEqual({ fra: false, lon: true });
    await lab.restart();
    for (const { states } of directors.values()) {
      await expect.poll(() => states.at(-1)?.connected).toBe(true);
    }
    for (const name of ['lon-r1', 'lon-r2']) say(name, 'unhealthy');
    await expect.poll(told).toEqual({ fra: false, lon: true });
  });
});
