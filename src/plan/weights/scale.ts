/** How flows become weights before rounding: the largest real server gets the scheduler's largest weight. */
import type { SiteShare } from './shares.ts';

/** An exact number of weight units: their products leave 2^53, so BigInt. */
export interface Fraction {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** The real server whose ideal is the largest of the service, and what it gets. */
export interface Scale {
  readonly largestWeight: number;
  /** Flow and strength of its site, and its own strength. */
  readonly flow: number;
  readonly siteStrength: number;
  readonly strength: number;
}

/** Undefined without sites. */
export function scaleOf(sites: readonly SiteShare[], largestWeight: number): Scale | undefined {
  const [first, ...others] = sites;
  if (first === undefined) return undefined;
  const top = others.reduce((largest, site) => (isLarger(site, largest) ? site : largest), first);
  return {
    largestWeight,
    flow: top.flow,
    siteStrength: top.strength,
    strength: top.largestStrength,
  };
}

/** Flow × largest strength / strength, compared crosswise. */
function isLarger(a: SiteShare, b: SiteShare): boolean {
  return product(a.flow, a.largestStrength, b.strength) > product(b.flow, b.largestStrength, a.strength);
}

/** A site's weight before rounding. A factor in all flows, or in all strengths, stands above and below and drops out. */
export function exactSiteWeight(flow: number, scale: Scale): Fraction {
  return {
    numerator: product(scale.largestWeight, flow, scale.siteStrength),
    denominator: product(scale.flow, scale.strength),
  };
}

/** Half up. */
export function rounded({ numerator, denominator }: Fraction): number {
  return Number((2n * numerator + denominator) / (2n * denominator));
}

export function floored({ numerator, denominator }: Fraction): number {
  return Number(numerator / denominator);
}

export function product(a: number, b: number, c = 1): bigint {
  return BigInt(a) * BigInt(b) * BigInt(c);
}
