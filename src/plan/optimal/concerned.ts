/** What of everything a plan needs for some groups of services only: an event at one real server need not wait for all plans. */

import { selecting } from '../selecting.ts';
import type { FlowSituation, OptimalInput } from './flow-input.ts';
import type { ServiceGroup } from './groups.ts';

/** Those that one of these real servers carries. */
export function concernedGroups(
  { groups }: Pick<FlowSituation, 'groups'>,
  realServers: ReadonlySet<string>,
): readonly ServiceGroup[] {
  return groups
    .map(({ group }) => group)
    .filter((group) => group.realServers.some(({ name }) => realServers.has(name)));
}

/** From it these groups are planned as they are from everything; their services may have changed, but not who shares what. */
export function restricted(input: OptimalInput, groups: readonly ServiceGroup[]): OptimalInput {
  const { world, observation, flows, leaps } = input;
  const servers = new Set(groups.flatMap(({ realServers }) => realServers.map(({ name }) => name)));
  const realServers = world.realServers.filter(({ name }) => servers.has(name));
  const selectingServices = selecting(world.services);
  // Also those of other policies: what they have on the same real servers leaves less for these.
  const services = new Set([
    ...groups.flatMap((group) => group.services.map(({ name }) => name)),
    ...realServers.flatMap((one) => selectingServices(one).map(({ name }) => name)),
  ]);
  return {
    world: {
      ...world,
      services: world.services.filter(({ name }) => services.has(name)),
      realServers,
      realServerPolicies: world.realServerPolicies.filter(({ name }) => servers.has(name)),
    },
    observation: {
      demands: observation.demands.filter(({ service }) => services.has(service)),
      servers: observation.servers.filter(({ name }) => servers.has(name)),
      sites: observation.sites,
      active: observation.active.filter(({ service }) => services.has(service)),
    },
    flows: flows.filter(({ service }) => services.has(service)),
    leaps,
  };
}
