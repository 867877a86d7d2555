/** Which services share real servers, so that they are one problem: what one sends somewhere leaves less for the others. */
import type { Service } from '../../domain/resource.ts';
import type { World } from '../../domain/world.ts';
import { byName, compareText } from '../order.ts';
import type { PlannedRealServer } from '../placement-policy.ts';
import { remembered, rememberedBy } from '../remembered.ts';
import { selecting } from '../selecting.ts';
import { plannedRealServers } from '../selection.ts';

export interface ServiceGroup {
  /** By name. */
  readonly services: readonly Service[];
  /** By name; each is selected by one of the services at least. */
  readonly realServers: readonly PlannedRealServer[];
}

/** Of the services of policy `optimal` alone. The same from step to step for as long as neither services nor real servers change. */
export const groupsIn = rememberedBy(
  (world: World) => [world.services, plannedRealServers(world)],
  (world) =>
    serviceGroups(
      world.services.filter(({ placement }) => placement === 'optimal'),
      plannedRealServers(world),
    ),
);

/** A group's real servers by their site, in order. */
export const membersBySite = remembered(
  ({ realServers }: ServiceGroup): readonly (readonly [string, readonly PlannedRealServer[]])[] =>
    [...Map.groupBy(realServers, ({ site }) => site)].toSorted(([a], [b]) => compareText(a, b)),
);

/** By the name of their first service. A service that selects nobody stands alone. */
export function serviceGroups(
  services: readonly Service[],
  realServers: readonly PlannedRealServer[],
): readonly ServiceGroup[] {
  const parent = new Map(services.map(({ name }) => [name, name]));
  /** Whoever is passed is put nearer to the root, so that no chain is walked twice (path halving). */
  const root = (name: string): string => {
    let at = name;
    for (let above = parent.get(at) ?? at; above !== at; above = parent.get(at) ?? at) {
      const next = parent.get(above) ?? above;
      parent.set(at, next);
      at = next;
    }
    return at;
  };
  const selectingServices = selecting(services);
  const selected = realServers.map((realServer) => ({
    realServer,
    services: selectingServices(realServer).map(({ name }) => name),
  }));
  for (const { services: names } of selected) {
    const [first, ...others] = names;
    for (const other of others) {
      const [low = '', high = ''] = [root(first ?? ''), root(other)].toSorted(compareText);
      parent.set(high, low);
    }
  }
  const members = Map.groupBy(byName(services), ({ name }) => root(name));
  const servers = Map.groupBy(
    selected.filter(({ services: names }) => names.length > 0),
    ({ services: names }) => root(names[0] ?? ''),
  );
  return [...members].map(([name, group]) => ({
    services: group,
    realServers: byName((servers.get(name) ?? []).map(({ realServer }) => realServer)),
  }));
}
