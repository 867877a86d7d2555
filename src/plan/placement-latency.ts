/** Policy `latency`: near real servers carry more than far ones, ∝ capacity / cost²; those too far to count stand by. */
import { idealWeights, integerWeights } from './integer-weights.ts';
import { siteCosts } from './path-cost.ts';
import {
  isEligible,
  type PlacementPolicyFunction,
  type PlannedRealServer,
  strength,
} from './placement-policy.ts';
import { siteTiers } from './placement-tiers.ts';

/** Below this, a round trip measures hosts and not distance; it also keeps the own site's share finite. µs. */
const leastCostUs = 100;

/** A weight that rounds to at least 1. */
const leastIdeal = 0.5;

/** Tier 0 holds whoever gets a weight of 1 or more; the rest follow as by policy `local`. */
export const placeLatency: PlacementPolicyFunction = (input) => {
  const { costUs } = siteCosts(input.fromSite, input.latency);
  const shareOf = (realServer: PlannedRealServer) => {
    const cost = costUs(realServer.site);
    return cost === undefined ? 0 : strength(realServer) / Math.max(leastCostUs, cost) ** 2;
  };
  const eligible = input.realServers
    .filter(isEligible)
    .map((member) => ({ ...member, share: shareOf(member) }));
  const ideal = idealWeights(eligible, input.service.scheduler);
  const carrying = eligible.filter(({ name }) => (ideal.get(name) ?? 0) >= leastIdeal);
  const weights = integerWeights(carrying, input.service.scheduler);
  const rest = input.realServers.filter(({ name }) => !weights.has(name));
  return [
    ...carrying.map(({ name }) => ({ realServer: name, tier: 0, weight: weights.get(name) ?? 0 })),
    ...siteTiers(input, rest, carrying.length === 0 ? 0 : 1),
  ];
};
