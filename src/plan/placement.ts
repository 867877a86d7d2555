/** Which real servers a director sends a service's connections to, in which share, and where it turns when they fail. */
import type { PlacementPolicy } from '../domain/resource.ts';
import { compareBySiteAndName } from './order.ts';
import { placeLatency } from './placement-latency.ts';
import { placeLocal } from './placement-local.ts';
import { placeOptimal } from './placement-optimal.ts';
import type { PlacedDestination, PlacementInput, PlacementPolicyFunction } from './placement-policy.ts';
import { placeStatic } from './placement-static.ts';

export type { PlacementInput, PlacementPolicyFunction, PlannedRealServer } from './placement-policy.ts';

const policies: Readonly<Record<PlacementPolicy, PlacementPolicyFunction>> = {
  optimal: placeOptimal,
  local: placeLocal,
  latency: placeLatency,
  static: placeStatic,
};

/**
 * One destination for each real server given, by site and name; the order of the input does not matter.
 * Drained ones and those of policy weight 0 stand in their tier with weight 0. Weights are in the scheduler's range.
 */
export function place(input: PlacementInput): readonly PlacedDestination[] {
  const realServers = input.realServers.toSorted(compareBySiteAndName);
  const placed = policies[input.service.placement]({ ...input, realServers });
  const byRealServer = new Map(placed.map((destination) => [destination.realServer, destination]));
  return realServers.flatMap(({ name }) => byRealServer.get(name) ?? []);
}
