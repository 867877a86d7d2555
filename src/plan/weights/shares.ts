/** Which sites and which of their real servers carry a service, and what share of it each site gets. */
import type { SiteFlow, WeighedRealServer, WeightInput } from './input.ts';
import { type Carrier, carrierOf } from './strength.ts';

/** What was let count so that somebody carries. */
export interface Basis {
  /** Sites share by flow; otherwise by strength, because no flow leads to anybody who may carry. */
  readonly flows: boolean;
  /** Slow start and hold-down count. */
  readonly multipliers: boolean;
  /** Confirmed-unhealthy real servers count, because the service fails open. */
  readonly unhealthy: boolean;
}

export interface SiteShare {
  readonly site: string;
  /** Milli-connections; without flows, the site's strength. Above 0. */
  readonly flow: number;
  /** Sum over the carriers. */
  readonly strength: number;
  readonly largestStrength: number;
  /** By name; at least one. */
  readonly carriers: readonly Carrier[];
}

export interface Shares {
  readonly basis: Basis;
  /** By name; none where nobody may carry. */
  readonly sites: readonly SiteShare[];
}

const asDecided: Basis = { flows: true, multipliers: true, unhealthy: false };

/** The first that finds a carrier holds: a service with a healthy real server is never left without a weight. */
const ladder: readonly Basis[] = [
  asDecided,
  { flows: true, multipliers: false, unhealthy: false },
  { flows: false, multipliers: true, unhealthy: false },
  { flows: false, multipliers: false, unhealthy: false },
  { flows: true, multipliers: false, unhealthy: true },
  { flows: false, multipliers: false, unhealthy: true },
];

/** `realServers`: those of the input, by site and name. */
export function sharesOf(input: WeightInput, realServers: readonly WeighedRealServer[]): Shares {
  const flows = flowsBySite(input.flows);
  for (const basis of ladder) {
    if (basis.unhealthy && !input.failOpen) continue;
    const sites = sitesOn(basis, realServers, flows);
    if (sites.length > 0) return { basis, sites };
  }
  return { basis: asDecided, sites: [] };
}

function sitesOn(
  basis: Basis,
  realServers: readonly WeighedRealServer[],
  flows: ReadonlyMap<string, number>,
): SiteShare[] {
  const sites = new Map<string, Carrier[]>();
  for (const server of realServers) {
    // Few sites get anything of one site's demand: whose site gets nothing need not be looked at.
    if (basis.flows && !((flows.get(server.site) ?? 0) > 0)) continue;
    if (!isAllowed(server, basis)) continue;
    const carrier = carrierOf(server, basis.multipliers);
    if (carrier === undefined) continue;
    const known = sites.get(server.site);
    if (known === undefined) sites.set(server.site, [carrier]);
    else known.push(carrier);
  }
  return [...sites].map(([site, members]) =>
    siteShare(site, members, basis.flows ? flows.get(site) : undefined),
  );
}

function isAllowed(server: WeighedRealServer, basis: Basis): boolean {
  if (server.isDrained || !server.isEligible) return false;
  return basis.unhealthy || server.health !== 'unhealthy';
}

function siteShare(site: string, carriers: readonly Carrier[], flow: number | undefined): SiteShare {
  const strength = carriers.reduce((sum, carrier) => sum + carrier.strength, 0);
  const largestStrength = carriers.reduce((largest, carrier) => Math.max(largest, carrier.strength), 0);
  return { site, flow: flow ?? strength, strength, largestStrength, carriers };
}

function flowsBySite(flows: readonly SiteFlow[]): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const { site, milliConnections } of flows) {
    const flow = Number.isFinite(milliConnections) ? Math.max(0, Math.floor(milliConnections)) : 0;
    sums.set(site, Math.min(Number.MAX_SAFE_INTEGER, (sums.get(site) ?? 0) + flow));
  }
  return sums;
}
