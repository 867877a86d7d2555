/** How much of each site's demand goes to which site: one pool of services that share real servers, solved as a whole. */
import { compareText } from '../order.ts';
import { priceAt, priceSteps } from './price.ts';
import { solveTransport } from './transport.ts';

/** One service's demand at one site. */
export interface Source {
  readonly service: string;
  readonly site: string;
  /** Concurrent connections, thousandths: an integer. */
  readonly demandMilli: number;
  /** Sites that may serve it, with what the way costs, µs: an integer, 0 or more. */
  readonly ways: readonly Way[];
}

export interface Way {
  readonly site: string;
  readonly costUs: number;
  /** What goes there already; more pays the toll. */
  readonly beforeMilli: number;
}

/** A site's real servers, as the pool has them. */
export interface Sink {
  readonly site: string;
  readonly capacityMilli: number;
  /** An operator's bound: beyond it nothing, as long as anybody else may serve. */
  readonly capMilli?: number;
  /** What is known of it is too old: it may get no more than before, unless nobody else may serve at all. */
  readonly frozen: boolean;
}

export interface Pool {
  readonly sources: readonly Source[];
  readonly sinks: readonly Sink[];
}

export interface Flow {
  readonly service: string;
  readonly from: string;
  readonly to: string;
  readonly milli: number;
  /** What one more connection would cost on this way beyond the cheapest one, µs; 0 where it is among the cheapest. */
  readonly tooExpensiveUs: number;
}

export interface PoolPlan {
  /** For every way of every source, also those unused; by service, from, to. */
  readonly flows: readonly Flow[];
  /** By site. */
  readonly sinks: readonly {
    readonly site: string;
    readonly loadMilli: number;
    readonly capacityMilli: number;
    /** Of the next unit, µs. */
    readonly priceUs: number;
  }[];
  /** Demand that no site may serve, and demand that only a frozen site could. */
  readonly unplaced: readonly { readonly service: string; readonly site: string; readonly milli: number }[];
  readonly forced: readonly { readonly service: string; readonly site: string; readonly milli: number }[];
}

/** A flow moves only for a gain of more than this a connection. */
export const tollUs = 5_000;
/**
 * Below one µs there is room to tell equal costs apart (by the nearer way, then the site's name), so that the optimum is the only
 * one and a dearer way never gets more. With ways of at most 10 s and 100 sites the longest sum stays below 2^53.
 */
const unitsPerUs = 2 ** 20;
const dearestWayUs = 10_000_000;

export function planPool(pool: Pool): PoolPlan {
  const sinks = pool.sinks.toSorted((a, b) => compareText(a.site, b.site));
  const sources = pool.sources.toSorted(
    (a, b) => compareText(a.service, b.service) || compareText(a.site, b.site),
  );
  const ways = sources.map((source) => waysOf(source, sinks));
  const problem = {
    demand: sources.map(({ demandMilli }) => demandMilli),
    sinks: sinks.map(({ capacityMilli, capMilli }) =>
      priceSteps(capacityMilli, capMilli).map((step) => ({ ...step, priceUs: step.priceUs * unitsPerUs })),
    ),
    cost: ways.map((row) => row.map((way) => way?.cost)),
    before: ways.map((row) => row.map((way) => way?.beforeMilli ?? 0)),
    toll: tollUs * unitsPerUs,
    frozen: sinks.map(({ frozen }) => frozen),
  };
  const first = solveTransport(problem);
  const isForced = first.unplaced.some((milli) => milli > 0) && problem.frozen.includes(true);
  const solution = isForced ? solveTransport({ ...problem, frozen: sinks.map(() => false) }) : first;
  const left = (amounts: readonly number[]) =>
    sources.flatMap(({ service, site }, index) => {
      const milli = amounts[index] ?? 0;
      return milli > 0 ? [{ service, site, milli }] : [];
    });
  return {
    flows: sources.flatMap(({ service, site: from }, source) =>
      sinks.flatMap(({ site: to }, sink): Flow[] => {
        const way = ways[source]?.[sink];
        if (way === undefined) return [];
        const milli = solution.flow[source]?.[sink] ?? 0;
        const toll = milli < way.beforeMilli ? 0 : problem.toll;
        const reduced = way.cost + toll + (solution.sinkCost[sink] ?? 0) - (solution.sourceCost[source] ?? 0);
        const tooExpensiveUs = milli > 0 ? 0 : Math.max(0, Math.round(reduced / unitsPerUs));
        return [{ service, from, to, milli, tooExpensiveUs }];
      }),
    ),
    sinks: sinks.map(({ site, capacityMilli, capMilli }, sink) => {
      const loadMilli = solution.load[sink] ?? 0;
      const priceUs = priceAt(priceSteps(capacityMilli, capMilli), loadMilli);
      return { site, loadMilli, capacityMilli, priceUs };
    }),
    unplaced: left(solution.unplaced),
    forced: isForced ? left(first.unplaced) : [],
  };
}

/** By sink; undefined where it may not go. */
function waysOf(source: Source, sinks: readonly Sink[]) {
  const nearestFirst = source.ways.toSorted((a, b) => a.costUs - b.costUs || compareText(a.site, b.site));
  const rank = new Map(nearestFirst.map(({ site }, index) => [site, index]));
  const bySite = new Map(source.ways.map((way) => [way.site, way]));
  return sinks.map(({ site }) => {
    const way = bySite.get(site);
    if (way === undefined) return undefined;
    const tie = 64 * (rank.get(site) ?? 0) + (hash(`${source.service} ${source.site} ${site}`) & 63);
    return {
      beforeMilli: way.beforeMilli,
      cost: Math.min(way.costUs, dearestWayUs) * unitsPerUs + tie,
    };
  });
}

/** FNV-1a, 32 bit (Fowler, Noll, Vo): so that no cycle of equal costs is left to chance. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const character of text) value = Math.imul(value ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return value >>> 0;
}
