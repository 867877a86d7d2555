/** The latest plan once some groups of services were planned again. */
import { byName, compareText } from '../order.ts';
import type { FlowSituation } from './flow-input.ts';
import type { LatestPlan } from './latest.ts';

/** `part` is of whole groups; its world and its observation are of everything. */
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
  const placed = latest.placed.filter(({ service }) => !again.has(service));
  return {
    atMs: part.atMs,
    input: part.input,
    situation,
    plan: {
      services: byName([...services, ...part.plan.services]),
      pools: pools.map(({ sites }) => sites),
    },
    placed: [...placed, ...part.placed].toSorted(
      (a, b) => compareText(a.service, b.service) || compareText(a.site, b.site),
    ),
  };
}

function poolsOf({ situation, plan }: LatestPlan) {
  return situation.groups.flatMap((group, index) => {
    const input = situation.input.pools[index];
    const sites = plan.pools[index];
    if (input === undefined || sites === undefined) return [];
    return [{ name: group.group.services[0]?.name ?? '', group, input, sites }];
  });
}
