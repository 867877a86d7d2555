/** Policy `optimal`: the weights that were decided from demand, capacity and distance; who has none stands by. */
import { placeLocal } from './placement-local.ts';
import { isEligible, type PlacementPolicyFunction } from './placement-policy.ts';
import { siteTiers } from './placement-tiers.ts';

/** Tier 0 holds whoever has a planned weight; the rest follow as by policy `latency`. Before anything is planned: as by `local`. */
export const placeOptimal: PlacementPolicyFunction = (input) => {
  const { planned, realServers } = input;
  if (planned === undefined) return placeLocal(input);
  const carrying = realServers.flatMap((realServer) => {
    const weight = planned.get(realServer.name) ?? 0;
    const carries = isEligible(realServer) && Number.isInteger(weight) && weight > 0;
    return carries ? [{ realServer: realServer.name, tier: 0, weight }] : [];
  });
  const names = new Set(carrying.map(({ realServer }) => realServer));
  const rest = realServers.filter(({ name }) => !names.has(name));
  return [...carrying, ...siteTiers(input, rest, carrying.length === 0 ? 0 : 1)];
};
