/** What the ways of a pool cost, kept from plan to plan: the same until somebody measures anew, or another site serves. */
import type { DemandRow } from './demand-row.ts';
import { costInUnits } from './pool-matrix.ts';
import type { ServiceRows } from './solve-rows.ts';

/** By the first service of the pool. Of paths that never change. */
export type KnownWays = Map<string, Ways>;

interface Ways {
  readonly rows: readonly Pick<DemandRow, 'service' | 'site' | 'open'>[];
  readonly sites: readonly string[];
  readonly cost: Float64Array;
}

/** In units, by row and then by site: as `costInUnits` has it. Where an operator biases ways they are worked out anew. */
export function costOfWays(
  services: readonly ServiceRows[],
  sites: readonly string[],
  known: KnownWays,
): Float64Array {
  const name = services[0]?.service.name ?? '';
  const found = known.get(name);
  const isBiased = services.some(({ service }) => service.orders.some(({ kind }) => kind === 'bias'));
  if (isBiased) return costAnew(services, sites);
  const rows = services.flatMap((service) => service.rows);
  if (found !== undefined && isOfTheSame(found, rows, sites)) return found.cost;
  const cost = costAnew(services, sites);
  known.set(name, { rows: rows.map(({ service, site, open }) => ({ service, site, open })), sites, cost });
  return cost;
}

function isOfTheSame({ rows: before, sites }: Ways, rows: Ways['rows'], now: readonly string[]): boolean {
  if (before.length !== rows.length || !isSameList(sites, now)) return false;
  // Nearly all rows of a service have the same list.
  let same: { readonly was: readonly string[]; readonly is: readonly string[] } | undefined;
  return rows.every(({ service, site, open }, index) => {
    const other = before[index];
    if (other === undefined || other.service !== service || other.site !== site) return false;
    if (same?.was === other.open && same.is === open) return true;
    same = { was: other.open, is: open };
    return isSameList(other.open, open);
  });
}

function isSameList(a: readonly string[], b: readonly string[]): boolean {
  return a === b || (a.length === b.length && a.every((item, index) => item === b[index]));
}

function costAnew(services: readonly ServiceRows[], sites: readonly string[]): Float64Array {
  const columns = new Map(sites.map((site, column) => [site, column]));
  const sources = services.flatMap(({ rows }) => rows);
  const costUs = new Float64Array(sources.length * sites.length).fill(Number.POSITIVE_INFINITY);
  let first = 0;
  for (const { rows, costsFrom } of services) {
    for (const { site, open } of rows) {
      const cost = costsFrom(site);
      for (const to of open) {
        const column = columns.get(to);
        const us = column === undefined ? undefined : cost(to);
        if (column !== undefined && us !== undefined)
          costUs[first + column] = Math.min(us, Number.MAX_SAFE_INTEGER);
      }
      first += sites.length;
    }
  }
  return costInUnits({ sources, sinks: sites.map((site) => ({ site })), costUs });
}
