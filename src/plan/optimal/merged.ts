/** The latest plan once some groups of services were planned again. */
import type { PlannedWeights } from '../../domain/world.ts';
import { byName, compareText } from '../order.ts';
import type { FlowSituation } from './flow-input.ts';
import type { LatestPlan } from './latest-plans.ts';
import { type PlacedService, plannedWeightsOf } from './server-weights.ts';

/** `part` is of whole groups; its world is of everything. */
export function mergedPlan(latest: LatestPlan, part: LatestPlan): LatestPlan {
  const again = new Set(part.plan.services.map(({ name }) => name));
  const kept = poolsOf(latest).filter(
    ({ group }) => !group.group.services.some(({ name }) => again.has(name)),
  );
  const pools = [...kept, ...poolsOf(part)].toSorted((a, b) => compareText(a.name, b.name));
  const situation: FlowSituation = {
    input: { ...part.situation.input, pools: pools.map(({ input }) => input) },
    paths: part.situation.paths,
    groups: pools.map(({ group }) => group),
  };
  const services = latest.plan.services.filter(({ name }) => !again.has(name));
  const placed = Map.groupBy(part.placed, ({ service }) => service);
  return {
    atMs: part.atMs,
    world: part.world,
    situation,
    plan: {
      services: byName([...services, ...part.plan.services]),
      pools: pools.map(({ sites }) => sites),
    },
    placed: [...again].reduce(
      (all, service) => withService(all, service, placed.get(service) ?? []),
      latest.placed,
    ),
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

/** They stand by service: those of one are found by halving, as there are very many. */
function withService(
  all: readonly PlacedService[],
  service: string,
  own: readonly PlacedService[],
): readonly PlacedService[] {
  let begin = 0;
  for (let end = all.length; begin < end; ) {
    const middle = Math.floor((begin + end) / 2);
    if (compareText(all[middle]?.service ?? '', service) < 0) begin = middle + 1;
    else end = middle;
  }
  let end = begin;
  while (all[end]?.service === service) end += 1;
  return all.toSpliced(begin, end - begin, ...own);
}

function poolsOf({ situation, plan }: LatestPlan) {
  return situation.groups.flatMap((group, index) => {
    const input = situation.input.pools[index];
    const sites = plan.pools[index];
    if (input === undefined || sites === undefined) return [];
    return [{ name: group.group.services[0]?.name ?? '', group, input, sites }];
  });
}
