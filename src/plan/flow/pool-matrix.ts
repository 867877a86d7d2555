/** One pool of services that share real servers, as matrices: row by row, a row a source; solved as a whole. */
import { priceAt, priceSteps } from './price.ts';
import { solveTransport, type TransportProblem, type TransportSolution } from './transport.ts';

/** A site's real servers, as the pool has them. */
export interface Sink {
  readonly site: string;
  readonly capacityMilli: number;
  /** An operator's bound: beyond it nothing, as long as anybody else may serve. */
  readonly capMilli?: number;
  /** What is known of it is too old: it may get no more than before, unless nobody else may serve at all. */
  readonly frozen: boolean;
}

export interface PoolMatrix {
  /** By site. */
  readonly sinks: readonly Sink[];
  /** Of each source. */
  readonly demandMilli: Float64Array;
  /** Of a unit on the way, as `costInUnits` has it. */
  readonly cost: Float64Array;
  readonly beforeMilli: Float64Array;
}

/** The ways of a pool, and what they cost. */
export interface PoolWays {
  /** By service and site. */
  readonly sources: readonly { readonly service: string; readonly site: string }[];
  /** By site. */
  readonly sinks: readonly { readonly site: string }[];
  /** Of a unit on the way, an integer, 0 or more; infinite where there is none. */
  readonly costUs: Float64Array;
}

export interface PoolSolution {
  readonly milli: Float64Array;
  /** By sink. */
  readonly loadMilli: Float64Array;
  readonly priceUs: readonly number[];
  /** By source: demand that no site may serve, and demand that only a frozen site could. */
  readonly unplacedMilli: Float64Array;
  readonly forcedMilli: Float64Array | undefined;
  /** Beyond the cheapest way for one more connection; 0 where the way is used, undefined where there is none. */
  tooExpensiveUs(source: number, sink: number): number | undefined;
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

export function solvePool({ sinks, demandMilli, beforeMilli, cost }: PoolMatrix): PoolSolution {
  const prices = sinks.map(({ capacityMilli, capMilli }) => priceSteps(capacityMilli, capMilli));
  const problem: TransportProblem = {
    demand: demandMilli,
    steps: prices,
    unitsPerUs,
    cost,
    before: beforeMilli,
    toll: tollUs * unitsPerUs,
    frozen: frozenCells(sinks, demandMilli.length),
  };
  const first = solveTransport(problem);
  const isForced = first.unplaced.some((milli) => milli > 0) && sinks.some(({ frozen }) => frozen);
  const solution = isForced ? solveTransport({ ...problem, frozen: released(problem, first) }) : first;
  const { flow, load, unplaced } = solution;
  return {
    milli: flow,
    loadMilli: load,
    priceUs: prices.map((steps, sink) => priceAt(steps, load[sink] ?? 0)),
    unplacedMilli: unplaced,
    forcedMilli: isForced ? first.unplaced : undefined,
    tooExpensiveUs: beyondCheapest(problem, solution),
  };
}

/** Holds what it is told from, and nothing else of the problem: plans are kept until the next one. */
function beyondCheapest(
  { cost, before, toll }: Pick<TransportProblem, 'cost' | 'before' | 'toll'>,
  { flow, sinkCost, sourceCost }: TransportSolution,
): PoolSolution['tooExpensiveUs'] {
  return (source, sink) => {
    const cell = source * sinkCost.length + sink;
    const wayCost = cost[cell] ?? Number.POSITIVE_INFINITY;
    if (wayCost === Number.POSITIVE_INFINITY) return undefined;
    const milli = flow[cell] ?? 0;
    if (milli > 0) return 0;
    const paid = milli < (before[cell] ?? 0) ? 0 : toll;
    const reduced = wayCost + paid + (sinkCost[sink] ?? 0) - sourceCost(source);
    return Math.max(0, Math.round(reduced / unitsPerUs));
  };
}

/** By source, then sink. */
function frozenCells(sinks: readonly Sink[], sources: number): Uint8Array {
  const cells = new Uint8Array(sources * sinks.length);
  for (const [sink, { frozen }] of sinks.entries()) {
    if (!frozen) continue;
    for (let cell = sink; cell < cells.length; cell += sinks.length) cells[cell] = 1;
  }
  return cells;
}

/** Who can go nowhere else goes to frozen sites all the same; nobody else does because of that. */
function released({ frozen }: TransportProblem, { unplaced }: TransportSolution): Uint8Array {
  const sinks = frozen.length / unplaced.length;
  return frozen.map((isFrozen, cell) => ((unplaced[Math.floor(cell / sinks)] ?? 0) > 0 ? 0 : isFrozen));
}

/** No two ways of a source cost the same. By source, then sink; the same for as long as nobody measures anew. */
export function costInUnits({ sources, sinks, costUs }: PoolWays): Float64Array {
  const cost = new Float64Array(costUs.length).fill(Number.POSITIVE_INFINITY);
  const nearestFirst = new Float64Array(sinks.length);
  for (const [source, { service, site }] of sources.entries()) {
    const row = source * sinks.length;
    for (let sink = 0; sink < sinks.length; sink += 1) {
      const us = Math.min(costUs[row + sink] ?? Number.POSITIVE_INFINITY, dearestWayUs);
      const isWay = costUs[row + sink] !== Number.POSITIVE_INFINITY;
      nearestFirst[sink] = isWay ? us * sinks.length + sink : Number.POSITIVE_INFINITY;
    }
    nearestFirst.sort();
    const begin = hash(hash(hash(hash(fnvOffset, service), ' '), site), ' ');
    for (let rank = 0; rank < sinks.length; rank += 1) {
      const key = nearestFirst[rank] ?? Number.POSITIVE_INFINITY;
      if (key === Number.POSITIVE_INFINITY) break;
      const sink = key % sinks.length;
      const us = (key - sink) / sinks.length;
      cost[row + sink] = us * unitsPerUs + (64 * rank + (hash(begin, sinks[sink]?.site ?? '') & 63));
    }
  }
  return cost;
}

const fnvOffset = 0x811c9dc5;

/** FNV-1a, 32 bit (Fowler, Noll, Vo): so that no cycle of equal costs is left to chance. */
function hash(begin: number, text: string): number {
  let value = begin;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.codePointAt(index) ?? 0;
    if (code > 0xffff) index += 1;
    value = Math.imul(value ^ code, 0x01000193);
  }
  return value >>> 0;
}
