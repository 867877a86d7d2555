/** Which services select a real server, without asking each of them. */
import type { RealServerMember } from '../domain/member.ts';
import type { Service } from '../domain/resource.ts';
import type { World } from '../domain/world.ts';
import type { PlannedRealServer } from './placement-policy.ts';
import { remembered, rememberedBy } from './remembered.ts';
import { plannedRealServers, selects } from './selection.ts';

export type Selecting = (realServer: Pick<RealServerMember, 'labels'>) => readonly Service[];

/** Looks only at services of which the real server carries the first label; a selector without labels selects everybody. */
export const selecting = remembered((services: readonly Service[]): Selecting => {
  const byLabel = new Map<string, Map<string, Service[]>>();
  const unlabelled: Service[] = [];
  for (const service of services) {
    const [first] = Object.entries(service.selector);
    if (first === undefined) {
      unlabelled.push(service);
      continue;
    }
    const [label, value] = first;
    const byValue = byLabel.get(label) ?? new Map<string, Service[]>();
    byLabel.set(label, byValue);
    const known = byValue.get(value);
    if (known === undefined) byValue.set(value, [service]);
    else known.push(service);
  }
  return (realServer) => {
    const found = [...unlabelled];
    for (const [label, byValue] of byLabel) {
      for (const service of byValue.get(realServer.labels[label] ?? '') ?? []) {
        if (selects(service, realServer)) found.push(service);
      }
    }
    return found;
  };
});

/** Of all services of a world and its planned real servers, which every part of a step asks for. */
export const selectedIn = rememberedBy(
  (world: World) => [world.services, plannedRealServers(world)],
  (world) => selectedBy(world.services, plannedRealServers(world)),
);

/** By service, in the order given. */
function selectedBy(
  services: readonly Service[],
  realServers: readonly PlannedRealServer[],
): ReadonlyMap<string, readonly PlannedRealServer[]> {
  const selectingServices = selecting(services);
  const selected = new Map(services.map(({ name }) => [name, [] as PlannedRealServer[]]));
  for (const realServer of realServers) {
    for (const { name } of selectingServices(realServer)) selected.get(name)?.push(realServer);
  }
  return selected;
}
