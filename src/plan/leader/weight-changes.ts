/** Which weights a plan has changed. */
import type { Steps } from '../../domain/steps.ts';
import type { PlannedWeights } from '../../domain/world.ts';
import type { WeightChange } from '../optimal/latest-plans.ts';
import type { PlacedServices } from '../optimal/server-weights.ts';
import { WeightList } from '../weights/weight-list.ts';

/** Yields between services. What is new and gets nothing is no change. */
export function* weightChanges(
  placed: PlacedServices,
  previous: PlannedWeights,
  atMs: number,
  cause: string,
): Steps<readonly WeightChange[]> {
  const changes: WeightChange[] = [];
  for (const { service, sites } of placed) {
    yield;
    const before = previous.get(service);
    for (const { site, weights } of sites) {
      const was = before?.get(site);
      if (was === weights.byName) continue;
      const { decision } = weights;
      const { servers, weights: all } = weights.byName;
      const isOfTheSame = was instanceof WeightList && was.servers === servers;
      for (let place = 0; place < all.length; place += 1) {
        const weight = all[place] ?? 0;
        const name = servers.names[place] ?? '';
        const from = isOfTheSame ? was.weights[place] : was?.get(name);
        if (from !== weight && (from !== undefined || weight > 0))
          changes.push({ atMs, service, site, realServer: name, from, to: weight, decision, cause });
      }
    }
  }
  return changes;
}
