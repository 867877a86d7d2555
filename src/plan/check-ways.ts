/** What is wrong with a service whose stated way leads nowhere: what the kernel does not do, and real servers that nobody reaches so. */
import { familyOf } from '../domain/address.ts';
import type { RealServerMember } from '../domain/member.ts';
import { named } from '../domain/named.ts';
import type { Problem, Service } from '../domain/resource.ts';
import type { World } from '../domain/world.ts';
import { wayUnder } from './forwarding.ts';
import { problemOf } from './problem.ts';
import { claims } from './selection.ts';
import { selectedInWorld } from './world-index.ts';

export function checkWays(world: World, service: Service): Problem[] {
  if (service.forwarding !== 'direct' && service.forwarding !== 'masquerade') return [];
  const selected = selectedInWorld(world)(service.name);
  return [...untranslated(service, selected), ...unreached(world, service, selected)];
}

/** ip_vs_ctl.c: one family over the other goes in tunnels alone. Real servers of both families serve each its own VIPs. */
function untranslated(service: Service, selected: readonly RealServerMember[]): Problem[] {
  if (service.forwarding !== 'masquerade' || selected.length === 0) return [];
  const families = new Set(selected.map(({ address }) => familyOf(address)));
  return service.vips.flatMap((vip, index) => {
    if (families.has(familyOf(vip))) return [];
    const servers = named(selected.map(({ name, address }) => `${name} (${address})`));
    const expected = `a VIP of the family of its real servers, or forwarding tunnel: the kernel translates no address of one family into one of the other, and there are ${servers}`;
    return [problemOf(service, `spec.vips[${index}]`, vip, expected)];
  });
}

/** Directors may still come. */
function unreached(world: World, service: Service, selected: readonly RealServerMember[]): Problem[] {
  const directors = world.directors.filter(({ site }) => claims(service, site));
  if (directors.length === 0) return [];
  const bySite = Map.groupBy(directors, ({ site }) => site);
  const lost = selected.filter((server) =>
    (bySite.get(server.site) ?? []).every(
      (director) => wayUnder(service.forwarding, director, server) === undefined,
    ),
  );
  if (lost.length === 0) return [];
  const where = service.forwarding === 'direct' ? 'on one link with a director' : 'in the site of a director';
  const names = named(lost.map(({ name }) => name));
  const expected = `real servers ${where} of the service, or forwarding auto or tunnel: ${names} ${lost.length === 1 ? 'gets' : 'get'} nothing`;
  return [{ ...problemOf(service, 'spec.forwarding', service.forwarding, expected), mayCome: true }];
}
