/**
 * How flows become weights before rounding: the largest real server gets the scheduler's largest weight. Products leave 2^53, so what
 * decides is compared in BigInt; but hardly anything is so near to a threshold, and what doubles show beyond doubt is left to them.
 */
import type { SiteShare } from './shares.ts';

/** An exact number of weight units. */
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

/**
 * A quotient of products of a few whole numbers below 2^53, in doubles, is off by some 10^−15 of itself: what is further than this from
 * where it is compared is on the side that it seems to be on.
 */
const doubt = 1e-12;

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
  const [left, right] = [
    a.flow * (a.largestStrength / a.strength),
    b.flow * (b.largestStrength / b.strength),
  ];
  if (Math.abs(left - right) > doubt * right) return left > right;
  return product(a.flow, a.largestStrength, b.strength) > product(b.flow, b.largestStrength, a.strength);
}

/** A site's weight before rounding. A factor in all flows, or in all strengths, stands above and below and drops out. */
export function exactSiteWeight(flow: number, scale: Scale): Fraction {
  return {
    numerator: product(scale.largestWeight, flow, scale.siteStrength),
    denominator: product(scale.flow, scale.strength),
  };
}

/** The same as a double. */
export function nearlySiteWeight(flow: number, scale: Scale): number {
  return scale.largestWeight * (flow / scale.flow) * (scale.siteStrength / scale.strength);
}

/** Half up; `nearly`: the same as a double. */
export function rounded(nearly: number, exact: () => Fraction): number {
  const up = nearly + 0.5;
  const whole = Math.floor(up);
  if (Math.min(up - whole, whole + 1 - up) > doubt * up) return whole;
  const { numerator, denominator } = exact();
  return Number((2n * numerator + denominator) / (2n * denominator));
}

/** Whether a site's weight × `part` / `whole` reaches the threshold; `nearly`: the site's weight as a double. */
export function reaches(
  nearly: number,
  exact: () => Fraction,
  part: number,
  whole: number,
  threshold: Fraction,
): boolean {
  const limit = Number(threshold.numerator) / Number(threshold.denominator);
  const ideal = nearly * (part / whole);
  if (Math.abs(ideal - limit) > doubt * limit) return ideal > limit;
  const { numerator, denominator } = exact();
  return (
    threshold.denominator * numerator * BigInt(part) >= threshold.numerator * denominator * BigInt(whole)
  );
}

export function floored({ numerator, denominator }: Fraction): number {
  return Number(numerator / denominator);
}

/** a · b > c · d, of whole numbers. */
export function isMore(a: number, b: number, c: number, d: number): boolean {
  const [left, right] = [a * b, c * d];
  return Number.isSafeInteger(left) && Number.isSafeInteger(right)
    ? left > right
    : product(a, b) > product(c, d);
}

export function product(a: number, b: number, c = 1): bigint {
  return BigInt(a) * BigInt(b) * BigInt(c);
}
