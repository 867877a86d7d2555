// Pools at random, and what a plan of one costs, counted from the definition.
import fc from 'fast-check';
import { tollUs } from '../../../src/plan/flow/pool-matrix.ts';
import { priceSteps } from '../../../src/plan/flow/price.ts';
import { type Flow, type Pool, planPool, type Source } from './plan-pool.ts';

export interface Shape {
  readonly maxSources: number;
  readonly maxSinks: number;
  readonly maxDemandMilli: number;
  readonly maxCapacityMilli: number;
  readonly maxCostUs: number;
  /** Whether each source may go everywhere. */
  readonly everywhere: boolean;
}

const names = ['ams', 'fra', 'lon', 'mad', 'mil', 'nyc', 'par', 'sto', 'tyo', 'waw'];

export function pools(shape: Shape): fc.Arbitrary<Pool> {
  return fc
    .record({
      sinkCount: fc.integer({ min: 1, max: shape.maxSinks }),
      sourceCount: fc.integer({ min: 1, max: shape.maxSources }),
    })
    .chain(({ sinkCount, sourceCount }) => {
      const way = fc.record({
        eligible: shape.everywhere ? fc.constant(true) : fc.integer({ min: 0, max: 3 }).map((n) => n > 0),
        costUs: fc.integer({ min: 0, max: shape.maxCostUs }),
        share: fc.integer({ min: 0, max: 3 }),
      });
      return fc.record({
        sinks: fc.array(
          fc.record({
            capacityMilli: fc.integer({ min: 0, max: shape.maxCapacityMilli }),
            frozen: fc.constant(false),
          }),
          { minLength: sinkCount, maxLength: sinkCount },
        ),
        sources: fc.array(
          fc.record({
            demandMilli: fc.integer({ min: 0, max: shape.maxDemandMilli }),
            ways: fc.array(way, { minLength: sinkCount, maxLength: sinkCount }),
          }),
          { minLength: sourceCount, maxLength: sourceCount },
        ),
      });
    })
    .map(({ sinks, sources }) => ({
      sinks: sinks.map((sink, index) => ({ ...sink, site: siteName(index) })),
      sources: sources.map(({ demandMilli, ways }, index): Source => {
        const shares = ways.reduce((sum, { share, eligible }) => sum + (eligible ? share : 0), 0);
        return {
          service: 'web',
          site: siteName(index),
          demandMilli,
          ways: ways.flatMap(({ eligible, costUs, share }, sink) =>
            eligible
              ? [
                  {
                    site: siteName(sink),
                    costUs,
                    beforeMilli: shares === 0 ? 0 : Math.floor((demandMilli * share) / shares),
                  },
                ]
              : [],
          ),
        };
      }),
    }));
}

function siteName(index: number): string {
  return names[index] ?? `site-${index}`;
}

/** Σ c·f + Σ Φ(load) + μ·Σ max(0, f − f⁰), µs·milli. */
export function objective(pool: Pool, flows: readonly Pick<Flow, 'from' | 'to' | 'milli'>[]): number {
  let cost = 0;
  for (const { from, to, milli } of flows) {
    const way = pool.sources.find(({ site }) => site === from)?.ways.find(({ site }) => site === to);
    if (way === undefined) throw new Error(`${from} may not go to ${to}`);
    cost += way.costUs * milli + tollUs * Math.max(0, milli - way.beforeMilli);
  }
  for (const { site, capacityMilli } of pool.sinks) {
    const load = flows.reduce((sum, { to, milli }) => sum + (to === site ? milli : 0), 0);
    let begin = 0;
    const steps = priceSteps(capacityMilli);
    for (const [step, upToMilli] of steps.upToMilli.entries()) {
      cost += (steps.priceUs[step] ?? 0) * Math.max(0, Math.min(load, upToMilli) - begin);
      begin = Math.min(upToMilli, Math.max(begin, load));
      if (begin >= load) break;
    }
  }
  return cost;
}

/** The least objective over every whole-numbered flow: only for tiny pools. */
export function bruteForce(pool: Pool): number {
  const placements = pool.sources
    .filter(({ ways }) => ways.length > 0)
    .map(({ site: from, demandMilli, ways }) =>
      compositions(demandMilli, ways.length).map((parts) =>
        ways.map(({ site: to }, index) => ({ from, to, milli: parts[index] ?? 0 })),
      ),
    );
  let least = Number.POSITIVE_INFINITY;
  const walk = (index: number, flows: readonly { from: string; to: string; milli: number }[]): void => {
    const options = placements[index];
    if (options === undefined) {
      least = Math.min(least, objective(pool, flows));
      return;
    }
    for (const option of options) walk(index + 1, [...flows, ...option]);
  };
  walk(0, []);
  return least;
}

function compositions(total: number, parts: number): number[][] {
  if (parts === 1) return [[total]];
  return Array.from({ length: total + 1 }, (_, first) => first).flatMap((first) =>
    compositions(total - first, parts - 1).map((rest) => [first, ...rest]),
  );
}

export function flowTo(pool: Pool, from: string, to: string): number {
  return planPool(pool).flows.find((flow) => flow.from === from && flow.to === to)?.milli ?? 0;
}

export function loadOf(pool: Pool, site: string): number {
  return planPool(pool).sinks.find((sink) => sink.site === site)?.loadMilli ?? 0;
}
