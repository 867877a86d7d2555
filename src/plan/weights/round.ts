/** How a site's exact weight becomes whole weights of its real servers. */
import { type Aperture, spreadByHash } from './aperture.ts';
import { appliedWeight, type Before } from './before.ts';
import { passes, type ZeroGate } from './hysteresis.ts';
import type { WeightInput } from './input.ts';
import { type Part, partOf, type RoundedPart, roundedWeight } from './part.ts';
import { exactSiteWeight, isMore, nearlySiteWeight, rounded, type Scale } from './scale.ts';
import type { SiteShare } from './shares.ts';

export interface RoundedSite {
  readonly share: SiteShare;
  /** Its weight before rounding is asked for where a double does not tell. */
  readonly gate: ZeroGate;
  /** Sum of its real servers' weights. */
  readonly weight: number;
  /** By name. */
  readonly parts: readonly RoundedPart[];
  readonly aperture: Aperture | undefined;
}

/**
 * The site's sum is rounded first, its real servers within that sum by largest remainder, so that each is less than one off
 * its share of the sum. Those that cross the zero gate come before those that have a weight anyway; what nobody who passes
 * the gate can take goes by hash.
 */
export function roundSite(
  input: WeightInput,
  before: Before | undefined,
  share: SiteShare,
  scale: Scale,
): RoundedSite {
  const exact = () => exactSiteWeight(share.flow, scale);
  const gate = { nearly: nearlySiteWeight(share.flow, scale), exact, siteStrength: share.strength };
  const isAllBelowOn = !passes(gate, share.largestStrength, false);
  const unbounded = rounded(gate.nearly, exact);
  const weight = isAllBelowOn
    ? Math.max(unbounded, leastKept(input, share))
    : withinRange(unbounded, share, scale);
  const unrounded = share.carriers.map((carrier) =>
    partOf(share, weight, gate, carrier, appliedWeight(before, carrier.place) > 0),
  );
  const { parts, aperture } = isAllBelowOn
    ? spreadByHash(input, share.site, unrounded, weight)
    : largestRemainder(input, share.site, unrounded, weight);
  return { share, gate, weight, parts, aperture };
}

/** Rounding up must not lift the largest above the scheduler's range; rounding down never does. */
function withinRange(weight: number, share: SiteShare, scale: Scale): number {
  const isOver = isMore(weight, share.largestStrength, scale.largestWeight, share.strength);
  return isOver ? weight - 1 : weight;
}

function leastKept({ apertureSize = 1 }: WeightInput, { carriers }: SiteShare): number {
  const size = Number.isFinite(apertureSize) ? Math.max(1, Math.floor(apertureSize)) : 1;
  return Math.min(size, carriers.length);
}

function largestRemainder(
  input: WeightInput,
  site: string,
  parts: readonly Part[],
  siteWeight: number,
): Pick<RoundedSite, 'parts' | 'aperture'> {
  const left = siteWeight - parts.reduce((sum, { floor }) => sum + floor, 0);
  if (left === 0) return { parts: parts.map((part) => roundedPart(part, 0)), aperture: undefined };
  const fractional = parts.filter(({ remainder }) => remainder > 0);
  // Sorting is stable, and the parts stand by name: ties go to the first name.
  const passing = fractional.filter(({ passesGate }) => passesGate).toSorted(compareClaims);
  const up = new Set(passing.slice(0, left));
  const given = parts.map((part) => roundedPart(part, up.has(part) ? 1 : 0));
  if (left <= passing.length) return { parts: given, aperture: undefined };
  const others = fractional.filter(({ passesGate }) => !passesGate);
  const spread = spreadByHash(input, site, others, left - passing.length);
  const byName = new Map(spread.parts.map((part) => [part.name, part]));
  const all = given.map((part) => byName.get(part.name) ?? part);
  const kept = all.filter((part) => roundedWeight(part) > 0).length;
  return { parts: all, aperture: { ...spread.aperture, kept, of: parts.length } };
}

function roundedPart(
  { name, carrier, floor, remainder, hadWeight, passesGate }: Part,
  roundingUnits: number,
): RoundedPart {
  return { name, carrier, floor, remainder, hadWeight, passesGate, roundingUnits, apertureUnits: 0 };
}

function compareClaims(a: Part, b: Part): number {
  return claimRank(a) - claimRank(b) || b.remainder - a.remainder;
}

/** Who has a weight of 1 and may stay keeps it; who may get on comes next: to be left at 0 costs it everything. */
function claimRank({ floor, hadWeight }: Part): number {
  if (floor > 0) return 2;
  return hadWeight ? 0 : 1;
}
