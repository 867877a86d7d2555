/** What of everything a plan needs for some groups of services only: an event at one real server need not wait for all plans. */
import type { World } from '../../domain/world.ts';
import { remembered } from '../remembered.ts';
import { selecting } from '../selecting.ts';
import type { FlowSituation } from './flow-input.ts';
import type { ServiceGroup } from './groups.ts';

/** Those that one of these real servers carries. */
export function concernedGroups(
  { groups }: Pick<FlowSituation, 'groups'>,
  realServers: ReadonlySet<string>,
): readonly ServiceGroup[] {
  return groups
    .map(({ group }) => group)
    .filter((group) => {
      const names = namesIn(group);
      return [...realServers].some((name) => names.has(name));
    });
}

/** Groups that were not planned again are the same values from plan to plan. */
const namesIn = remembered(
  ({ realServers }: ServiceGroup): ReadonlySet<string> => new Set(realServers.map(({ name }) => name)),
);

/** From it these groups are planned as they are from everything; their services may have changed, but not who shares what. */
export function restricted(world: World, groups: readonly ServiceGroup[]): World {
  const servers = new Set(groups.flatMap(({ realServers }) => realServers.map(({ name }) => name)));
  const realServers = world.realServers.filter(({ name }) => servers.has(name));
  const selectingServices = selecting(world.services);
  // Also those of other policies: what they have on the same real servers leaves less for these.
  const services = new Set([
    ...groups.flatMap((group) => group.services.map(({ name }) => name)),
    ...realServers.flatMap((one) => selectingServices(one).map(({ name }) => name)),
  ]);
  return {
    ...world,
    services: world.services.filter(({ name }) => services.has(name)),
    realServers,
    realServerPolicies: world.realServerPolicies.filter(({ name }) => servers.has(name)),
  };
}
