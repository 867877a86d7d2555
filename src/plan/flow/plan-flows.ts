/** Where each site's demand goes from now on: orders first, then the cheapest way, then no further at once than is safe. */

import { byName, compareText } from '../order.ts';
import { pathCostUs } from '../path-cost.ts';
import { type DemandRow, demandRow } from './demand-row.ts';
import type { FlowPlan, FlowPlanInput, PoolInput, ServiceInput, SitePlan } from './flow-plan.ts';
import { type Flow, planPool } from './pool.ts';
import { isGone, planOfService } from './service-plan.ts';

/** What is fuller than this loses at once what the optimum takes from it: from here on a connection costs 2 s. */
const overfullPercent = 92;
type Cost = (from: string, to: string) => number | undefined;

/** The same for any order of its input, on every machine: whole numbers, ties by name. */
export function planFlows({ paths, pools, isTick = true }: FlowPlanInput): FlowPlan {
  const costs = new Map(paths.map((path) => [`${path.from} ${path.to}`, pathCostUs(path)]));
  const cost: Cost = (from, to) => costs.get(`${from} ${to}`) ?? (from === to ? 0 : undefined);
  const planned = pools.map((pool) => planOfPool(pool, cost, isTick));
  return {
    services: byName(planned.flatMap(({ services }) => services)),
    pools: planned.map(({ sites }) => sites),
  };
}

function planOfPool(pool: PoolInput, cost: Cost, isTick: boolean) {
  const services = byName(pool.services);
  const frozen = new Set(pool.sites.filter(({ inflowMayGrow }) => !inflowMayGrow).map(({ site }) => site));
  const rows = services.map((service) => ({
    service,
    rows: service.demands
      .toSorted((a, b) => compareText(a.site, b.site))
      .map((demand) => demandRow(service, demand, frozen)),
  }));
  const all = rows.flatMap((one) => one.rows);
  const biased = (service: ServiceInput) => (from: string, to: string) => {
    const order = service.orders.find(({ site }) => site === to);
    const plain = cost(from, to);
    const biasUs = order?.kind === 'bias' ? order.biasUs : 0;
    return plain === undefined ? undefined : Math.max(0, plain + biasUs);
  };
  const caps = capsOf(services);
  const solution = solve(pool, rows, biased, caps);
  const target = (row: DemandRow, to: string): number =>
    (row.held.get(to) ?? 0) + (solution.flow(row, to)?.milli ?? 0);
  const overfull = overfullSites(pool, all, caps);

  const plans = rows.map(({ service, rows: own }) =>
    planOfService({
      service,
      rows: own,
      target,
      isUnsafe: (to) => overfull.has(to) || isGone(service, to),
      costUs: biased(service),
      flow: solution.flow,
      isForced: (row, to) => frozen.has(to) && solution.isForced(row),
      isTick,
    }),
  );
  const loads = sumsBySite(plans.flatMap(({ flows }) => flows.map(({ to, milli }) => [to, milli])));
  const targets = sumsBySite(plans.flatMap(({ flows }) => flows.map((flow) => [flow.to, flow.targetMilli])));
  const sites = pool.sites
    .toSorted((a, b) => compareText(a.site, b.site))
    .map(
      ({ site, capacityMilli }): SitePlan => ({
        site,
        capacityMilli,
        loadMilli: loads.get(site) ?? 0,
        targetMilli: targets.get(site) ?? 0,
        priceUs: solution.priceUs(site),
      }),
    );
  return { services: plans, sites };
}

function solve(
  pool: PoolInput,
  services: readonly { readonly service: ServiceInput; readonly rows: readonly DemandRow[] }[],
  biased: (service: ServiceInput) => Cost,
  caps: ReadonlyMap<string, number>,
) {
  const held = sumsBySite(services.flatMap(({ rows }) => rows.flatMap((row) => [...row.held])));
  const solved = planPool({
    sinks: pool.sites.map(({ site, capacityMilli, inflowMayGrow }) => {
      const less = held.get(site) ?? 0;
      const cap = caps.get(site);
      return {
        site,
        capacityMilli: Math.max(0, capacityMilli - less),
        frozen: !inflowMayGrow,
        ...(cap === undefined ? {} : { capMilli: Math.max(0, cap - less) }),
      };
    }),
    sources: services.flatMap(({ service, rows }) =>
      rows.map((row) => ({
        service: row.service,
        site: row.site,
        demandMilli: row.freeMilli,
        ways: row.open.flatMap((to) => {
          const costUs = biased(service)(row.site, to);
          if (costUs === undefined) return [];
          return [{ site: to, costUs, beforeMilli: row.before?.get(to) ?? 0 }];
        }),
      })),
    ),
  });
  const flows = new Map(solved.flows.map((flow) => [`${flow.service} ${flow.from} ${flow.to}`, flow]));
  const prices = new Map(solved.sinks.map(({ site, priceUs }) => [site, priceUs]));
  const forced = new Set(solved.forced.map(({ service, site }) => `${service} ${site}`));
  return {
    isForced: (row: DemandRow): boolean => forced.has(`${row.service} ${row.site}`),
    flow: (row: DemandRow, to: string): Flow | undefined => flows.get(`${row.service} ${row.site} ${to}`),
    priceUs: (site: string): number => prices.get(site) ?? 0,
  };
}

function capsOf(services: readonly ServiceInput[]): ReadonlyMap<string, number> {
  const caps = new Map<string, number>();
  for (const order of services.flatMap(({ orders }) => orders)) {
    if (order.kind === 'cap')
      caps.set(order.site, Math.min(order.milli, caps.get(order.site) ?? order.milli));
  }
  return caps;
}

/** By what is in force, at today's demand. */
function overfullSites(
  pool: PoolInput,
  rows: readonly DemandRow[],
  caps: ReadonlyMap<string, number>,
): ReadonlySet<string> {
  const loads = sumsBySite(rows.flatMap(({ before }) => [...(before ?? [])]));
  const isOverfull = ({ site, capacityMilli }: PoolInput['sites'][number]) => {
    const load = loads.get(site) ?? 0;
    return load * 100 > capacityMilli * overfullPercent || load > (caps.get(site) ?? load);
  };
  return new Set(pool.sites.filter(isOverfull).map(({ site }) => site));
}

function sumsBySite(
  amounts: readonly (readonly [site: string, milli: number])[],
): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const [site, milli] of amounts) sums.set(site, (sums.get(site) ?? 0) + milli);
  return sums;
}
