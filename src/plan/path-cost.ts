/** What the way between two sites costs a connection, in µs, and which site is nearer. */
import type { LatencyEntry } from '../domain/report.ts';
import { compareText } from './order.ts';
import { remembered } from './remembered.ts';

/** A lost packet at connection set-up costs RFC 6298's initial RTO, once each way. */
const initialRtoUs = 1_000_000;

/** p50, plus jitter (p90 − p50), plus what loss costs: 1 % is worth 20 ms. µs. */
export function pathCostUs(path: Pick<LatencyEntry, 'p50Us' | 'p90Us' | 'loss'>): number {
  const jitterUs = Math.max(0, path.p90Us - path.p50Us);
  return Math.round(path.p50Us + jitterUs + 2 * path.loss * initialRtoUs);
}

/** Costs as one site sees them. */
export interface SiteCosts {
  /** µs; undefined for another site to which nobody has measured the way. */
  costUs(site: string): number | undefined;
  /** Nearest first: own site, then by cost (ties by name), then those not measured, by name. */
  compare(a: string, b: string): number;
}

type Costs = ReadonlyMap<string, number>;

const noCosts: Costs = new Map();

/** By from, then by to: many services ask for the costs of one site. */
const costsBySite = remembered((latency: readonly LatencyEntry[]): ReadonlyMap<string, Costs> => {
  const sites = new Map<string, Map<string, number>>();
  for (const entry of latency) {
    const costs = sites.get(entry.from) ?? new Map<string, number>();
    sites.set(entry.from, costs.set(entry.to, pathCostUs(entry)));
  }
  return sites;
});

export function siteCosts(fromSite: string, latency: readonly LatencyEntry[]): SiteCosts {
  const costs = costsBySite(latency).get(fromSite) ?? noCosts;
  // A site is as near to itself as it gets, also before anything is measured.
  const rank = (site: string) => (site === fromSite ? -1 : (costs.get(site) ?? Number.MAX_SAFE_INTEGER));
  return {
    costUs: (site) => costs.get(site) ?? (site === fromSite ? 0 : undefined),
    compare: (a, b) => rank(a) - rank(b) || compareText(a, b),
  };
}
