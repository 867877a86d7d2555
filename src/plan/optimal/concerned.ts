/** What of everything a plan needs for some groups of services only: an event at one real server need not wait for all plans. */
import type { RealServerMember } from '../../domain/member.ts';
import type { World } from '../../domain/world.ts';
import { remembered } from '../remembered.ts';
import { selecting } from '../selecting.ts';
import { groupsIn, type ServiceGroup } from './groups.ts';

/** Those that one of these real servers carries, in order. */
export function concernedGroups(world: World, realServers: ReadonlySet<string>): readonly ServiceGroup[] {
  const groups = groupsIn(world);
  const places = placesOf(groups);
  const concerned = new Set([...realServers].flatMap((name) => places.get(name) ?? []));
  return [...concerned].sort((a, b) => a - b).flatMap((place) => groups[place] ?? []);
}

/** Of each real server in a list of groups. */
const placesOf = remembered(
  (groups: readonly ServiceGroup[]): ReadonlyMap<string, number> =>
    new Map(
      groups.flatMap(({ realServers }, place) => realServers.map(({ name }) => [name, place] as const)),
    ),
);

/** From it these groups are planned as they are from everything. */
export function restricted(world: World, groups: readonly ServiceGroup[]): World {
  const members = membersByName(world.realServers);
  const realServers = groups.flatMap((group) =>
    group.realServers.flatMap(({ name }) => members.get(name) ?? []),
  );
  const servers = new Set(realServers.map(({ name }) => name));
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

const membersByName = remembered(
  (realServers: readonly RealServerMember[]): ReadonlyMap<string, RealServerMember> =>
    new Map(realServers.map((member) => [member.name, member])),
);
