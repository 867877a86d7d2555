import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AgentReport } from '../../src/domain/agent-message.ts';
import type { AppVerdict } from '../../src/domain/probe.ts';
import { type FakeAgent, type Lab, lastOf, openLab, service, site, weightsOf } from './harness.ts';

/** Two sites 14 ms apart, a director and two real servers of 100 connections each in both. */
describe('the placement optimal', () => {
  let lab: Lab;
  let director: FakeAgent;
  let servers: ReadonlyMap<string, FakeAgent>;
  /** What each agent has said last: it says so again and again, as agents do, for a word counts for seconds alone. */
  const said = new Map<FakeAgent, AgentReport>();
  let saying: NodeJS.Timeout | undefined;

  function say(agent: FakeAgent | undefined, report: AgentReport): void {
    if (agent === undefined) return;
    said.set(agent, report);
    agent.link.report(report);
  }

  beforeEach(async () => {
    lab = await openLab({ planTickMs: 50, latencyWindowMs: 20 });
    director = await lab.director('fra-d1');
    const fra = { capacity: 100 };
    const lon = (number: number) => ({ site: 'lon', address: `10.2.2.${number}`, capacity: 100 });
    servers = new Map([
      ['fra-r1', await lab.realServer('fra-r1', fra)],
      ['fra-r2', await lab.realServer('fra-r2', fra)],
      ['lon-r1', await lab.realServer('lon-r1', lon(1))],
      ['lon-r2', await lab.realServer('lon-r2', lon(2))],
    ]);
    await lab.admin.apply([site('fra'), site('lon'), service('web', { placement: 'optimal' })]);
    for (const name of servers.keys()) isWell(name, 'healthy');
    carry({});
    saying = setInterval(() => {
      for (const [agent, report] of said) agent.link.report(report);
    }, 1_000);
  });
  afterEach(async () => {
    clearInterval(saying);
    said.clear();
    await lab.dispose();
  });

  function isWell(name: string, verdict: AppVerdict, cpuUtil?: number): void {
    say(servers.get(name), {
      paths: [],
      destinations: [],
      applications: [{ service: 'web', verdict, sinceMs: 1, reason: verdict === 'healthy' ? '' : 'refused' }],
      load: { connections: undefined, connectionsUtil: undefined, cpuUtil, backlogUtil: undefined },
      troubles: [],
      held: '',
    });
  }

  /** The director's report: active connections by real server. */
  function carry(active: Record<string, number>): void {
    say(director, {
      paths: [...servers.keys()].map((realServer) => {
        const rttUs = realServer.startsWith('fra') ? 300 : 14_000;
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
        };
      }),
      destinations: [...servers.keys()].map((realServer) => ({
        service: 'web',
        realServer,
        weight: 1,
        activeConnections: active[realServer] ?? 0,
        connections: 0,
        bytesIn: 0,
        countedSinceMs: 1,
      })),
      applications: [],
      load: undefined,
      troubles: [],
      held: '',
    });
  }

  const restPlans = 10;
  /** Demand is sampled this seldom, and reports come every second. */
  const demandWindowMs = 5_500;
  const atHome = { 'fra-r1': 100, 'fra-r2': 100, 'lon-r1': 100, 'lon-r2': 100 };
  const carrying = (): readonly string[] => {
    const snapshot = lastOf(director);
    if (snapshot?.kind !== 'director') return [];
    const destinations = snapshot.services[0]?.destinations ?? [];
    return destinations
      .filter(({ tier, weight }) => tier === 0 && weight > 0)
      .map(({ realServer }) => realServer);
  };

  it('serves at home while there is room, the neighbour standing by', async () => {
    await expect.poll(() => weightsOf(director, 'web')).toEqual(atHome);
    expect(carrying()).toEqual(['fra-r1', 'fra-r2']);
  });

  it('spills over to the neighbour when the site is too full', async () => {
    await expect.poll(carrying).toEqual(['fra-r1', 'fra-r2']);
    carry({ 'fra-r1': 110, 'fra-r2': 110 });
    // What is counted does not follow here, so that more and more goes, in the end all: a director that is slow to take snapshots is
    // not told of each step.
    await expect.poll(carrying).toContain('lon-r1');
  });

  it('leaves a site whose servers are slower than they say, though all are healthy', async () => {
    await expect.poll(carrying).toEqual(['fra-r1', 'fra-r2']);
    carry({ 'fra-r1': 60, 'fra-r2': 60 });
    const repeat = setInterval(() => {
      isWell('fra-r1', 'healthy', 1.5);
      isWell('fra-r2', 'healthy', 1.5);
    }, 20);
    await expect.poll(carrying).toContain('lon-r1');
    clearInterval(repeat);
  });

  it('does not believe an absurd report, counts it, and changes nothing for it', async () => {
    await expect.poll(carrying).toEqual(['fra-r1', 'fra-r2']);
    carry({ 'fra-r1': 60, 'fra-r2': 60 });
    await plansMore(3);
    const before = weightsOf(director, 'web');
    isWell('fra-r1', 'healthy', 50);
    const rejected = async () => (await lab.coordinator.metrics.telemetryRejected.get()).values;
    await expect.poll(rejected).toContainEqual(expect.objectContaining({ labels: { sample: 'util' } }));
    await plansMore(3);
    expect(weightsOf(director, 'web')).toEqual(before);
  });

  it('drops a real server that says itself that it fails, at once, and keeps the rest', async () => {
    await expect.poll(carrying).toEqual(['fra-r1', 'fra-r2']);
    isWell('fra-r2', 'unhealthy');
    await expect.poll(carrying).toEqual(['fra-r1']);
  });

  it('writes nothing, and sends nothing, while nothing changes', async () => {
    await expect.poll(carrying).toEqual(['fra-r1', 'fra-r2']);
    await expect
      .poll(async () => {
        // A report is a sample of the window that it comes in.
        carry({});
        return (await lab.admin.status()).latency;
      })
      .toHaveLength(2);
    // What was learnt last is planned with.
    await plansMore(3);
    const [writes, sent] = [await lab.storeWrites(), director.snapshots.length];
    await plansMore(5);
    expect([await lab.storeWrites(), director.snapshots.length]).toEqual([writes, sent]);
  });

  it('changes nothing when the coordinator starts anew', async () => {
    await expect.poll(carrying).toEqual(['fra-r1', 'fra-r2']);
    carry({ 'fra-r1': 110, 'fra-r2': 110 });
    await expect.poll(carrying).toContain('lon-r1');
    // As many as there were, where the weights send them.
    const served = { 'fra-r1': 80, 'fra-r2': 80, 'lon-r1': 30, 'lon-r2': 30 };
    carry(served);
    await atRest();
    const sent = director.snapshots.length;
    const last = weightsOf(director, 'web');
    await lab.restart();
    await expect.poll(() => director.states.at(-1)?.connected).toBe(true);
    for (const name of servers.keys()) isWell(name, 'healthy');
    carry(served);
    await expect.poll(planCount).toBeGreaterThan(restPlans);
    expect(weightsOf(director, 'web')).toEqual(last);
    expect(director.snapshots.length).toBeLessThanOrEqual(sent + 1);
  });

  it('obeys a drain of a site, and takes it back when it is over', async () => {
    await expect.poll(carrying).toEqual(['fra-r1', 'fra-r2']);
    await lab.admin.apply([
      {
        kind: 'Override',
        name: 'drain-fra',
        order: { kind: 'drain' },
        subject: { kind: 'site', name: 'fra' },
        services: [],
        owner: 'ann',
        reason: 'works on the power supply',
        expiresAtMs: Date.now() + 3_600_000,
      },
    ]);
    await expect.poll(carrying).toEqual(['lon-r1', 'lon-r2']);
    await lab.admin.remove([{ kind: 'Override', name: 'drain-fra' }]);
    await expect.poll(carrying).toContain('fra-r1');
  });

  /** Flows move by steps: nothing is told any more when so many plans have told nothing, and what is wanted was looked at meanwhile. */
  async function atRest(): Promise<void> {
    let rest = { sent: -1, since: 0, sinceMs: 0 };
    await expect
      .poll(async () => {
        const [sent, made] = [director.snapshots.length, await planCount()];
        if (sent !== rest.sent) rest = { sent, since: made, sinceMs: performance.now() };
        return performance.now() - rest.sinceMs > demandWindowMs ? made - rest.since : 0;
      })
      .toBeGreaterThan(restPlans);
  }

  async function plansMore(count: number): Promise<void> {
    const before = await planCount();
    await expect.poll(planCount).toBeGreaterThan(before + count);
  }

  async function planCount(): Promise<number> {
    const { values } = await lab.coordinator.metrics.planSeconds.get();
    return values.find(({ metricName }) => metricName?.endsWith('_count'))?.value ?? 0;
  }
});
