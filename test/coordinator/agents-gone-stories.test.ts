import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { emptyReport } from '../../src/domain/agent-message.ts';
import type { AppVerdict } from '../../src/domain/probe.ts';
import type { PathReport } from '../../src/domain/report.ts';
import type { Snapshot } from '../../src/domain/snapshot.ts';
import { type FakeAgent, type Lab, openLab, service, site } from './harness.ts';

/**
 * Two sites, two directors and two real servers of 100 connections each in both; `web` goes by the optimum, `api` to the nearest,
 * `shop` by latency. What hosts, tunnels and applications do is the same throughout: only programs come and go.
 */
describe('programs are gone, hosts are not', { timeout: 60_000 }, () => {
  let lab: Lab;
  let directors: ReadonlyMap<string, FakeAgent>;
  let servers: ReadonlyMap<string, FakeAgent>;
  /** Of each director, as each has it in its kernel. */
  let before: unknown;

  const names = ['fra-r1', 'fra-r2', 'lon-r1', 'lon-r2'];
  /** Of one director: fra wants more than it may serve at home, and spills over. */
  const active: Readonly<Record<string, Readonly<Record<string, number>>>> = {
    fra: { 'fra-r1': 43, 'fra-r2': 43, 'lon-r1': 9, 'lon-r2': 9 },
    lon: { 'lon-r1': 5, 'lon-r2': 5 },
  };

  beforeEach(async () => {
    lab = await openLab({ planTickMs: 50, latencyWindowMs: 20 });
    const at = (name: string, address: string) => ({ site: name.slice(0, 3), address });
    const addresses = {
      'fra-d1': '10.1.1.1',
      'fra-d2': '10.1.1.2',
      'lon-d1': '10.2.1.1',
      'lon-d2': '10.2.1.2',
    };
    directors = new Map();
    const found = new Map<string, FakeAgent>();
    for (const [name, address] of Object.entries(addresses))
      found.set(name, await lab.director(name, at(name, address)));
    directors = found;
    const real = new Map<string, FakeAgent>();
    for (const [index, name] of names.entries())
      real.set(
        name,
        await lab.realServer(name, at(name, `10.${name.startsWith('fra') ? 1 : 2}.2.${index + 1}`)),
      );
    servers = real;
    await lab.admin.apply([
      site('fra'),
      site('lon'),
      service('web', { placement: 'optimal' }),
      service('api', { vips: ['192.0.2.11'] }),
      service('shop', { vips: ['192.0.2.12'], placement: 'latency' }),
    ]);
    serversSpeak();
    await expect
      .poll(async () => {
        directorsSpeak();
        return (await lab.admin.status()).latency;
      })
      .toHaveLength(4);
    await settled();
    before = told();
    expect(carriersOf('fra-d1')).toEqual(names);
    expect(carriersOf('lon-d1')).toEqual(['lon-r1', 'lon-r2']);
  });
  afterEach(() => lab.dispose());

  function serversSpeak(verdict: AppVerdict = 'healthy'): void {
    const load = { connections: 86, connectionsUtil: undefined, cpuUtil: 0.9, backlogUtil: undefined };
    const applications = ['web', 'api', 'shop'].map((name) => ({
      service: name,
      verdict,
      sinceMs: 1,
      reason: '',
    }));
    for (const { link } of servers.values()) link.report({ ...emptyReport, applications, load });
  }

  function directorsSpeak(
    change: Partial<PathReport> = {},
    held: Readonly<Record<string, string>> = {},
  ): void {
    for (const [name, director] of directors) {
      const paths = names.map((realServer): PathReport => {
        const rttUs = realServer.slice(0, 3) === name.slice(0, 3) ? 300 : 14_000;
        return {
          realServer,
          state: 'up',
          sinceMs: 1,
          rttP50Us: rttUs,
          rttP90Us: rttUs,
          loss: 0,
          answered: 60,
          agent: 'present',
          knock: 'works',
          ...change,
        };
      });
      director.link.report({
        ...emptyReport,
        paths,
        destinations: destinationsOf(name, director),
        held: held[name] ?? '',
      });
    }
  }

  /** The kernel has what the snapshot says. */
  function destinationsOf(name: string, { snapshots }: FakeAgent) {
    const last = snapshots.at(-1);
    if (last?.kind !== 'director') return [];
    return last.services.flatMap(({ name: carried, destinations }) =>
      destinations.map(({ realServer, weight }) => ({
        service: carried,
        realServer,
        weight,
        activeConnections: carried === 'web' ? (active[name.slice(0, 3)]?.[realServer] ?? 0) : 0,
        connections: 0,
        bytesIn: 0,
        countedSinceMs: 1,
      })),
    );
  }

  const inForce = (last: Snapshot | undefined) =>
    last?.kind === 'director'
      ? last.services.map(({ name, withdrawn, destinations }) => ({ name, withdrawn, destinations }))
      : undefined;

  const carriersOf = (director: string) =>
    inForce(directors.get(director)?.snapshots.at(-1))
      ?.find(({ name }) => name === 'web')
      ?.destinations.flatMap(({ realServer, tier, weight }) =>
        tier === 0 && weight > 0 ? [realServer] : [],
      );

  const told = () => [...directors].map(([name, { snapshots }]) => [name, inForce(snapshots.at(-1))]);

  const planCount = async () => {
    const { values } = await lab.coordinator.metrics.planSeconds.get();
    return values.find(({ metricName }) => metricName?.endsWith('_count'))?.value ?? 0;
  };

  async function plansMore(count: number): Promise<void> {
    const least = (await planCount()) + count;
    await expect.poll(planCount).toBeGreaterThanOrEqual(least);
  }

  /** Until nothing more is written of what was learnt. */
  async function settled(): Promise<void> {
    for (let [last, quiet] = ['', 0]; quiet < 3; ) {
      directorsSpeak();
      await plansMore(2);
      const now = JSON.stringify(told());
      quiet = now === last ? quiet + 1 : 0;
      last = now;
    }
  }

  /** Plans are made all the while; nobody may have been told anything else. */
  async function nothingMoves(seconds: number, speak: () => void): Promise<void> {
    for (let second = 0; second < seconds; second += 3) {
      lab.passTime(3_000);
      speak();
      await plansMore(2);
      expect(told()).toEqual(before);
    }
  }

  const gone = async (agents: ReadonlyMap<string, FakeAgent>) => {
    for (const agent of agents.values()) await lab.kill(agent);
  };
  const back = async (agents: ReadonlyMap<string, FakeAgent>) => {
    for (const agent of agents.values()) await lab.revive(agent);
  };
  const services = async () =>
    (await lab.admin.status()).services.map(({ name, healthy, realServers, unsupervised, withdrawnAt }) => {
      return `${name} ${healthy}/${realServers}, ${unsupervised} unsupervised, withdrawn at ${withdrawnAt.length}`;
    });
  const all = (unsupervised: number) =>
    ['api', 'shop', 'web'].map((name) => `${name} 4/4, ${unsupervised} unsupervised, withdrawn at 0`);
  const metric = async (name: string) =>
    (await lab.coordinator.metrics.registry.getSingleMetricAsString(`causeway_coordinator_${name}`))
      .split('\n')
      .filter((line) => !line.startsWith('#'));

  const absent = { agent: 'absent', answered: 0, rttP50Us: 0, rttP90Us: 0, loss: 1 } as const;

  it('all agents of real servers, for 15 s and for a minute: weights, VIPs and verdicts stay', async () => {
    await gone(servers);
    await nothingMoves(15, () => directorsSpeak(absent));
    expect(await services()).toEqual(all(4));
    const { unsupervised } = await lab.admin.status();
    expect(unsupervised).toMatchObject(names.map((realServer) => ({ realServer, reason: 'absent' })));
    expect(await metric('real_servers_unsupervised')).toEqual([
      'causeway_coordinator_real_servers_unsupervised{site="fra"} 2',
      'causeway_coordinator_real_servers_unsupervised{site="lon"} 2',
    ]);
    const question = { service: 'api', from: 'fra', realServer: 'fra-r1', changedSinceMs: undefined };
    expect((await lab.admin.explain(question)).sentences).toContainEqual(
      expect.stringMatching(
        /^fra-d1 reaches fra-r1 by knock alone: its kernel answers, but no agent since .*; the last verdict stands\.$/,
      ),
    );
    await nothingMoves(42, () => directorsSpeak(absent));
    await back(servers);
    // Of the first seconds the director still counts what went unanswered.
    directorsSpeak({ loss: 0.7 });
    serversSpeak('unknown');
    await nothingMoves(3, () => directorsSpeak({ loss: 0.4 }));
    serversSpeak();
    await nothingMoves(15, () => directorsSpeak());
    expect(await services()).toEqual(all(0));
    expect(await metric('real_servers_unsupervised')).toEqual([
      'causeway_coordinator_real_servers_unsupervised{site="fra"} 0',
      'causeway_coordinator_real_servers_unsupervised{site="lon"} 0',
    ]);
  });

  it('all directors’ agents, for 15 s: nothing changes, nor when they begin with paths that they do not know yet', async () => {
    await gone(directors);
    await nothingMoves(15, () => serversSpeak());
    expect(await services()).toEqual(all(0));
    await back(directors);
    directorsSpeak({ state: 'unknown', agent: 'unknown', knock: 'unknown', answered: 0 });
    await plansMore(2);
    expect(told()).toEqual(before);
    await nothingMoves(6, () => directorsSpeak());
  });

  it('one director of each site, for 15 s: what its kernel carries is still wanted', async () => {
    const some = new Map([...directors].filter(([name]) => name.endsWith('d2')));
    await gone(some);
    await nothingMoves(18, () => {
      serversSpeak();
      for (const [name, { link }] of directors) if (!some.has(name)) expect(link.connected).toBe(true);
      directorsSpeak();
    });
    await back(some);
    await nothingMoves(6, () => directorsSpeak());
  });

  it('everything at once, the coordinator too', async () => {
    await gone(servers);
    await gone(directors);
    await lab.restart();
    lab.passTime(15_000);
    await back(directors);
    directorsSpeak(absent);
    expect(await services()).toEqual(all(4));
    await back(servers);
    serversSpeak();
    directorsSpeak();
    await plansMore(3);
    expect(told()).toEqual(before);
    await nothingMoves(12, () => {
      serversSpeak();
      directorsSpeak();
    });
  });

  it('directors that suspect themselves count against nobody, and are told of', async () => {
    const why = 'nothing has answered since 12:03:05 UTC';
    const suspecting = { 'fra-d1': why, 'fra-d2': why };
    const silence = () => {
      serversSpeak();
      directorsSpeak();
      for (const name of ['fra-d1', 'fra-d2']) {
        const director = directors.get(name);
        const paths = names.map((realServer): PathReport => {
          const silent = { sinceMs: 1, rttP50Us: 0, rttP90Us: 0, loss: 1, answered: 0 };
          return { realServer, state: 'down', agent: 'absent', knock: 'works', ...silent };
        });
        if (director === undefined) continue;
        director.link.report({
          ...emptyReport,
          paths,
          destinations: destinationsOf(name, director),
          held: why,
        });
      }
    };
    await nothingMoves(45, silence);
    expect(await services()).toEqual(all(0));
    const held = (await lab.admin.status()).agents.filter((agent) => agent.held !== '');
    expect(Object.fromEntries(held.map((agent) => [agent.name, agent.held]))).toEqual(suspecting);
    expect(await metric('directors_held')).toEqual([
      'causeway_coordinator_directors_held{site="fra"} 2',
      'causeway_coordinator_directors_held{site="lon"} 0',
    ]);
    const question = { service: 'web', from: 'fra', realServer: 'fra-r1', changedSinceMs: undefined };
    expect((await lab.admin.explain(question)).sentences).toContain(
      `fra-d1 suspects itself and holds the weights that it has: ${why}.`,
    );
  });
});
