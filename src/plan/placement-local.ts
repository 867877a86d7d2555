/** Policy `local`: the own site carries everything; the others stand by, nearest first. */
import type { PlacementPolicyFunction } from './placement-policy.ts';
import { siteTiers } from './placement-tiers.ts';

/** The own site is tier 0, also when it has no real server of this service; the others are 1, 2, … by cost. */
export const placeLocal: PlacementPolicyFunction = (input) => {
  const own = input.realServers.filter(({ site }) => site === input.fromSite);
  const others = input.realServers.filter(({ site }) => site !== input.fromSite);
  return [...siteTiers(input, own, 0), ...siteTiers(input, others, 1)];
};
