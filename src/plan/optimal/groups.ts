/** Which services share real servers, so that they are one problem: what one sends somewhere leaves less for the others. */
import type { Service } from '../../domain/resource.ts';
import { atOnce, type Steps } from '../../domain/steps.ts';
import type { World } from '../../domain/world.ts';
import { byName, compareText } from '../order.ts';
import type { PlannedRealServer } from '../placement-policy.ts';
import { remembered, rememberedStepsBy } from '../remembered.ts';
import { selecting } from '../selecting.ts';
import { plannedRealServers } from '../selection.ts';

const serversAStep = 1_000;

export interface ServiceGroup {
  /** By name. */
  readonly services: readonly Service[];
  /** By name; each is selected by one of the services at least. */
  readonly realServers: readonly PlannedRealServer[];
}

/** Of the services of policy `optimal` alone. The same from step to step for as long as neither services nor real servers change. */
export function groupsIn(world: World): readonly ServiceGroup[] {
  return atOnce(groupSteps(world));
}

/** The same, yielding between real servers. */
export const groupSteps = rememberedStepsBy(
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
function* serviceGroups(
  services: readonly Service[],
  realServers: readonly PlannedRealServer[],
): Steps<readonly ServiceGroup[]> {
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
  const selected: { realServer: PlannedRealServer; services: readonly string[] }[] = [];
  for (const [index, realServer] of realServers.entries()) {
    if (index % serversAStep === 0) yield;
    selected.push({ realServer, services: selectingServices(realServer).map(({ name }) => name) });
  }
  for (const [index, { services: names }] of selected.entries()) {
    if (index % serversAStep === 0) yield;
    const [first, ...others] = names;
    for (const other of others) {
      const [low = '', high = ''] = [root(first ?? ''), root(other)].toSorted(compareText);
      parent.set(high, low);
    }
  }
  yield;
  const members = Map.groupBy(byName(services), ({ name }) => root(name));
  const servers = Map.groupBy(
    selected.filter(({ services: names }) => names.length > 0),
    ({ services: names }) => root(names[0] ?? ''),
  );
  const groups: ServiceGroup[] = [];
  for (const [name, group] of members) {
    yield;
    const own = (servers.get(name) ?? []).map(({ realServer }) => realServer);
    groups.push({ services: group, realServers: byName(own) });
  }
  return groups;
}
