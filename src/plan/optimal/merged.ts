/** The latest plan once some groups of services were planned again. */
import type { PlannedWeights } from '../../domain/world.ts';
import { compareText } from '../order.ts';
import type { LatestPlan } from './latest-plans.ts';
import { plannedWeightsOf } from './server-weights.ts';

/** `part` is of some of the same groups; its world is of everything. */
export function mergedPlan(latest: LatestPlan, part: LatestPlan): LatestPlan {
  const groups = [...latest.situation.groups];
  const inputs = [...latest.situation.input.pools];
  const sites = [...latest.plan.pools];
  const services = [...latest.plan.services];
  const placed = new Map(latest.placed);
  for (const [index, group] of part.situation.groups.entries()) {
    const [first = { name: '' }] = group.group.services;
    const place = placeOf(groups, (one) => one.group.services[0]?.name ?? '', first.name);
    groups[place] = group;
    inputs[place] = part.situation.input.pools[index] ?? { services: [], sites: [] };
    sites[place] = part.plan.pools[index] ?? [];
  }
  for (const service of part.plan.services) {
    services[placeOf(services, ({ name }) => name, service.name)] = service;
    placed.set(service.name, part.placed.get(service.name) ?? []);
  }
  return {
    atMs: part.atMs,
    world: part.world,
    situation: { input: { ...part.situation.input, pools: inputs }, paths: part.situation.paths, groups },
    plan: { services, pools: sites },
    placed,
  };
}

/** What the directors are told once some services were planned again. */
export function mergedWeights(
  planned: PlannedWeights,
  { plan, placed }: Pick<LatestPlan, 'plan' | 'placed'>,
): PlannedWeights {
  const merged = new Map(planned);
  for (const { name } of plan.services) merged.delete(name);
  for (const [service, sites] of plannedWeightsOf(placed)) merged.set(service, sites);
  return merged;
}

/** They stand by name, and it is one of them: found by halving, as there are very many. */
function placeOf<T>(all: readonly T[], nameOf: (one: T) => string, name: string): number {
  let begin = 0;
  for (let end = all.length; begin < end; ) {
    const middle = Math.floor((begin + end) / 2);
    const one = all[middle];
    if (one !== undefined && compareText(nameOf(one), name) < 0) begin = middle + 1;
    else end = middle;
  }
  return begin;
}
