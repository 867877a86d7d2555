/** One pool as its sources and their ways, for tests and benchmarks: the product has it as matrices. */
import { costInUnits, type PoolSolution, type Sink, solvePool } from '../../../src/plan/flow/pool-matrix.ts';
import { compareText } from '../../../src/plan/order.ts';

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

export function planPool(pool: Pool): PoolPlan {
  const sinks = pool.sinks.toSorted((a, b) => compareText(a.site, b.site));
  const sources = pool.sources.toSorted(
    (a, b) => compareText(a.service, b.service) || compareText(a.site, b.site),
  );
  const demandMilli = Float64Array.from(sources, (source) => source.demandMilli);
  const { costUs, beforeMilli } = waysOf(sources, sinks);
  const cost = costInUnits({ sources, sinks, costUs });
  const solution = solvePool({ sinks, demandMilli, cost, beforeMilli });
  const left = (amounts: Float64Array | undefined) =>
    sources.flatMap(({ service, site }, index) => {
      const milli = amounts?.[index] ?? 0;
      return milli > 0 ? [{ service, site, milli }] : [];
    });
  return {
    flows: flowsOf(sources, sinks, solution),
    sinks: sinks.map(({ site, capacityMilli }, sink) => ({
      site,
      loadMilli: solution.loadMilli[sink] ?? 0,
      capacityMilli,
      priceUs: solution.priceUs[sink] ?? 0,
    })),
    unplaced: left(solution.unplacedMilli),
    forced: left(solution.forcedMilli),
  };
}

function flowsOf(sources: readonly Source[], sinks: readonly Sink[], solution: PoolSolution): Flow[] {
  const flows: Flow[] = [];
  for (const [source, { service, site: from }] of sources.entries()) {
    for (const [sink, { site: to }] of sinks.entries()) {
      const tooExpensiveUs = solution.tooExpensiveUs(source, sink);
      if (tooExpensiveUs === undefined) continue;
      const milli = solution.milli[source * sinks.length + sink] ?? 0;
      flows.push({ service, from, to, milli, tooExpensiveUs });
    }
  }
  return flows;
}

/** By source, then sink: what a way costs, infinite where there is none, and what it carried before. */
function waysOf(sources: readonly Source[], sinks: readonly Sink[]) {
  const costUs = new Float64Array(sources.length * sinks.length).fill(Number.POSITIVE_INFINITY);
  const beforeMilli = new Float64Array(costUs.length);
  const sinkOf = new Map(sinks.map(({ site }, sink) => [site, sink]));
  for (const [source, { ways }] of sources.entries()) {
    for (const way of ways) {
      const sink = sinkOf.get(way.site);
      if (sink === undefined) continue;
      costUs[source * sinks.length + sink] = Math.min(way.costUs, Number.MAX_SAFE_INTEGER);
      beforeMilli[source * sinks.length + sink] = way.beforeMilli;
    }
  }
  return { costUs, beforeMilli };
}
