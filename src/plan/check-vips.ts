/** What is wrong with a service's VIPs: they are somebody else's. */
import type { Member } from '../domain/member.ts';
import { type Problem, resourceId, type Service } from '../domain/resource.ts';
import { roles } from '../domain/role.ts';
import { isRange, overlap, spanText } from '../domain/service-port.ts';
import { isNetwork, placesSharing, shareAddress } from '../domain/vip-network.ts';
import type { World } from '../domain/world.ts';
import { alternatives, problemOf } from './problem.ts';
import { remembered } from './remembered.ts';
import { membersAt, membersBehind, servicesWithVip } from './world-index.ts';

/**
 * `changed` tells which of two services in conflict is blamed: the changed one, the later by name if both are. What makes an
 * address a VIP at all, `domain/vip.ts` says, and the schema has asked it.
 */
export function checkVips(world: World, service: Service, changed: ReadonlySet<string>): Problem[] {
  const isBlamedItself = (other: Service): boolean =>
    other.name === service.name || (changed.has(resourceId(other)) && other.name > service.name);
  return service.vips.flatMap((vip, index) => {
    const path = `spec.vips[${index}]`;
    return [
      ...holdersOf(world, vip).map((holder) =>
        problemOf(service, path, vip, `an address of its own; this one is ${holder}`),
      ),
      ...servicesWithVip(world)(vip).flatMap((other) =>
        isBlamedItself(other) ? [] : checkOther(service, path, vip, other),
      ),
      ...networkTroubles(world, service, path, vip, isBlamedItself),
    ];
  });
}

/** Whose the address is, in words: to claim it would cut that host off. */
function holdersOf(world: World, vip: string): string[] {
  const underlay = membersAt(world)(vip).map((member) => `the underlay address of ${roleAndName(member)}`);
  // Of many that have it, one is enough to find it.
  const [behind] = membersBehind(world)(vip);
  const isOwn = world.ownAddresses?.includes(vip) === true;
  return [
    ...underlay,
    ...(behind === undefined ? [] : [`the gateway of ${roleAndName(behind)}`]),
    ...(isOwn ? ["an address of the coordinator's own host"] : []),
  ];
}

function roleAndName({ role, name }: Pick<Member, 'role' | 'name'>): string {
  return `${roles[role].title} ${name}`;
}

const portsOf = remembered(({ ports }: Service) => ({
  single: new Set(ports.map(({ protocol, port }) => `${protocol} ${port}`)),
  ranges: ports.filter(isRange),
}));

interface OwnedVip {
  readonly service: Service;
  readonly vip: string;
}

const ownedVips = (services: World['services']) =>
  services.flatMap((service) => service.vips.map((vip) => [vip, { service, vip }] as const));
const vipsSharing = remembered((services: World['services']) => placesSharing<OwnedVip>(ownedVips(services)));
/** Most VIPs are addresses, and few services have networks. */
const networksSharing = remembered((services: World['services']) =>
  placesSharing<OwnedVip>(ownedVips(services).filter(([vip]) => isNetwork(vip))),
);
const membersSharing = remembered((members: readonly Member[]) =>
  placesSharing(members.map((member) => [member.address, member] as const)),
);
const behindSharing = remembered((members: readonly Member[]) =>
  placesSharing(
    members.flatMap((member) => (member.gateways ?? []).map((gateway) => [gateway, member] as const)),
  ),
);

/** A network is a service's alone, and nobody's of those who take part. */
function networkTroubles(
  world: World,
  service: Service,
  path: string,
  vip: string,
  isBlamedItself: (other: Service) => boolean,
): Problem[] {
  const told = (expected: string) => [problemOf(service, path, vip, expected)];
  const sharing = (isNetwork(vip) ? vipsSharing : networksSharing)(world.services)(vip);
  const meeting = sharing.find(({ service: other }) => !isBlamedItself(other))?.service;
  if (meeting !== undefined)
    return told(
      `addresses that no other service has, for a network is one service's; ${resourceId(meeting)} has some of them`,
    );
  if (!isNetwork(vip)) return [];
  const { directors, realServers } = world;
  const [member] = [...membersSharing(directors)(vip), ...membersSharing(realServers)(vip)];
  if (member !== undefined)
    return told(`addresses of its own; ${member.address} is the underlay address of ${roleAndName(member)}`);
  const [behind] = [...behindSharing(directors)(vip), ...behindSharing(realServers)(vip)];
  if (behind !== undefined) return told(`addresses of its own; one is the gateway of ${roleAndName(behind)}`);
  const isOwn = world.ownAddresses?.some((one) => shareAddress(vip, one)) === true;
  return isOwn ? told("addresses of its own; one is an address of the coordinator's own host") : [];
}

/** `other` has the VIP too. Services may share a VIP on different ports, but then the same directors must claim it. */
function checkOther(service: Service, path: string, vip: string, other: Service): Problem[] {
  const { single, ranges } = portsOf(other);
  const taken = service.ports.find(
    (one) =>
      single.has(`${one.protocol} ${one.port}`) ||
      ranges.some((range) => overlap(range, one)) ||
      (isRange(one) && other.ports.some((theirs) => overlap(theirs, one))),
  );
  if (taken !== undefined) {
    const found = `${vip} ${spanText(taken)}`;
    return [
      problemOf(
        service,
        path,
        found,
        `an address and port that no other service has; ${resourceId(other)} does`,
      ),
    ];
  }
  const sites = (of: Service) => alternatives(of.sites, 'all');
  if (sites(service) === sites(other)) return [];
  const expected = `the sites of ${resourceId(other)}, which has the same VIP (${sites(other)})`;
  return [problemOf(service, path, `${vip} in sites ${sites(service)}`, expected)];
}
