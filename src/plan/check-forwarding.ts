/** What is wrong with the ways that services state which share real servers. */
import { type ForwardingPolicy, type Problem, resourceId, type Service } from '../domain/resource.ts';
import type { World } from '../domain/world.ts';
import { problemOf } from './problem.ts';
import { remembered } from './remembered.ts';
import { selecting } from './selecting.ts';
import { selectedInWorld } from './world-index.ts';

/**
 * One director reaches one real server in one way, so services that share real servers may not state different ones. Of many that
 * contradict a service at one real server one for each way is named: each is one to blame, and all would be as many as pairs.
 */
export function checkForwarding(world: World, service: Service, changed: ReadonlySet<string>): Problem[] {
  if (service.forwarding === 'auto') return [];
  const statedAt = statedIn(world);
  if (statedAt === undefined) return [];
  const contradicting = new Map<string, { readonly other: Service; readonly at: string }>();
  for (const realServer of selectedInWorld(world)(service.name)) {
    for (const [forwarding, others] of statedAt(realServer)) {
      if (forwarding === service.forwarding) continue;
      // By name: the first that stays as it is, else the first; one of a later name is blamed itself.
      const other = others.find((one) => !changed.has(resourceId(one))) ?? others[0];
      if (other === undefined || (changed.has(resourceId(other)) && other.name > service.name)) continue;
      if (!contradicting.has(other.name)) contradicting.set(other.name, { other, at: realServer.name });
    }
  }
  return [...contradicting.values()].map(({ other, at }) => {
    const expected = `${other.forwarding}, as ${resourceId(other)} says for the same real server ${at}`;
    return problemOf(service, 'spec.forwarding', service.forwarding, expected);
  });
}

type Stated = ReadonlyMap<ForwardingPolicy, readonly Service[]>;

/** Of a real server: the services that state a way, by that way, by name. Undefined where all state the same. */
const statedIn = remembered(({ services }: World) => {
  const stating = services.filter(({ forwarding }) => forwarding !== 'auto');
  if (new Set(stating.map(({ forwarding }) => forwarding)).size < 2) return undefined;
  const selectingServices = selecting(stating.toSorted((a, b) => (a.name < b.name ? -1 : 1)));
  /** Real servers with the same labels are selected alike. */
  const known = new Map<string, Stated>();
  return (realServer: Parameters<typeof selectingServices>[0]): Stated => {
    const key = JSON.stringify(realServer.labels);
    const stated = known.get(key) ?? statedOf(selectingServices(realServer));
    known.set(key, stated);
    return stated;
  };
});

/** Sorted anew: by label is not by name. */
function statedOf(services: readonly Service[]): Stated {
  return Map.groupBy(
    services.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    ({ forwarding }) => forwarding,
  );
}
