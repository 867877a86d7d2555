/** Snapshots made plainly, each agent's from everything there is: what the ones that share must equal. */
import type { Forwarding } from '../../src/domain/ipvs-table.ts';
import type { DirectorMember, RealServerMember } from '../../src/domain/member.ts';
import { defaultDrainSeconds, type Service } from '../../src/domain/resource.ts';
import type { SnapshotRealServer } from '../../src/domain/snapshot.ts';
import type { World } from '../../src/domain/world.ts';
import { wayBetween, wayUnder } from '../../src/plan/forwarding.ts';
import { byName, compareBySiteAndName, compareText } from '../../src/plan/order.ts';
import { place } from '../../src/plan/placement.ts';
import { isEligible } from '../../src/plan/placement-policy.ts';
import {
  claimedServices,
  plannedRealServers,
  selects,
  siteOf,
  underOrders,
} from '../../src/plan/selection.ts';
import type { DirectorContent, RealServerContent } from '../../src/plan/snapshots.ts';

/** A director gets the services that its site claims, each with the real servers it can reach; none in an undeclared site. */
export function plainDirector(world: World, director: DirectorMember): DirectorContent {
  const claimed = siteOf(world, director) === undefined ? [] : claimedServices(world, director.site);
  const candidates = plannedRealServers(world).toSorted(compareBySiteAndName);
  const reached = new Map<string, SnapshotRealServer>();
  for (const realServer of candidates) {
    const site = siteOf(world, realServer);
    const services = claimed.filter((service) => selects(service, realServer));
    const forwarding = wayBetween(director, realServer, services);
    if (site === undefined || forwarding === undefined) continue;
    const { name, address, probeSlot } = realServer;
    reached.set(name, { name, site: site.name, address, probeSlot, forwarding, tunnel: site.tunnel });
  }
  const services = claimed.map((service) => {
    const { name, vips, ports, scheduler, persistenceSeconds } = service;
    const realServers = candidates
      .filter(
        (realServer) =>
          reached.has(realServer.name) &&
          selects(service, realServer) &&
          wayUnder(service.forwarding, director, realServer) !== undefined,
      )
      .map((realServer) => underOrders(world, service, realServer));
    const placed = place({
      service,
      fromSite: director.site,
      realServers,
      latency: world.latency,
      planned: world.plannedWeights.get(name)?.get(director.site),
    });
    const drained = new Set(realServers.filter((one) => !isEligible(one)).map((one) => one.name));
    const destinations = placed.map((one) => ({ ...one, drained: drained.has(one.realServer) }));
    return {
      name,
      vips,
      ports,
      scheduler,
      persistenceSeconds,
      drainSeconds: drainSecondsOf(service, drained.size),
      withdrawn: world.withdrawals.get(name)?.has(director.site) === true,
      destinations,
    };
  });
  return { kind: 'director', ...shared(world), services, realServers: [...reached.values()] };
}

/** Where nothing is drained the setting is left out, and directors that do not know it yet have nothing to stumble on. */
function drainSecondsOf({ drainSeconds = defaultDrainSeconds }: Service, drained: number): number {
  return drained === 0 ? 0 : drainSeconds;
}

/** A real server gets the services that select it, and every director that may send to it; none in an undeclared site. */
export function plainRealServer(world: World, realServer: RealServerMember): RealServerContent {
  const site = siteOf(world, realServer);
  const selecting =
    site === undefined ? [] : byName(world.services.filter((service) => selects(service, realServer)));
  const directors = byName(world.directors).flatMap((director) => {
    const forwarding = wayFrom(world, director, realServer);
    return forwarding === undefined ? [] : [{ name: director.name, address: director.address, forwarding }];
  });
  const services = selecting.map(({ name, vips, ports, health }) => ({ name, vips, ports, health }));
  return { kind: 'realserver', ...shared(world), tunnel: site?.tunnel ?? 'ipip', services, directors };
}

function wayFrom(
  world: World,
  director: DirectorMember,
  realServer: RealServerMember,
): Forwarding | undefined {
  if (siteOf(world, director) === undefined || siteOf(world, realServer) === undefined) return undefined;
  const services = claimedServices(world, director.site).filter((service) => selects(service, realServer));
  return wayBetween(director, realServer, services);
}

function shared(world: World): Pick<DirectorContent, 'deletedServices' | 'probe'> {
  return { deletedServices: world.deletedServices.toSorted(compareText), probe: world.probe };
}
