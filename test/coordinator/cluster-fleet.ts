/** Two sites with a director and a real server each, for stories of several coordinators. */
import { expect } from 'vitest';
import { emptyReport } from '../../src/domain/agent-message.ts';
import type { Snapshot } from '../../src/domain/snapshot.ts';
import type { Status } from '../../src/domain/status.ts';
import { latencyPrefix } from '../../src/store/keys.ts';
import type { ClusterAgent, ClusterLab, Member } from './cluster-lab.ts';
import { service, site } from './harness.ts';

/** From each of two sites to both. */
const wayCount = 4;

export const patient = { timeout: 20_000, interval: 50 };

export const director = (name: string, where: string, address: string) =>
  ({ role: 'director', name, site: where, address, prefixLength: 24 }) as const;
export const realServer = (name: string, where: string, address: string) =>
  ({
    role: 'realserver',
    name,
    site: where,
    address,
    prefixLength: 24,
    labels: { app: 'web' },
    capacity: 100,
  }) as const;

/** What a director of this snapshot would say while all is well. */
export function allIsWell(agent: ClusterAgent): void {
  const snapshot = agent.snapshots.at(-1);
  if (snapshot?.kind !== 'director') return;
  agent.report({
    ...emptyReport,
    paths: snapshot.realServers.map(({ name }) => ({
      realServer: name,
      state: 'up',
      sinceMs: 1,
      rttP50Us: 300,
      rttP90Us: 400,
      loss: 0,
      answered: 10,
      agent: 'present',
      knock: 'works',
    })),
    destinations: snapshot.services.flatMap(({ name, destinations }) =>
      destinations.map(({ realServer: server, weight }) => ({
        service: name,
        realServer: server,
        weight,
        activeConnections: 0,
        connections: 0,
        bytesIn: 0,
        countedSinceMs: 1,
      })),
    ),
  });
}

export function wellServer(agent: ClusterAgent): void {
  agent.report({
    ...emptyReport,
    applications: [{ service: 'web', verdict: 'healthy', sinceMs: 1, reason: '' }],
    load: { connections: 0, connectionsUtil: 0, cpuUtil: 0, backlogUtil: 0 },
  });
}

export function weights(agent: ClusterAgent): Record<string, number> {
  return weightsIn(agent.snapshots.at(-1));
}

export function weightsIn(snapshot: Snapshot | undefined): Record<string, number> {
  if (snapshot?.kind !== 'director') return {};
  const destinations = snapshot.services[0]?.destinations ?? [];
  return Object.fromEntries(destinations.map((one) => [one.realServer, one.weight]));
}

export const connectedIn = (status: Status): string[] =>
  status.agents.filter(({ connected }) => connected).map(({ name }) => name);

export interface Fleet {
  readonly fra: ClusterAgent;
  readonly ams: ClusterAgent;
  readonly servers: readonly ClusterAgent[];
}

/** Two sites, each with a director and a real server that know the first coordinator only, and a service that the leader plans. */
export async function openFleet(lab: ClusterLab, first: Member): Promise<Fleet> {
  await first.admin.apply([site('fra'), site('ams'), service('web', { placement: 'optimal' })]);
  const fra = await lab.agent(director('fra-d1', 'fra', '10.1.1.1'), [first]);
  const ams = await lab.agent(director('ams-d1', 'ams', '10.2.1.1'), [first]);
  const servers = [
    await lab.agent(realServer('fra-r1', 'fra', '10.1.2.1'), [first]),
    await lab.agent(realServer('ams-r1', 'ams', '10.2.2.1'), [first]),
  ];
  for (const agent of servers) wellServer(agent);
  for (const agent of [fra, ams]) {
    await expect
      .poll(() => {
        allIsWell(agent);
        for (const one of servers) wellServer(one);
        return Object.keys(weights(agent)).sort();
      }, patient)
      .toEqual(['ams-r1', 'fra-r1']);
  }
  return { fra, ams, servers };
}

export function sayAgain({ fra, ams, servers }: Fleet): void {
  allIsWell(fra);
  allIsWell(ams);
  for (const one of servers) wellServer(one);
}

/** Steps of the leader in a row in which nothing happens. */
const restSteps = 10;

/**
 * Where a story may say what was before: distances are known, all that was learnt has been planned with, and what was planned is in
 * force. So there are many steps of the leader in which nothing is written, nobody is sent anything, and nobody moves.
 */
export async function atRest(lab: ClusterLab, fleet: Fleet, members: readonly Member[]): Promise<void> {
  const agents = [fleet.fra, fleet.ams, ...fleet.servers];
  let seen = '';
  let since = 0;
  await expect
    .poll(
      async () => {
        sayAgain(fleet);
        const steps = await total(members, ({ planSeconds }) => planSeconds);
        const distances = (await lab.store.read({ prefix: latencyPrefix })).entries.length;
        const writes = await total(members, ({ storeWrites }) => storeWrites);
        const heard = agents.flatMap(({ snapshots, connections }) => [snapshots.length, connections.length]);
        const now = [writes, ...heard].join();
        const isSettled = distances === wayCount && agents.every((agent) => agent.isConnected());
        if (now !== seen || !isSettled) [seen, since] = [now, steps];
        return steps - since;
      },
      { ...patient, timeout: 60_000 },
    )
    .toBeGreaterThan(restSteps);
}

interface Counted {
  get(): Promise<{ values: { value: number; metricName?: string }[] }>;
}

/** How often, at all these coordinators together. */
async function total(
  members: readonly Member[],
  of: (metrics: Member['coordinator']['metrics']) => Counted,
): Promise<number> {
  const figures = await Promise.all(members.map(({ coordinator }) => of(coordinator.metrics).get()));
  const values = figures.flatMap(({ values }) => values);
  // A counter's value has no name of its own; of a histogram's the count is asked for.
  const counts = values.filter(({ metricName = '_count' }) => metricName.endsWith('_count'));
  return counts.reduce((sum, { value }) => sum + value, 0);
}
