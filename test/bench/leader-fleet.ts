/** A world and what is observed of it, as the flow leader of a large fleet has them; the same for one seed. */
import type { HealthCheck } from '../../src/domain/resource.ts';
import type { World } from '../../src/domain/world.ts';
import type { Observation, ObservedDemand } from '../../src/plan/optimal/observation.ts';
import { createRandom } from './flow-fleet.ts';

export interface LeaderFleet {
  readonly world: World;
  /** With the demand of this moment; everybody is well. */
  observation(random: () => number): Observation;
}

const siteCount = 50;
const serviceCount = 500;
const serverCount = 24_000;
const serverConnections = 1_000;
const health: HealthCheck = {
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
  const wanted = (1_000 * serverCount * serverConnections * loadPercent) / 100 / (serviceCount * siteCount);
  const shares = world.services.flatMap(({ name: service }) =>
    sites.map((site) => ({ service, site, milli: wanted * (0.3 + 1.4 * random()) })),
  );
  const carried = Map.groupBy(world.services, ({ selector }) => selector.group ?? '');
  return {
    world,
    observation: (change) => ({
      demands: shares.map(({ service, site, milli }): ObservedDemand => {
        const milliConnections = Math.round(milli * (0.95 + 0.1 * change()));
        const demand = { milliConnections, bound: 'none', lifetimeSeconds: 60, heldPeakMilli: 0 } as const;
        return { service, site, demand, newPerSecond: 10, activeConnections: 600, ageMs: 1_000 };
      }),
      servers: world.realServers.map(({ name, labels }) => ({
        name,
        capacity: { measuredPpm: undefined, atMs: undefined },
        services: (carried.get(labels.group ?? '') ?? []).map((service) => ({
          service: service.name,
          isHealthy: true,
          isConfirmedDown: false,
          isPanic: false,
          slowStartPerMille: 1_000,
          holdDownPerMille: 1_000,
        })),
      })),
      sites: sites.map((site) => ({
        site,
        standing: { freshness: 'fresh', ageMs: 0, onProbation: false, inflowMayGrow: true, flagged: false },
      })),
      active: [],
    }),
  };
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
      address: `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`,
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
    probe: { keyHex: '', intervalMs: 170, downAfterMs: 600, goneAfterMs: 10_000, rise: 3 },
    deletedServices: [],
  };
}
