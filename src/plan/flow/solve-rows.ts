/** Where the optimum has each row's demand: what is held by orders, and what the solver makes of the rest. */
import type { Steps } from '../../domain/steps.ts';
import { compareText } from '../order.ts';
import type { DemandRow } from './demand-row.ts';
import type { PoolInput, ServiceInput } from './flow-plan.ts';
import { costOfWays, type KnownWays } from './known-ways.ts';
import { type Sink, solvePool } from './pool-matrix.ts';

/** µs; undefined where there is no way. */
export type CostsFrom = (from: string) => (to: string) => number | undefined;

export interface ServiceRows {
  readonly service: ServiceInput;
  /** By site. */
  readonly rows: readonly DemandRow[];
  readonly costsFrom: CostsFrom;
}

export interface SolvedRow {
  readonly row: DemandRow;
  /** Its place among all rows of the pool. */
  readonly source: number;
  /** By site; nothing where absent. */
  readonly target: ReadonlyMap<string, number>;
  /** Some of it goes to frozen sites, because nobody else may serve. */
  readonly isForced: boolean;
}

/** How much dearer a way is than the cheapest, µs; undefined where free demand may not go. One for all rows of the pool: there are many. */
export type TooExpensiveUs = (source: number, to: string) => number | undefined;

export interface SolvedRows {
  /** In the order of the services given, and of their rows. */
  readonly services: readonly (readonly SolvedRow[])[];
  readonly tooExpensiveUs: TooExpensiveUs;
  priceUs(site: string): number;
}

/** `caps`: by site. The services stand by name. Yields before it solves, and after. */
export function* solveRows(
  pool: PoolInput,
  services: readonly ServiceRows[],
  caps: ReadonlyMap<string, number>,
  known: KnownWays,
): Steps<SolvedRows> {
  const sinks = sinksOf(pool, services, caps);
  const columns = new Map(sinks.map(({ site }, column) => [site, column]));
  const sites = sinks.map(({ site }) => site);
  const cost = costOfWays(services, sites, known);
  yield;
  const solution = solvePool({ sinks, cost, ...amountsOf(services, columns, cost) });
  yield;
  let source = 0;
  const solved = (row: DemandRow): SolvedRow => {
    const index = source;
    source += 1;
    const target = new Map(row.held);
    for (let column = 0, cell = index * sites.length; column < sites.length; column += 1, cell += 1) {
      const milli = solution.milli[cell] ?? 0;
      if (milli === 0) continue;
      const site = sites[column] ?? '';
      target.set(site, (target.get(site) ?? 0) + milli);
    }
    return { row, source: index, target, isForced: (solution.forcedMilli?.[index] ?? 0) > 0 };
  };
  return {
    services: services.map(({ rows }) => rows.map(solved)),
    tooExpensiveUs(source, to) {
      const column = columns.get(to);
      return column === undefined ? undefined : solution.tooExpensiveUs(source, column);
    },
    priceUs(site) {
      const column = columns.get(site);
      return column === undefined ? 0 : (solution.priceUs[column] ?? 0);
    },
  };
}

function sinksOf(
  { sites }: PoolInput,
  services: readonly ServiceRows[],
  caps: ReadonlyMap<string, number>,
): Sink[] {
  const held = sumsBySite(
    services.flatMap(({ rows }) => rows.flatMap((row) => (row.held.size === 0 ? [] : [...row.held]))),
  );
  return sites
    .toSorted((a, b) => compareText(a.site, b.site))
    .map(({ site, capacityMilli, inflowMayGrow }) => {
      const less = held.get(site) ?? 0;
      const cap = caps.get(site);
      return {
        site,
        capacityMilli: Math.max(0, capacityMilli - less),
        frozen: !inflowMayGrow,
        ...(cap === undefined ? {} : { capMilli: Math.max(0, cap - less) }),
      };
    });
}

/** What is free of each row's demand, and what of it goes where now; by row, then by site. */
function amountsOf(
  services: readonly ServiceRows[],
  columns: ReadonlyMap<string, number>,
  cost: Float64Array,
) {
  const rows = services.flatMap((one) => one.rows);
  const beforeMilli = new Float64Array(cost.length);
  const demandMilli = Float64Array.from(rows, ({ freeMilli }) => freeMilli);
  for (const [index, { before }] of rows.entries()) {
    for (const [to, milli] of before ?? nothing) {
      const column = columns.get(to);
      const cell = index * columns.size + (column ?? 0);
      // What stands where it may not go is no reason to leave it there.
      if (column !== undefined && cost[cell] !== Number.POSITIVE_INFINITY) beforeMilli[cell] = milli;
    }
  }
  return { beforeMilli, demandMilli };
}

const nothing: ReadonlyMap<string, number> = new Map();

export function sumsBySite(
  amounts: readonly (readonly [site: string, milli: number])[],
): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const [site, milli] of amounts) sums.set(site, (sums.get(site) ?? 0) + milli);
  return sums;
}
