/** Where each site's demand goes from now on: orders first, then the cheapest way, then no further at once than is safe. */

import type { Steps } from '../../domain/steps.ts';
import { byName, compareText } from '../order.ts';
import { pathCostUs } from '../path-cost.ts';
import { remembered } from '../remembered.ts';
import { demandRows } from './demand-row.ts';
import type { FlowPlan, FlowPlanInput, PoolInput, ServiceInput, SitePlan } from './flow-plan.ts';
import type { KnownWays } from './known-ways.ts';
import { planOfService } from './service-plan.ts';
import { type CostsFrom, type ServiceRows, solveRows } from './solve-rows.ts';

/** What is fuller than this loses at once what the optimum takes from it: from here on a connection costs 2 s. */
const overfullPercent = 92;

/** The same for any order of its input, on every machine: whole numbers, ties by name. Yields between pools, and in each: thousands of sites may share one. */
export function* planFlows({ paths, pools, isTick = true }: FlowPlanInput): Steps<FlowPlan> {
  const costs = costsOf(paths);
  const known = knownWays(paths);
  const planned: PoolPlan[] = [];
  for (const pool of pools) {
    planned.push(yield* planOfPool(pool, costs, isTick, known));
    yield;
  }
  return {
    services: byName(planned.flatMap(({ services }) => services)),
    pools: planned.map(({ sites }) => sites),
  };
}

const knownWays = remembered((_: FlowPlanInput['paths']): KnownWays => new Map());

/** Paths stay the same from plan to plan for as long as nobody measures them anew. */
const costsOf = remembered((paths: FlowPlanInput['paths']): CostsFrom => {
  const costs = new Map<string, Map<string, number | undefined>>();
  return (from) => {
    const own = costs.get(from) ?? new Map<string, number | undefined>();
    costs.set(from, own);
    return (to) => {
      if (own.has(to)) return own.get(to);
      const path = paths.between(from, to);
      const costUs = path === undefined ? (from === to ? 0 : undefined) : pathCostUs(path);
      own.set(to, costUs);
      return costUs;
    };
  };
});

interface PoolPlan {
  readonly services: FlowPlan['services'];
  readonly sites: readonly SitePlan[];
}

function* planOfPool(pool: PoolInput, costs: CostsFrom, isTick: boolean, known: KnownWays): Steps<PoolPlan> {
  const frozen = new Set(pool.sites.filter(({ inflowMayGrow }) => !inflowMayGrow).map(({ site }) => site));
  const rows = byName(pool.services).map((service): ServiceRows => {
    return { service, rows: demandRows(service, frozen), costsFrom: biased(service, costs) };
  });
  yield;
  const caps = capsOf(pool.services);
  const solution = yield* solveRows(pool, rows, caps, known);
  yield;
  const overfull = overfullSites(pool, rows, caps);
  const plans = rows.map(({ service, costsFrom }, index) =>
    planOfService({
      service,
      rows: solution.services[index] ?? [],
      tooExpensiveUs: solution.tooExpensiveUs,
      overfull,
      isFrozen: (to) => frozen.has(to),
      costsFrom,
      isTick,
    }),
  );
  yield;
  const loads = new Map<string, number>();
  const targets = new Map<string, number>();
  for (const { touched } of plans) {
    for (const { to, milli, targetMilli } of touched) {
      loads.set(to, (loads.get(to) ?? 0) + milli);
      targets.set(to, (targets.get(to) ?? 0) + targetMilli);
    }
  }
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

/** With what operators add to the ways to a site, or take off. */
function biased({ orders }: ServiceInput, costs: CostsFrom): CostsFrom {
  if (!orders.some(({ kind }) => kind === 'bias')) return costs;
  const biases = new Map(
    orders.flatMap((order) => (order.kind === 'bias' ? [[order.site, order.biasUs] as const] : [])),
  );
  return (from) => {
    const plain = costs(from);
    return (to) => {
      const us = plain(to);
      return us === undefined ? undefined : Math.max(0, us + (biases.get(to) ?? 0));
    };
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
  services: readonly ServiceRows[],
  caps: ReadonlyMap<string, number>,
): ReadonlySet<string> {
  const loads = new Map<string, number>();
  for (const { rows } of services) {
    for (const { before } of rows) {
      for (const [to, milli] of before ?? []) loads.set(to, (loads.get(to) ?? 0) + milli);
    }
  }
  const isOverfull = ({ site, capacityMilli }: PoolInput['sites'][number]) => {
    const load = loads.get(site) ?? 0;
    return load * 100 > capacityMilli * overfullPercent || load > (caps.get(site) ?? load);
  };
  return new Set(pool.sites.filter(isOverfull).map(({ site }) => site));
}
