/** Which weights a plan has changed. */
import type { PlannedWeights } from '../../domain/world.ts';
import type { WeightChange } from '../optimal/latest-plans.ts';
import type { PlacedService } from '../optimal/server-weights.ts';

export function weightChanges(
  placed: readonly PlacedService[],
  previous: PlannedWeights,
  atMs: number,
  cause: string,
): WeightChange[] {
  return placed.flatMap(({ service, site, weights }) => {
    const before = previous.get(service)?.get(site);
    if (before === weights.byName) return [];
    return [...weights.byName].flatMap(([name, weight]) => {
      const from = before?.get(name);
      if (from === weight) return [];
      return [{ atMs, service, site, realServer: name, from, to: weight, decision: weights.decision, cause }];
    });
  });
}
