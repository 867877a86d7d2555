/** A fleet as large as a plan must cope with: 50 sites of the world, 500 services, 24,000 real servers; the same for one seed. */
import type { Sink } from '../../src/plan/flow/pool-matrix.ts';
import type { Pool, PoolPlan, Source } from '../plan/flow/plan-pool.ts';

export interface Fleet {
  /** Services that share real servers form one pool. */
  readonly pools: number;
  /** Of all the pool's capacity. */
  readonly loadPercent: number;
  readonly seed: number;
}

const siteCount = 50;
const serviceCount = 500;
const serverCount = 24_000;

/** Between 0 and 1, evenly: Marsaglia's xorshift, 32 bit. */
export function createRandom(seed: number): () => number {
  let state = (Math.imul(seed, 0x9e3779b1) ^ 0x5bd1e995) >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** Nobody is served yet. Some sites have twenty times the demand of others; servers stand anywhere, whatever the demand. */
export function createPools({ pools, loadPercent, seed }: Fleet): Pool[] {
  const random = createRandom(seed);
  const sites = Array.from({ length: siteCount }, (_, index) => ({
    name: `site-${String(index).padStart(2, '0')}`,
    latitude: Math.asin(random() * 1.6 - 0.7),
    longitude: random() * 2 * Math.PI,
    popularity: 20 ** random(),
  }));
  const costUs = sites.map((a) =>
    sites.map((b) => Math.round(500 + 15 * kilometres(a, b) * (a === b ? 0 : 0.9 + 0.3 * random()))),
  );
  return Array.from({ length: pools }, (_, pool) => {
    const capacities = sites.map(() => 0);
    for (let server = 0; server < serverCount / pools; server += 1) {
      const site = Math.floor(random() * siteCount);
      capacities[site] = (capacities[site] ?? 0) + 500_000 + Math.floor(random() * 1_000_000);
    }
    const shares = Array.from({ length: serviceCount / pools }, (_, service) =>
      sites.map(({ name: site, popularity }, index) => ({
        service: `service-${String(pool * (serviceCount / pools) + service).padStart(3, '0')}`,
        site,
        share: popularity * (0.5 + random()),
        ways: sites.map(({ name }, to) => ({
          site: name,
          costUs: costUs[index]?.[to] ?? 0,
          beforeMilli: 0,
        })),
      })),
    ).flat();
    const wanted = (sumOf(capacities) * loadPercent) / 100 / sumOf(shares.map(({ share }) => share));
    return {
      sinks: sites.map(({ name: site }, index): Sink => {
        return { site, capacityMilli: capacities[index] ?? 0, frozen: false };
      }),
      sources: shares.map(({ share, ...source }): Source => {
        return { ...source, demandMilli: Math.round(share * wanted) };
      }),
    };
  });
}

/** The pool a tick after `plan`: what the plan wanted flows now, and every demand has changed by up to 5 %. */
export function nextTick(pool: Pool, plan: PoolPlan, random: () => number): Pool {
  const before = new Map(
    plan.flows.map(({ service, from, to, milli }) => [`${service} ${from} ${to}`, milli]),
  );
  return {
    sinks: pool.sinks,
    sources: pool.sources.map(({ service, site, demandMilli, ways }) => ({
      service,
      site,
      demandMilli: Math.round(demandMilli * (0.95 + 0.1 * random())),
      ways: ways.map((way) => ({
        ...way,
        beforeMilli: before.get(`${service} ${site} ${way.site}`) ?? 0,
      })),
    })),
  };
}

/** Any one site has lost, or regained, up to 60 % of its capacity. */
export function withCapacityEvent(pool: Pool, random: () => number): Pool {
  const chosen = Math.floor(random() * pool.sinks.length);
  const factor = 0.4 + 1.2 * random();
  return {
    ...pool,
    sinks: pool.sinks.map((sink, index) =>
      index === chosen ? { ...sink, capacityMilli: Math.round(sink.capacityMilli * factor) } : sink,
    ),
  };
}

interface Place {
  readonly latitude: number;
  readonly longitude: number;
}

function kilometres(a: Place, b: Place): number {
  const cosine =
    Math.sin(a.latitude) * Math.sin(b.latitude) +
    Math.cos(a.latitude) * Math.cos(b.latitude) * Math.cos(a.longitude - b.longitude);
  return 6_371 * Math.acos(Math.min(1, Math.max(-1, cosine)));
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
