/** How much of what a site's directors may use for a service they can use now. */
import type { DirectorMember } from '../../domain/member.ts';
import type { Service } from '../../domain/resource.ts';
import type { World } from '../../domain/world.ts';
import { wayUnder } from '../forwarding.ts';
import { isEligible, type PlannedRealServer } from '../placement-policy.ts';
import { selectedIn } from '../selecting.ts';
import { claims, directorsBySite, isDirectorDrained, underOrders } from '../selection.ts';

/** Declared capacities, in concurrent connections. */
export interface SiteReach {
  readonly site: string;
  /** Of the real servers that it may use: not drained, with a weight, and with a way there. */
  readonly reachableConnections: number;
  /** Of those, what neither failed nor is cut off from here; what nobody has judged counts. */
  readonly usableConnections: number;
}

export interface ReachInput {
  readonly world: World;
  /** By service: names of the real servers that have surely failed. */
  readonly failed: ReadonlyMap<string, ReadonlySet<string>>;
  /** By site of directors: names of the real servers to which all ways that they know of are down. */
  readonly cutOff: ReadonlyMap<string, ReadonlySet<string>>;
}

interface Usable {
  readonly realServer: PlannedRealServer;
  readonly connections: number;
  readonly isFailed: boolean;
}

const nobody: ReadonlySet<string> = new Set();

/** By service, then by name of the sites whose directors claim it; services that fewer than two sites claim are left out. */
export function siteReaches({
  world,
  failed,
  cutOff,
}: ReachInput): ReadonlyMap<string, readonly SiteReach[]> {
  const sites = directorsBySite(world);
  const cutOffAnywhere = new Set([...cutOff.values()].flatMap((names) => [...names]));
  const selected = selectedIn(world);
  const reaches = new Map<string, readonly SiteReach[]>();
  for (const service of world.services) {
    // A site whose directors are all drained attracts nobody: it is no better place for the others' clients.
    const claiming = sites.filter(
      ([site, directors]) =>
        claims(service, site) && !directors.every((one) => isDirectorDrained(world, one, service.name)),
    );
    if (claiming.length < 2) continue;
    const failing = failed.get(service.name) ?? nobody;
    const usable = (selected.get(service.name) ?? []).flatMap((one): Usable[] => {
      const realServer = underOrders(world, service, one);
      if (!isEligible(realServer)) return [];
      return [{ realServer, connections: capacityOf(one), isFailed: failing.has(one.name) }];
    });
    const reachFrom = reachOf(service, usable, cutOffAnywhere);
    reaches.set(
      service.name,
      claiming.map(([site, members]) => reachFrom(site, members, cutOff.get(site) ?? nobody)),
    );
  }
  return reaches;
}

/** A tunnel leads everywhere: then only what is cut off from somewhere has to be looked at for each site. */
function reachOf(service: Service, all: readonly Usable[], cutOffAnywhere: ReadonlySet<string>) {
  const isTunnelled = service.forwarding === 'auto' || service.forwarding === 'tunnel';
  const reachable = isTunnelled ? sum(all) : 0;
  const alive = isTunnelled ? sum(all.filter(({ isFailed }) => !isFailed)) : 0;
  const doubtful = all.filter(({ realServer }) => cutOffAnywhere.has(realServer.name));
  const bySite = Map.groupBy(isTunnelled ? [] : all, ({ realServer }) => realServer.site);
  return (site: string, directors: readonly DirectorMember[], cutOff: ReadonlySet<string>): SiteReach => {
    const isLost = ({ realServer, isFailed }: Usable) => !isFailed && cutOff.has(realServer.name);
    if (isTunnelled) {
      const usableConnections = alive - sum(doubtful.filter(isLost));
      return { site, reachableConnections: reachable, usableConnections };
    }
    const mine = (bySite.get(site) ?? []).filter(({ realServer }) =>
      directors.some((director) => wayUnder(service.forwarding, director, realServer) !== undefined),
    );
    const usable = mine.filter((one) => !one.isFailed && !isLost(one));
    return { site, reachableConnections: sum(mine), usableConnections: sum(usable) };
  };
}

function sum(servers: readonly Usable[]): number {
  return servers.reduce((total, { connections }) => total + connections, 0);
}

/** Whole, so that sums do not depend on their order. A capacity that nobody declared counts as 1: missing is never zero. */
function capacityOf({ capacity }: PlannedRealServer): number {
  return Number.isFinite(capacity) ? Math.max(1, Math.floor(capacity)) : 1;
}
