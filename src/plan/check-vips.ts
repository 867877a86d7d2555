/** What is wrong with a service's VIPs: no addresses, given twice, or somebody else's. */
import { canonicalAddress, parseAddress } from '../domain/address.ts';
import { type Problem, resourceId, type Service } from '../domain/resource.ts';
import { roles } from '../domain/role.ts';
import { portText } from '../domain/snapshot.ts';
import type { World } from '../domain/world.ts';
import { alternatives, problemOf } from './problem.ts';
import { remembered } from './remembered.ts';
import { membersAt, servicesWithVip } from './world-index.ts';

/** `changed` tells which of two services in conflict is blamed: the changed one, the later by name if both are. */
export function checkVips(world: World, service: Service, changed: ReadonlySet<string>): Problem[] {
  const isBlamedItself = (other: Service): boolean =>
    other.name === service.name || (changed.has(resourceId(other)) && other.name > service.name);
  if (service.vips.length === 0) {
    return [problemOf(service, 'spec.vips', 'none', 'at least one IPv4 or IPv6 address')];
  }
  const seen = new Set<string>();
  return service.vips.flatMap((vip, index) => {
    const path = `spec.vips[${index}]`;
    const canonical = canonicalAddress(vip);
    if (canonical === undefined) return [problemOf(service, path, vip, 'an IPv4 or IPv6 address')];
    if (!isHostAddress(canonical)) {
      return [
        problemOf(service, path, vip, 'an address that packets from elsewhere can have as their destination'),
      ];
    }
    if (seen.has(canonical)) return [problemOf(service, path, vip, 'each address once')];
    seen.add(canonical);
    return [
      ...checkMembers(world, service, path, canonical),
      ...servicesWithVip(world)(canonical).flatMap((other) =>
        isBlamedItself(other) ? [] : checkOther(service, path, canonical, other),
      ),
    ];
  });
}

/** Not loopback, unspecified, link-local, multicast or broadcast. */
function isHostAddress(address: string): boolean {
  const [first = 0, second = 0] = parseAddress(address) ?? [];
  if (!address.includes(':'))
    return first !== 0 && first !== 127 && first < 224 && !(first === 169 && second === 254);
  const isLinkLocal = first === 0xfe && (second & 0xc0) === 0x80;
  return first !== 0xff && !isLinkLocal && address !== '::' && address !== '::1';
}

function checkMembers(world: World, service: Service, path: string, vip: string): Problem[] {
  return membersAt(world)(vip).map(({ role, name }) => {
    return problemOf(
      service,
      path,
      vip,
      `an address of its own; this one is the underlay address of ${roles[role].title} ${name}`,
    );
  });
}

const portsOf = remembered(
  ({ ports }: Service): ReadonlySet<string> =>
    new Set(ports.map(({ protocol, port }) => `${protocol} ${port}`)),
);

/** `other` has the VIP too. Services may share a VIP on different ports, but then the same directors must claim it. */
function checkOther(service: Service, path: string, vip: string, other: Service): Problem[] {
  const theirs = portsOf(other);
  const taken = service.ports.find(({ protocol, port }) => theirs.has(`${protocol} ${port}`));
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
