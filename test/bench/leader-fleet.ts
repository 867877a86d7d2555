/** A world and what its agents report, as the flow leader of a large fleet has them; the same for one seed. */

import { defaultProbe } from '../../src/coordinator/view/world-of-store.ts';
import type { AgentReport } from '../../src/domain/agent-message.ts';
import type { ServiceFlows } from '../../src/domain/flows.ts';
import { type HealthCheck, plainCheck } from '../../src/domain/health-check.ts';
import type { DestinationReport, PathReport } from '../../src/domain/report.ts';
import type { AgentRole } from '../../src/domain/role.ts';
import type { World } from '../../src/domain/world.ts';
import { createRandom } from './flow-fleet.ts';

export interface LeaderFleet {
  readonly world: World;
  /**
   * What everybody says now, directors first, after so many seconds more: demand changes by up to 5 %, and goes where the flows have
   * it. Each report is made when it is asked for, as reports come: so nobody holds those of two rounds.
   */
  reports(flows: readonly ServiceFlows[], seconds: number, random: () => number): Iterable<Said>;
}

export interface Said {
  readonly role: AgentRole;
  readonly name: string;
  readonly report: AgentReport;
}

const siteCount = 50;
const serviceCount = 500;
const serverCount = 24_000;
const serverConnections = 1_000;
const lifetimeSeconds = 60;
const health: HealthCheck = {
  ...plainCheck,
  ports: [],
  type: 'tcp',
  port: 0,
  path: '/',
  host: '',
  expectStatus: 200,
  intervalMs: 2_000,
  timeoutMs: 1_000,
  fall: 3,
  rise: 2,
};

/** As many services as there are groups share real servers, which stand anywhere. `loadPercent`: of all capacity. */
export function createLeaderFleet({
  groups,
  loadPercent,
  seed,
}: {
  readonly groups: number;
  readonly loadPercent: number;
  readonly seed: number;
}): LeaderFleet {
  const random = createRandom(seed);
  const sites = Array.from({ length: siteCount }, (_, index) => `site-${String(index).padStart(2, '0')}`);
  const world = worldOf(sites, groups, random);
  const wanted = (serverCount * serverConnections * loadPercent) / 100 / (serviceCount * siteCount);
  const members = Map.groupBy(world.realServers, ({ labels }) => labels.group ?? '');
  /** One for each way of a director: the same for all, as tunnels lead everywhere. */
  const ways = world.services.flatMap(({ name: service, selector }) =>
    (members.get(selector.group ?? '') ?? []).map(({ name: realServer }) => ({ service, realServer })),
  );
  const numbers = new Map(world.realServers.map(({ name }, index) => [name, index]));
  const carried = Map.groupBy(world.services, ({ selector }) => selector.group ?? '');
  const shares = new Map(
    sites.map((site) => [site, world.services.map(() => wanted * (0.3 + 1.4 * random()))]),
  );
  const counters = new Map(sites.map((site) => [site, new Float64Array(ways.length)]));
  const paths = world.realServers.map(
    ({ name }): PathReport => ({
      realServer: name,
      state: 'up',
      sinceMs: 0,
      rttP50Us: 1_000,
      rttP90Us: 1_000,
      loss: 0,
      answered: 20,
      agent: 'present',
      knock: 'works',
    }),
  );

  function directorReport(
    site: string,
    flows: ReadonlyMap<string, ServiceFlows>,
    seconds: number,
    change: () => number,
  ): AgentReport {
    const counted = counters.get(site) ?? new Float64Array(ways.length);
    const amounts = world.services.flatMap(({ name, selector }, index) => {
      const active = (shares.get(site)?.[index] ?? 0) * (0.95 + 0.1 * change());
      return spread(members.get(selector.group ?? '') ?? [], flows.get(name), site, active);
    });
    const destinations = ways.map(({ service, realServer }, way): DestinationReport => {
      const activeConnections = Math.round(amounts[way] ?? 0);
      const connections = (counted[way] ?? 0) + Math.round((activeConnections * seconds) / lifetimeSeconds);
      counted[way] = connections;
      return {
        service,
        realServer,
        weight: 1,
        activeConnections,
        connections,
        bytesIn: 0,
        countedSinceMs: 1,
      };
    });
    return { paths, destinations, applications: [], load: undefined, troubles: [], held: '' };
  }

  return {
    world,
    *reports(flows, seconds, change) {
      const inForce = new Map(flows.map((one) => [one.service, one]));
      const loads = new Float64Array(world.realServers.length);
      for (const { name, site } of world.directors) {
        const report = directorReport(site, inForce, seconds, change);
        for (const { realServer, activeConnections } of report.destinations) {
          const number = numbers.get(realServer) ?? 0;
          loads[number] = (loads[number] ?? 0) + activeConnections;
        }
        yield { role: 'director', name, report };
      }
      for (const [number, { name, labels }] of world.realServers.entries()) {
        const services = (carried.get(labels.group ?? '') ?? []).map((service) => service.name);
        yield { role: 'realserver', name, report: realServerReport(services, 'healthy', loads[number] ?? 0) };
      }
    },
  };
}

