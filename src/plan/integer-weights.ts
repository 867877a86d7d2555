/** How shares become the whole numbers that a scheduler takes. */
import type { Scheduler } from '../domain/ipvs-table.ts';
import { compareBySiteAndName } from './order.ts';

export interface Share {
  readonly name: string;
  readonly site: string;
  /** Relative; 0 gets weight 0. */
  readonly share: number;
}

/**
 * Weight of the largest share. `wlc` and `sed` compare connections per weight, so they want a fine scale. `mh` keeps 6
 * bits of weight/gcd (ip_vs_mh.c, IP_VS_MH_TAB_BITS / 2), so 63 levels at most; 61 is prime, so that the gcd of weights
 * of which one is 61 can only be 1 or, when all are equal, 61.
 */
const largestWeight: Readonly<Record<Scheduler, number>> = {
  rr: 100,
  wrr: 100,
  sh: 100,
  wlc: 1_000,
  sed: 1_000,
  mh: 61,
};

/** Weights before rounding, by name: the largest share gets the scheduler's largest weight. */
export function idealWeights(shares: readonly Share[], scheduler: Scheduler): ReadonlyMap<string, number> {
  const largest = Math.max(0, ...shares.map(({ share }) => share));
  const scale = (share: number) => (largest === 0 ? 0 : (share / largest) * largestWeight[scheduler]);
  return new Map(shares.map(({ name, share }) => [name, scale(share)]));
}

/**
 * Integer weights, by name. Rounded by largest remainder inside each site, ties by name, so that a site's total is that of
 * its shares; a share above 0 never rounds to 0. For `mh` the gcd of the weights above 0 is always 1: a gcd that came and
 * went would move 30 % of its table.
 */
export function integerWeights(shares: readonly Share[], scheduler: Scheduler): ReadonlyMap<string, number> {
  const ideal = idealWeights(shares, scheduler);
  const sites = Map.groupBy(shares.toSorted(compareBySiteAndName), ({ site }) => site);
  const weights = new Map<string, number>();
  for (const members of sites.values()) {
    for (const [name, weight] of roundSite(members, ideal)) weights.set(name, weight);
  }
  if (scheduler === 'mh') pinGcd(weights);
  return weights;
}

function roundSite(members: readonly Share[], ideal: ReadonlyMap<string, number>): [string, number][] {
  const rounded = members.map(({ name, share }) => {
    const exact = ideal.get(name) ?? 0;
    return { name, share, weight: Math.floor(exact), remainder: exact - Math.floor(exact) };
  });
  const total = Math.round(rounded.reduce((sum, { weight, remainder }) => sum + weight + remainder, 0));
  let left = total - rounded.reduce((sum, { weight }) => sum + weight, 0);
  // Sorting is stable, and `members` stand by name: ties go to the first name.
  for (const entry of rounded.toSorted((a, b) => b.remainder - a.remainder)) {
    if (left <= 0) break;
    entry.weight += 1;
    left -= 1;
  }
  return rounded.map(({ name, share, weight }) => [name, share > 0 ? Math.max(1, weight) : 0]);
}

function pinGcd(weights: Map<string, number>): void {
  const carrying = [...weights].filter(([, weight]) => weight > 0);
  const [first] = carrying;
  if (first === undefined || carrying.some(([, weight]) => weight !== first[1])) return;
  weights.set(first[0], carrying.length === 1 ? 1 : Math.max(1, first[1] - 1));
}
