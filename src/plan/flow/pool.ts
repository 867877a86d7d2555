/** How much of each site's demand goes to which site: one pool of services that share real servers, solved as a whole. */
import { compareText } from '../order.ts';
import { priceAt, priceSteps } from './price.ts';
import { solveTransport, type TransportProblem, type TransportSolution } from './transport.ts';

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

/**
 * A flow moves only for a gain of more than this a connection. In the simulated WAN 8 ms instead of 5 ms, with a rate that is
 * smoothed a little more, took the traffic steered anew from 1.4 to 1.0 % a minute, at the same mean RTT and overload.
 */
export const tollUs = 8_000;
/**
 * Below one µs there is room to tell equal costs apart (by the nearer way, then the site's name), so that the optimum is the only
 * one and a dearer way never gets more. No potential passes the dearest price, so no sum in the solver passes three of them and a
 * way of at most 10 s: below 2^53, however many sites there are.
 */
const unitsPerUs = 2 ** 20;
const dearestWayUs = 10_000_000;

export function planPool(pool: Pool): PoolPlan {
  const sinks = pool.sinks.toSorted((a, b) => compareText(a.site, b.site));
  const sources = pool.sources.toSorted(
    (a, b) => compareText(a.service, b.service) || compareText(a.site, b.site),
  );
  const prices = sinks.map(({ capacityMilli, capMilli }) => priceSteps(capacityMilli, capMilli));
  const problem: TransportProblem = {
    demand: Float64Array.from(sources, ({ demandMilli }) => demandMilli),
    steps: prices.map((steps) => steps.map((step) => ({ ...step, priceUs: step.priceUs * unitsPerUs }))),
    ...waysOf(sources, sinks),
    toll: tollUs * unitsPerUs,
    frozen: Uint8Array.from({ length: sources.length * sinks.length }, (_, cell) =>
      sinks[cell % sinks.length]?.frozen === true ? 1 : 0,
    ),
  };
  const first = solveTransport(problem);
  const isForced = first.unplaced.some((milli) => milli > 0) && sinks.some(({ frozen }) => frozen);
  const solution = isForced ? solveTransport({ ...problem, frozen: released(problem, first) }) : first;
  const left = (amounts: Float64Array) =>
    sources.flatMap(({ service, site }, index) => {
      const milli = amounts[index] ?? 0;
      return milli > 0 ? [{ service, site, milli }] : [];
    });
  return {
    flows: flowsOf(sources, sinks, problem, solution),
    sinks: sinks.map(({ site, capacityMilli }, sink) => {
      const loadMilli = solution.load[sink] ?? 0;
      return { site, loadMilli, capacityMilli, priceUs: priceAt(prices[sink] ?? [], loadMilli) };
    }),
    unplaced: left(solution.unplaced),
    forced: isForced ? left(first.unplaced) : [],
  };
}

/** Who can go nowhere else goes to frozen sites all the same; nobody else does because of that. */
function released({ frozen }: TransportProblem, { unplaced }: TransportSolution): Uint8Array {
  const sinks = frozen.length / unplaced.length;
  return frozen.map((isFrozen, cell) => ((unplaced[Math.floor(cell / sinks)] ?? 0) > 0 ? 0 : isFrozen));
}

function flowsOf(
  sources: readonly Source[],
  sinks: readonly Sink[],
  { cost, before, toll }: TransportProblem,
  { flow, sourceCost, sinkCost }: TransportSolution,
): Flow[] {
  const flows: Flow[] = [];
  let cell = 0;
  for (const [source, { service, site: from }] of sources.entries()) {
    for (const [sink, { site: to }] of sinks.entries()) {
      const wayCost = cost[cell] ?? Number.POSITIVE_INFINITY;
      const milli = flow[cell] ?? 0;
      const paid = milli < (before[cell] ?? 0) ? 0 : toll;
      cell += 1;
      if (wayCost === Number.POSITIVE_INFINITY) continue;
      const reduced = wayCost + paid + (sinkCost[sink] ?? 0) - (sourceCost[source] ?? 0);
      const tooExpensiveUs = milli > 0 ? 0 : Math.max(0, Math.round(reduced / unitsPerUs));
      flows.push({ service, from, to, milli, tooExpensiveUs });
    }
  }
  return flows;
}

/** By source, then sink: what a way costs, infinite where there is none, and what it carried before. */
function waysOf(sources: readonly Source[], sinks: readonly Sink[]) {
  const cost = new Float64Array(sources.length * sinks.length).fill(Number.POSITIVE_INFINITY);
  const before = new Float64Array(cost.length);
  const sinkOf = new Map(sinks.map(({ site }, sink) => [site, sink]));
  const codes = sinks.map(({ site }) => codePoints(site));
  const nearestFirst = new Float64Array(sinks.length);
  for (const [source, { service, site, ways }] of sources.entries()) {
    const row = source * sinks.length;
    nearestFirst.fill(Number.POSITIVE_INFINITY);
    for (const way of ways) {
      const sink = sinkOf.get(way.site);
      if (sink === undefined) continue;
      cost[row + sink] = Math.min(way.costUs, dearestWayUs) * unitsPerUs;
      before[row + sink] = way.beforeMilli;
      nearestFirst[sink] = Math.min(way.costUs, dearestWayUs) * sinks.length + sink;
    }
    nearestFirst.sort();
    const begin = hash(fnvOffset, codePoints(`${service} ${site} `));
    for (let rank = 0; rank < sinks.length; rank += 1) {
      const key = nearestFirst[rank] ?? Number.POSITIVE_INFINITY;
      if (key === Number.POSITIVE_INFINITY) break;
      const sink = key % sinks.length;
      cost[row + sink] = (cost[row + sink] ?? 0) + 64 * rank + (hash(begin, codes[sink] ?? []) & 63);
    }
  }
  return { cost, before };
}

function codePoints(text: string): number[] {
  const codes: number[] = [];
  for (const character of text) codes.push(character.codePointAt(0) ?? 0);
  return codes;
}

const fnvOffset = 0x811c9dc5;

/** FNV-1a, 32 bit (Fowler, Noll, Vo): so that no cycle of equal costs is left to chance. */
function hash(begin: number, codes: readonly number[]): number {
  let value = begin;
  for (const code of codes) value = Math.imul(value ^ code, 0x01000193);
  return value >>> 0;
}
