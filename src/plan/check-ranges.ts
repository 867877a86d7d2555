/** Whether a service with ranges of ports can be carried by the agents that there are, and beside the other services. */
import { familyOf } from '../domain/address.ts';
import { isCapable } from '../domain/member.ts';
import type { Problem, Service } from '../domain/resource.ts';
import { serviceMark } from '../domain/service-mark.ts';
import { isRange, rangedProtocols } from '../domain/service-port.ts';
import { portText } from '../domain/snapshot.ts';
import type { World } from '../domain/world.ts';
import { named } from './named.ts';
import { byName } from './order.ts';
import { problemOf } from './problem.ts';
import { remembered } from './remembered.ts';
import { claims } from './selection.ts';
import { selectedInWorld } from './world-index.ts';

/** One that comes later, of an older version, is given the rest of the service. */
export function checkRanges(world: World, service: Service): Problem[] {
  const index = service.ports.findIndex(isRange);
  const range = service.ports[index];
  if (range === undefined) return [];
  const directors = world.directors.filter(({ site }) => claims(service, site));
  const old = [...byName(directors), ...selectedInWorld(world)(service.name)].filter(
    (one) => !isCapable(one, 'port-ranges'),
  );
  const expected = `single ports, or newer programs: upgrade ${named(old.map(({ name }) => name))}, which know no ranges`;
  const path = `spec.ports[${index}]`;
  return [
    ...(old.length === 0 ? [] : [problemOf(service, path, portText(range), expected)]),
    ...checkMarks(world, service),
  ];
}

/** By family and mark: services that have it. */
const marksOf = remembered((services: World['services']): ReadonlyMap<string, ReadonlySet<string>> => {
  const found = new Map<string, Set<string>>();
  for (const service of services) {
    for (const key of markKeys(service)) {
      const known = found.get(key);
      if (known === undefined) found.set(key, new Set([service.name]));
      else known.add(service.name);
    }
  }
  return found;
});

function markKeys({ name, vips, ports }: Service): string[] {
  const protocols = [...rangedProtocols(ports)];
  return vips.flatMap((vip) =>
    protocols.map((protocol) => `${familyOf(vip)} ${serviceMark(name, vip, protocol)}`),
  );
}

/** Two names with one mark: IPVS could not tell their packets apart. */
function checkMarks({ services }: Pick<World, 'services'>, service: Service): Problem[] {
  const others = new Set(markKeys(service).flatMap((key) => [...(marksOf(services).get(key) ?? [])]));
  others.delete(service.name);
  if (others.size === 0) return [];
  const expected = `another name, or another VIP: of its ranges and those of ${named([...others])} the firewall marks, which follow from names and VIPs, are the same`;
  return [problemOf(service, 'metadata.name', service.name, expected)];
}
