/** Policy `static`: the declared weights, wherever the real servers are. */
import { integerWeights } from './integer-weights.ts';
import { isEligible, type PlacementPolicyFunction } from './placement-policy.ts';

/** All in tier 0, ∝ policy weight alone: neither capacity nor distance counts. */
export const placeStatic: PlacementPolicyFunction = ({ realServers, service }) => {
  const shares = realServers.map((member) => ({ ...member, share: isEligible(member) ? member.weight : 0 }));
  const weights = integerWeights(shares, service.scheduler);
  return realServers.map(({ name }) => ({ realServer: name, tier: 0, weight: weights.get(name) ?? 0 }));
};
