/** The latest plan once some groups of services were planned again. */
import type { PlannedWeights } from '../../domain/world.ts';
import { placeOf } from '../order.ts';
import type { LatestPlan } from './latest-plans.ts';
import { plannedWeightsOf, sitesOf } from './server-weights.ts';

/** `part` is of some of the same groups; its world is of everything. */
export function mergedPlan(latest: LatestPlan, part: LatestPlan): LatestPlan {
  const groups = [...latest.situation.groups];
  const inputs = [...latest.situation.input.pools];
  const sites = [...latest.plan.pools];
  const services = [...latest.plan.services];
  const placed = [...latest.placed];
  for (const [index, group] of part.situation.groups.entries()) {
    const [first = { name: '' }] = group.group.services;
    const place = placeOf(groups, (one) => one.group.services[0]?.name ?? '', first.name);
    groups[place] = group;
    inputs[place] = part.situation.input.pools[index] ?? { services: [], sites: [] };
    sites[place] = part.plan.pools[index] ?? [];
  }
  for (const service of part.plan.services) {
    services[placeOf(services, ({ name }) => name, service.name)] = service;
    const { name } = service;
    placed[placeOf(placed, (one) => one.service, name)] = {
      service: name,
      sites: sitesOf(part.placed, name),
    };
  }
  return {
    atMs: part.atMs,
    world: part.world,
    situation: { input: { ...part.situation.input, pools: inputs }, paths: part.situation.paths, groups },
    plan: { services, pools: sites },
    placed,
  };
}

/** What the directors are told once some services were planned again; of those that stay as they are, the same value. */
export function mergedWeights(
  planned: PlannedWeights,
  { plan, placed }: Pick<LatestPlan, 'plan' | 'placed'>,
): PlannedWeights {
  const again = plannedWeightsOf(placed);
  const changed = plan.services.filter(({ name }) => !isSame(planned.get(name), again.get(name)));
  if (changed.length === 0) return planned;
  const merged = new Map(planned);
  for (const { name } of changed) {
    const sites = again.get(name);
    if (sites === undefined) merged.delete(name);
    else merged.set(name, sites);
  }
  return merged;
}

type BySite = ReturnType<PlannedWeights['get']>;

function isSame(before: BySite, after: BySite): boolean {
  if (before === undefined || after === undefined) return before === after;
  if (before.size !== after.size) return false;
  for (const [site, weights] of after) if (before.get(site) !== weights) return false;
  return true;
}
