/** How many connections sites carry beside what is planned there. */
import type { ServiceFlows } from '../../domain/flows.ts';
import type { Service } from '../../domain/resource.ts';
import { carryOverConnections } from '../estimate/carry-over.ts';
import { rememberedBy } from '../remembered.ts';
import { selecting } from '../selecting.ts';
import type { ServiceGroup } from './groups.ts';
import type { ObservedActive, ObservedDemand } from './observation.ts';

/** Thousandths of a connection, of a group at a site. */
export type CarryOver = (group: ServiceGroup) => (site: string) => number;

/** By service, then by site. */
export type ObservedDemands = ReadonlyMap<string, ReadonlyMap<string, ObservedDemand>>;

interface CarryOverParts {
  /** Of every policy. */
  readonly services: readonly Service[];
  readonly active: readonly ObservedActive[];
  readonly demands: ObservedDemands;
  /** In force now, by service. */
  readonly before: ReadonlyMap<string, ServiceFlows>;
}

/**
 * Connections of services that share a site's real servers without being planned here, and those that stay from an earlier plan.
 * The latter for all ways together: what one site's directors have too much there makes up for what others have too little.
 * Counted on ways that the plan has left alone, they left the sites of the simulated WAN overloaded three times as long.
 */
export function carryOver({ services, active, demands, before }: CarryOverParts): CarryOver {
  const activeAt = milliBySiteAndService(active);
  const planned = new Map<string, ReadonlyMap<string, number>>();
  const plannedAt = (service: string, site: string): number => {
    const known = planned.get(service) ?? milliAtDemand(before.get(service), demands.get(service));
    planned.set(service, known);
    return known.get(site) ?? 0;
  };
  return (group) => {
    const sharing = sharingAt({ group, services });
    const flowing = group.services.map(({ name }) => name).filter((name) => before.has(name));
    return (site) => {
      const atSite = activeAt.get(site);
      if (atSite === undefined) return 0;
      let [activeMilli, plannedMilli, othersMilli] = [0, 0, 0];
      for (const name of flowing) {
        activeMilli += atSite.get(name) ?? 0;
        plannedMilli += plannedAt(name, site);
      }
      for (const name of sharing.get(site) ?? nobody) othersMilli += atSite.get(name) ?? 0;
      const stayed = carryOverConnections(activeMilli / 1_000, plannedMilli);
      return othersMilli + Math.round(1_000 * stayed);
    };
  };
}

const nobody: ReadonlySet<string> = new Set();

/** By site: names of the services that are none of the group's, and have real servers of it. */
const sharingAt = rememberedBy(
  ({ group, services }: { readonly group: ServiceGroup; readonly services: readonly Service[] }) => [
    group,
    services,
  ],
  ({ group, services }): ReadonlyMap<string, ReadonlySet<string>> => {
    const own = new Set(group.services.map(({ name }) => name));
    const selectingServices = selecting(services);
    const found = new Map<string, Set<string>>();
    for (const realServer of group.realServers) {
      for (const { name } of selectingServices(realServer)) {
        if (own.has(name)) continue;
        const names = found.get(realServer.site) ?? new Set<string>();
        found.set(realServer.site, names.add(name));
      }
    }
    return found;
  },
);

/** In whole thousandths, so that a sum does not depend on its order. */
function milliBySiteAndService(
  active: readonly ObservedActive[],
): ReadonlyMap<string, ReadonlyMap<string, number>> {
  const sites = new Map<string, Map<string, number>>();
  for (const { to, service, connections } of active) {
    const services = sites.get(to) ?? new Map<string, number>();
    sites.set(to, services.set(service, (services.get(service) ?? 0) + Math.round(1_000 * connections)));
  }
  return sites;
}

/** What a service's flows bring to each site at today's demand. */
function milliAtDemand(
  flows: ServiceFlows | undefined,
  demands: ReadonlyMap<string, ObservedDemand> | undefined,
): ReadonlyMap<string, number> {
  const totals = new Map<string, number>();
  for (const { from, milli } of flows?.flows ?? []) totals.set(from, (totals.get(from) ?? 0) + milli);
  const sites = new Map<string, number>();
  for (const { from, to, milli } of flows?.flows ?? []) {
    const total = totals.get(from) ?? 0;
    if (total === 0) continue;
    const today = demands?.get(from)?.demand.milliConnections ?? total;
    sites.set(to, (sites.get(to) ?? 0) + Math.round((milli / total) * today));
  }
  return sites;
}
