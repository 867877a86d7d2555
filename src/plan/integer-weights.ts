/** How shares become the whole numbers that a scheduler takes. */
import { type Scheduler, schedulerFacts } from '../domain/ipvs-table.ts';
import { compareBySiteAndName } from './order.ts';

export interface Share {
  readonly name: string;
  readonly site: string;
  /** Relative; 0 gets weight 0. */
  readonly share: number;
}

/** Weights before rounding, by name: the largest share gets the scheduler's largest weight. */
export function idealWeights(shares: readonly Share[], scheduler: Scheduler): ReadonlyMap<string, number> {
  const largest = Math.max(0, ...shares.map(({ share }) => share));
  const { largestWeight } = schedulerFacts[scheduler];
  const scale = (share: number) => (largest === 0 ? 0 : (share / largest) * largestWeight);
  return new Map(shares.map(({ name, share }) => [name, scale(share)]));
}

/**
 * Integer weights, by name. Rounded by largest remainder inside each site, ties by name, so that a site's total is that of
 * its shares; a share above 0 never rounds to 0. Where a
 * scheduler divides by it, the gcd of the weights above 0 is always 1.
 */
export function integerWeights(shares: readonly Share[], scheduler: Scheduler): ReadonlyMap<string, number> {
  const ideal = idealWeights(shares, scheduler);
  const sites = Map.groupBy(shares.toSorted(compareBySiteAndName), ({ site }) => site);
  const weights = new Map<string, number>();
  for (const members of sites.values()) {
    for (const [name, weight] of roundSite(members, ideal)) weights.set(name, weight);
  }
  if (schedulerFacts[scheduler].dividesByGcd) pinGcd(weights);
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
