/** How many connections sites carry beside what is planned there. */
import type { ServiceFlows } from '../../domain/flows.ts';
import type { Service } from '../../domain/resource.ts';
import { carryOverConnections } from '../estimate/carry-over.ts';
import type { PlannedRealServer } from '../placement-policy.ts';
import { selecting } from '../selecting.ts';
import type { ServiceGroup } from './groups.ts';
import type { ObservedActive, ObservedDemand } from './observation.ts';

/** Thousandths of a connection; `members` are the group's real servers at that site. */
export type CarryOver = (group: ServiceGroup, site: string, members: readonly PlannedRealServer[]) => number;

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
  const selectingServices = selecting(services);
  const planned = new Map<string, ReadonlyMap<string, number>>();
  const plannedAt = (service: string, site: string): number => {
    const known = planned.get(service) ?? milliAtDemand(before.get(service), demands.get(service));
    planned.set(service, known);
    return known.get(site) ?? 0;
  };
  return (group, site, members) => {
    const atSite = activeAt.get(site);
    if (atSite === undefined) return 0;
    const own = new Set(group.services.map(({ name }) => name));
    const selected = members.flatMap((member) => selectingServices(member).map(({ name }) => name));
    const sharing = new Set(selected.filter((name) => !own.has(name)));
    const flowing = [...own].filter((name) => before.has(name));
    const sumOf = (names: Iterable<string>, milliOf: (name: string) => number): number =>
      [...names].reduce((sum, name) => sum + milliOf(name), 0);
    const activeMilli = (name: string): number => atSite.get(name) ?? 0;
    const plannedMilli = sumOf(flowing, (name) => plannedAt(name, site));
    const stayed = carryOverConnections(sumOf(flowing, activeMilli) / 1_000, plannedMilli);
    return sumOf(sharing, activeMilli) + Math.round(1_000 * stayed);
  };
}

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
