/** How real servers line up behind one another, a tier a site, nearest first. */
import { integerWeights } from './integer-weights.ts';
import { siteCosts } from './path-cost.ts';
import {
  isEligible,
  type PlacedDestination,
  type PlacementInput,
  type PlannedRealServer,
  strength,
} from './placement-policy.ts';

/**
 * One tier a site in order of cost, the nearest at `firstTier`; within a tier weight ∝ capacity × policy weight.
 * Each tier has the scheduler's whole range to itself, as only one tier carries traffic at a time.
 */
export function siteTiers(
  input: PlacementInput,
  realServers: readonly PlannedRealServer[],
  firstTier: number,
): PlacedDestination[] {
  const { compare } = siteCosts(input.fromSite, input.latency);
  const sites = Map.groupBy(realServers, ({ site }) => site);
  const nearestFirst = [...sites].toSorted(([a], [b]) => compare(a, b));
  return nearestFirst.flatMap(([, members], position) => {
    const shares = members.map((member) => ({ ...member, share: isEligible(member) ? strength(member) : 0 }));
    const weights = integerWeights(shares, input.service.scheduler);
    return members.map(({ name }) => ({
      realServer: name,
      tier: firstTier + position,
      weight: weights.get(name) ?? 0,
    }));
  });
}
