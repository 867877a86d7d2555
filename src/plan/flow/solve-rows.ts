/** Where the optimum has each row's demand: what is held by orders, and what the solver makes of the rest. */
import { compareText } from '../order.ts';
import type { DemandRow } from './demand-row.ts';
import type { PoolInput, ServiceInput } from './flow-plan.ts';
import { type KnownCosts, type Sink, solvePool } from './pool-matrix.ts';

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
  /** By site; nothing where absent. */
  readonly target: ReadonlyMap<string, number>;
  /** Some of it goes to frozen sites, because nobody else may serve. */
  readonly isForced: boolean;
  /** µs; undefined where free demand may not go. */
  tooExpensiveUs(to: string): number | undefined;
}

export interface SolvedRows {
  /** In the order of the services given, and of their rows. */
  readonly services: readonly (readonly SolvedRow[])[];
  priceUs(site: string): number;
}

/** `caps`: by site. The services stand by name. */
export function solveRows(
  pool: PoolInput,
  services: readonly ServiceRows[],
  caps: ReadonlyMap<string, number>,
  known: KnownCosts,
): SolvedRows {
  const sinks = sinksOf(pool, services, caps);
  const columns = new Map(sinks.map(({ site }, column) => [site, column]));
  const sources = services.flatMap(({ rows }) => rows);
  const matrices = matricesOf(services, columns);
  const solution = solvePool({ sources, sinks, ...matrices }, known);
  let source = 0;
  const solved = (row: DemandRow): SolvedRow => {
    const index = source;
    source += 1;
    const target = new Map(row.held);
    for (let column = 0; column < sinks.length; column += 1) {
      const milli = solution.milli[index * sinks.length + column] ?? 0;
      const site = sinks[column]?.site ?? '';
      if (milli > 0) target.set(site, (target.get(site) ?? 0) + milli);
    }
    return {
      row,
      target,
      isForced: (solution.forcedMilli?.[index] ?? 0) > 0,
      tooExpensiveUs(to) {
        const column = columns.get(to);
        return column === undefined ? undefined : solution.tooExpensiveUs(index, column);
      },
    };
  };
  return {
    services: services.map(({ rows }) => rows.map(solved)),
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
  const held = sumsBySite(services.flatMap(({ rows }) => rows.flatMap((row) => [...row.held])));
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

function matricesOf(services: readonly ServiceRows[], columns: ReadonlyMap<string, number>) {
  const rows = services.flatMap((one) => one.rows);
  const costUs = new Float64Array(rows.length * columns.size).fill(Number.POSITIVE_INFINITY);
  const beforeMilli = new Float64Array(costUs.length);
  const demandMilli = Float64Array.from(rows, ({ freeMilli }) => freeMilli);
  let first = 0;
  for (const { rows: own, costsFrom } of services) {
    for (const { site, open, before } of own) {
      const cost = costsFrom(site);
      for (const to of open) {
        const column = columns.get(to);
        const us = column === undefined ? undefined : cost(to);
        if (column === undefined || us === undefined) continue;
        costUs[first + column] = Math.min(us, Number.MAX_SAFE_INTEGER);
        beforeMilli[first + column] = before?.get(to) ?? 0;
      }
      first += columns.size;
    }
  }
  return { costUs, beforeMilli, demandMilli };
}

export function sumsBySite(
  amounts: readonly (readonly [site: string, milli: number])[],
): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const [site, milli] of amounts) sums.set(site, (sums.get(site) ?? 0) + milli);
  return sums;
}
