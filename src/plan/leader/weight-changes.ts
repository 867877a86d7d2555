/** Which weights a plan has changed. */
import type { Steps } from '../../domain/steps.ts';
import type { PlannedWeights } from '../../domain/world.ts';
import type { WeightChange } from '../optimal/latest-plans.ts';
import type { PlacedService } from '../optimal/server-weights.ts';

/** Yields now and then. */
export function* weightChanges(
  placed: readonly PlacedService[],
  previous: PlannedWeights,
  atMs: number,
  cause: string,
): Steps<readonly WeightChange[]> {
  const changes: WeightChange[] = [];
  for (const [index, { service, site, weights }] of placed.entries()) {
    if (index % placesAStep === 0) yield;
    const before = previous.get(service)?.get(site);
    if (before === weights.byName) continue;
    const { decision } = weights;
    for (const [name, weight] of weights.byName) {
      const from = before?.get(name);
      if (from !== weight)
        changes.push({ atMs, service, site, realServer: name, from, to: weight, decision, cause });
    }
  }
  return changes;
}

const placesAStep = 500;