export function realServerReport(
  services: readonly string[],
  verdict: 'healthy' | 'unhealthy',
  connections: number,
): AgentReport {
  const connectionsUtil = connections / serverConnections;
  return {
    paths: [],
    destinations: [],
    applications: services.map((service) => ({ service, verdict, sinceMs: 0, reason: '' })),
    load: { connections, connectionsUtil, cpuUtil: undefined, backlogUtil: undefined },
    troubles: [],
    held: '',
  };
}

/** Over the sites as the flows have it, evenly within each; over all alike before there are any. */
function spread(
  members: readonly { readonly site: string }[],
  flows: ServiceFlows | undefined,
  from: string,
  connections: number,
): number[] {
  const ways = (flows?.flows ?? []).filter((flow) => flow.from === from);
  const total = ways.reduce((sum, { milli }) => sum + milli, 0);
  if (total === 0) return members.map(() => connections / members.length);
  const counts = new Map<string, number>();
  for (const { site } of members) counts.set(site, (counts.get(site) ?? 0) + 1);
  const amounts = new Map(ways.map(({ to, milli }) => [to, (connections * milli) / total]));
  return members.map(({ site }) => (amounts.get(site) ?? 0) / (counts.get(site) ?? 1));
}

function worldOf(sites: readonly string[], groups: number, random: () => number): World {
  const places = sites.map(() => ({ x: 100 * random(), y: 100 * random() }));
  return {
    sites: sites.map((name) => ({ kind: 'Site', name, tunnel: 'ipip' })),
    services: Array.from({ length: serviceCount }, (_, index) => ({
      kind: 'Service',
      name: `service-${String(index).padStart(3, '0')}`,
      vips: [`192.0.${index >> 8}.${index & 255}`],
      ports: [],
      selector: { group: `${index % groups}` },
      scheduler: 'wrr',
      forwarding: 'auto',
      persistenceSeconds: 0,
      placement: 'optimal',
      slowStartSeconds: undefined,
      failOpen: false,
      drainSeconds: undefined,
      health,
      sites: [],
    })),
    realServerPolicies: [],
    overrides: [],
    directors: sites.map((site, index) => ({
      role: 'director',
      name: `${site}-d`,
      site,
      address: `10.200.${index}.1`,
      prefixLength: 24,
    })),
    realServers: Array.from({ length: serverCount }, (_, index) => ({
      role: 'realserver',
      name: `server-${index}`,
      site: sites[Math.floor(random() * siteCount)] ?? '',
      address: `10.0.${Math.floor(index / 250)}.${(index % 250) + 1}`,
      prefixLength: 24,
      labels: { group: `${index % groups}` },
      capacity: serverConnections,
      probeSlot: 1,
    })),
    latency: places.flatMap((a, from) =>
      places.map((b, to) => {
        const us = 500 + Math.round(1_000 * Math.hypot(a.x - b.x, a.y - b.y));
        return { from: sites[from] ?? '', to: sites[to] ?? '', p50Us: us, p90Us: us, loss: 0 };
      }),
    ),
    plannedWeights: new Map(),
    withdrawals: new Map(),
    probe: { keyHex: '', ...defaultProbe },
    deletedServices: [],
  };
}
