/** How many connections sites carry beside what is planned there. */
import type { ServiceFlows } from '../../domain/flows.ts';
import type { Service } from '../../domain/resource.ts';
import type { PlannedRealServer } from '../placement-policy.ts';
import { selecting } from '../selecting.ts';
import type { ServiceGroup } from './groups.ts';
import type { ObservedActive } from './observation.ts';

/** Thousandths of a connection; `members` are the group's real servers at that site. */
export type CarryOver = (group: ServiceGroup, site: string, members: readonly PlannedRealServer[]) => number;

interface CarryOverParts {
  /** Of every policy. */
  readonly services: readonly Service[];
  readonly active: readonly ObservedActive[];
  /** In force now, by service. */
  readonly before: ReadonlyMap<string, ServiceFlows>;
}

/**
 * On ways that the plan has left, and of services that share a site's real servers without being planned here. On a way that is
 * still in use nobody can tell which ones the plan no longer wants.
 */
export function carryOver({ services, active, before }: CarryOverParts): CarryOver {
  if (active.length === 0) return () => 0;
  const activeAt = bySiteAndService(active);
  const selectingServices = selecting(services);
  const used = new Map<string, ReadonlySet<string> | undefined>();
  const usedBy = (service: string): ReadonlySet<string> | undefined => {
    if (!used.has(service)) used.set(service, usedWays(before.get(service)));
    return used.get(service);
  };
  return (group, site, members) => {
    const atSite = activeAt.get(site);
    if (atSite === undefined) return 0;
    const planned = new Set(group.services.map(({ name }) => name));
    const selected = members.flatMap((member) => selectingServices(member).map(({ name }) => name));
    const sharing = new Set(selected.filter((name) => !planned.has(name)));
    const counts = [...planned, ...sharing].flatMap((service) => {
      const flows = usedBy(service);
      const isLeft = ({ from, to }: ObservedActive) => flows !== undefined && !flows.has(`${from} ${to}`);
      return (atSite.get(service) ?? []).filter(({ one }) => sharing.has(service) || isLeft(one));
    });
    // In the order they were given: a sum of what is no whole number depends on it.
    counts.sort((a, b) => a.index - b.index);
    return Math.round(1_000 * counts.reduce((sum, { one }) => sum + one.connections, 0));
  };
}

interface Indexed {
  readonly one: ObservedActive;
  readonly index: number;
}

function bySiteAndService(
  active: readonly ObservedActive[],
): ReadonlyMap<string, ReadonlyMap<string, readonly Indexed[]>> {
  const sites = new Map<string, Map<string, Indexed[]>>();
  for (const [index, one] of active.entries()) {
    const services = sites.get(one.to) ?? new Map<string, Indexed[]>();
    sites.set(one.to, services);
    const known = services.get(one.service);
    if (known === undefined) services.set(one.service, [{ one, index }]);
    else known.push({ one, index });
  }
  return sites;
}

function usedWays(flows: ServiceFlows | undefined): ReadonlySet<string> | undefined {
  if (flows === undefined) return undefined;
  return new Set(flows.flows.filter(({ milli }) => milli > 0).map(({ from, to }) => `${from} ${to}`));
}
