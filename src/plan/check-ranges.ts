/** Whether a service with ranges of ports, or networks as VIPs, can be carried by the agents that there are, and beside the other services. */
import { isCapable, type Member } from '../domain/member.ts';
import { named } from '../domain/named.ts';
import type { Problem, Service } from '../domain/resource.ts';
import { isRange } from '../domain/service-port.ts';
import { portText } from '../domain/snapshot.ts';
import { isNetwork } from '../domain/vip-network.ts';
import type { World } from '../domain/world.ts';
import { byName } from './order.ts';
import { problemOf } from './problem.ts';
import { remembered } from './remembered.ts';
import { claims, selects } from './selection.ts';
import { addressesOf, networksOf } from './vips.ts';
import { virtualEnds } from './virtual-ends.ts';
import { selectedInWorld } from './world-index.ts';

/** One that comes later, of an older version, is given the rest of the service. */
export function checkRanges(world: World, service: Service): Problem[] {
  const [index, wide] = [service.ports.findIndex(isRange), service.vips.findIndex(isNetwork)];
  const [range, network] = [service.ports[index], service.vips[wide]];
  if (range === undefined && network === undefined) return [];
  const directors = world.directors.filter(({ site }) => claims(service, site));
  const old = [...byName(directors), ...selectedInWorld(world)(service.name)].filter(
    (one) => !isCapable(one, 'port-ranges'),
  );
  const than = range === undefined ? 'addresses' : 'single ports';
  const expected = `${than}, or newer programs: upgrade ${named(old.map(({ name }) => name))}, which know no ${range === undefined ? 'networks' : 'ranges'}`;
  const path = range === undefined ? `spec.vips[${wide}]` : `spec.ports[${index}]`;
  const found = range === undefined ? (network ?? '') : portText(range);
  return [
    ...(old.length === 0 ? [] : [problemOf(service, path, found, expected)]),
    ...checkMarks(world, service),
  ];
}

const wideServices = remembered((services: World['services']): readonly Service[] =>
  services.filter(({ ports, vips }) => ports.some(isRange) || vips.some(isNetwork)),
);

/** Why an agent that came after the apply, of an older version, lacks something; undefined: it lacks nothing. */
export function lackOfRanges({ services }: Pick<World, 'services'>, member: Member): string | undefined {
  if (isCapable(member, 'port-ranges')) return undefined;
  const lost = wideServices(services).filter((service) =>
    member.role === 'director' ? claims(service, member.site) : selects(service, member),
  );
  if (lost.length === 0) return undefined;
  const names = named(lost.map(({ name }) => name));
  return `its version knows no ranges of ports and no VIPs that are networks, and has the rest of ${names} alone: upgrade it`;
}

/** By family and mark: services that have it. */
const marksOf = remembered((services: World['services']): ReadonlyMap<string, ReadonlySet<string>> => {
  const found = new Map<string, Set<string>>();
  for (const service of wideServices(services)) {
    for (const key of markKeys(service)) {
      const known = found.get(key);
      if (known === undefined) found.set(key, new Set([service.name]));
      else known.add(service.name);
    }
  }
  return found;
});

function markKeys({ name, vips, ports }: Service): string[] {
  const ends = { name, vips: addressesOf(vips), ports, ...networksOf(vips) };
  return virtualEnds(ends).flatMap(({ key }) => (key.kind === 'mark' ? [`${key.family} ${key.mark}`] : []));
}

/** Two names with one mark: IPVS could not tell their packets apart. */
function checkMarks({ services }: Pick<World, 'services'>, service: Service): Problem[] {
  const others = new Set(markKeys(service).flatMap((key) => [...(marksOf(services).get(key) ?? [])]));
  others.delete(service.name);
  if (others.size === 0) return [];
  const expected = `another name, or another VIP: of its ranges or networks and those of ${named([...others])} the firewall marks, which follow from names and VIPs, are the same`;
  return [problemOf(service, 'metadata.name', service.name, expected)];
}
