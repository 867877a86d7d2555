/** When a real server crosses between no weight and some, so that one that hovers there does not flap. */
import type { Fraction } from './scale.ts';
import type { SiteShare } from './shares.ts';

/** One that has no weight gets on at an ideal of 0.75; one that has goes off below 0.4. */
const on = { numerator: 3n, denominator: 4n } as const;
const stay = { numerator: 2n, denominator: 5n } as const;

/** The two thresholds as strengths at one site: an ideal grows with the strength, and strengths compare as they are. */
export interface ZeroGate {
  readonly onStrength: number;
  readonly stayStrength: number;
}

export function zeroGate(site: SiteShare, siteWeight: Fraction): ZeroGate {
  return {
    onStrength: leastStrength(site, siteWeight, on),
    stayStrength: leastStrength(site, siteWeight, stay),
  };
}

export function passes(gate: ZeroGate, strength: number, hadWeight: boolean): boolean {
  return strength >= (hadWeight ? gate.stayStrength : gate.onStrength);
}

/**
 * Smallest strength whose ideal, site weight × strength / site strength, reaches the threshold. Where it is above 2^53 the
 * conversion is inexact, but then no strength reaches it.
 */
function leastStrength(site: SiteShare, siteWeight: Fraction, threshold: Fraction): number {
  const above = threshold.numerator * siteWeight.denominator * BigInt(site.strength);
  const below = threshold.denominator * siteWeight.numerator;
  return Number((above + below - 1n) / below);
}
