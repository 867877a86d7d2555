/** Which sites and which of their real servers carry a service, and what share of it each site gets. */
import { compareText } from '../order.ts';
import type { Candidates, SiteCarriers } from './candidates.ts';
import type { SiteFlow, WeightInput } from './input.ts';

/** What was let count so that somebody carries. */
export interface Basis {
  /** Sites share by flow; otherwise by strength, because no flow leads to anybody who may carry. */
  readonly flows: boolean;
  /** Slow start and hold-down count. */
  readonly multipliers: boolean;
  /** Confirmed-unhealthy real servers count, because the service fails open. */
  readonly unhealthy: boolean;
}

export interface SiteShare extends SiteCarriers {
  readonly site: string;
  /** Milli-connections; without flows, the site's strength. Above 0. */
  readonly flow: number;
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

export function sharesOf(input: WeightInput, candidates: Candidates): Shares {
  const flows = flowsBySite(input.flows);
  for (const basis of ladder) {
    if (basis.unhealthy && !input.failOpen) continue;
    const carriers = candidates.carriersBySite(basis.multipliers, basis.unhealthy);
    const sites = basis.flows ? byFlow(carriers, flows) : byStrength(carriers);
    if (sites.length > 0) return { basis, sites };
  }
  return { basis: asDecided, sites: [] };
}

/** Few sites get anything of one site's demand: the others need not be looked at. */
function byFlow(
  carriers: ReadonlyMap<string, SiteCarriers>,
  flows: ReadonlyMap<string, number>,
): SiteShare[] {
  const shares: SiteShare[] = [];
  for (const [site, flow] of flows) {
    const own = carriers.get(site);
    if (flow > 0 && own !== undefined) shares.push(shareOf(site, flow, own));
  }
  return shares.length > 1 ? shares.sort((a, b) => compareText(a.site, b.site)) : shares;
}

function byStrength(carriers: ReadonlyMap<string, SiteCarriers>): SiteShare[] {
  return [...carriers].map(([site, own]) => shareOf(site, own.strength, own));
}

function shareOf(
  site: string,
  flow: number,
  { carriers, strength, largestStrength }: SiteCarriers,
): SiteShare {
  return { site, flow, strength, largestStrength, carriers };
}

function flowsBySite(flows: readonly SiteFlow[]): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const { site, milliConnections } of flows) {
    const flow = Number.isFinite(milliConnections) ? Math.max(0, Math.floor(milliConnections)) : 0;
    sums.set(site, Math.min(Number.MAX_SAFE_INTEGER, (sums.get(site) ?? 0) + flow));
  }
  return sums;
}
