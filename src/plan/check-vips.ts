/** What is wrong with a service's VIPs: they are somebody else's. */
import { canonicalAddress } from '../domain/address.ts';
import type { Member } from '../domain/member.ts';
import { type Problem, resourceId, type Service } from '../domain/resource.ts';
import { roles } from '../domain/role.ts';
import { portText } from '../domain/snapshot.ts';
import type { World } from '../domain/world.ts';
import { alternatives, problemOf } from './problem.ts';

/**
 * `changed` tells which of two services in conflict is blamed: the changed one, the later by name if both are. What makes an
 * address a VIP at all, `domain/vip.ts` says, and the schema has asked it.
 */
export function checkVips(world: World, service: Service, changed: ReadonlySet<string>): Problem[] {
  const others = world.services.filter(
    (other) => other.name !== service.name && !(changed.has(resourceId(other)) && other.name > service.name),
  );
  return service.vips.flatMap((vip, index) => {
    const path = `spec.vips[${index}]`;
    return [
      ...holdersOf(world, vip).map((holder) =>
        problemOf(service, path, vip, `an address of its own; this one is ${holder}`),
      ),
      ...others.flatMap((other) => checkOther(service, path, vip, other)),
    ];
  });
}

/** Whose the address is, in words: to claim it would cut that host off. */
function holdersOf({ directors, realServers, ownAddresses = [] }: World, vip: string): string[] {
  const members = [...directors, ...realServers];
  const is = (address: string): boolean => canonicalAddress(address) === vip;
  const underlay = members
    .filter(({ address }) => is(address))
    .map((member) => `the underlay address of ${roleAndName(member)}`);
  // Of many that have it, one is enough to find it.
  const behind = members.find(({ gateways = [] }) => gateways.some(is));
  return [
    ...underlay,
    ...(behind === undefined ? [] : [`the gateway of ${roleAndName(behind)}`]),
    ...(ownAddresses.some(is) ? ["an address of the coordinator's own host"] : []),
  ];
}

function roleAndName({ role, name }: Pick<Member, 'role' | 'name'>): string {
  return `${roles[role].title} ${name}`;
}

/** Services may share a VIP on different ports, but then the same directors must claim it. */
function checkOther(service: Service, path: string, vip: string, other: Service): Problem[] {
  if (!other.vips.some((address) => canonicalAddress(address) === vip)) return [];
  const taken = service.ports.find((port) =>
    other.ports.some(({ protocol, port: number }) => protocol === port.protocol && number === port.port),
  );
  if (taken !== undefined) {
    const found = `${vip} ${portText({ ...taken, targetPort: taken.port })}`;
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
