/** Whether new weights are worth a write, or the previous ones stay: for a whole service at once. */
import { schedulerFacts } from '../../domain/ipvs-table.ts';
import { gcdOf } from './gcd.ts';
import { passes } from './hysteresis.ts';
import { previousWeight, type WeightInput } from './input.ts';
import type { Part } from './part.ts';
import type { RoundedSite } from './round.ts';
import { isRounding, isWithinOne } from './rounding-error.ts';

/**
 * All or nothing: a site of which some weights were kept and some written would be shared neither by the old plan nor by the
 * new, and its sum would drift from its flow.
 */
export type WriteDecision =
  /** The new weights are the previous ones. */
  | { readonly kind: 'unchanged' }
  /** They differ, by too little, or nobody there is heard. */
  | { readonly kind: 'keep-all'; readonly isSilent?: boolean }
  | { readonly kind: 'write-all'; readonly cause: WriteCause };

/** The first that was found. */
export type WriteCause =
  | { readonly kind: 'first' }
  | { readonly kind: 'safety' }
  /** The scheduler does not take the previous weights. */
  | { readonly kind: 'range' }
  /** It has a weight and may carry no more, or it is new and gets one. */
  | { readonly kind: 'eligibility'; readonly realServer: string }
  /** The sum of a site's weights is off its flow. */
  | { readonly kind: 'site'; readonly site: string }
  | { readonly kind: 'server'; readonly realServer: string };

/**
 * `weights`: the new ones of those that may carry, by site and name; all others have 0. A previous weight holds where it is off by less than
 * max(1, 5 %), or where it is still a correct rounding: a remainder that changes hands is no reason to write.
 */
export function decideWrite(
  input: WeightInput,
  sites: readonly RoundedSite[],
  weights: ReadonlyMap<string, number>,
): WriteDecision {
  if (input.previous === undefined) return { kind: 'write-all', cause: { kind: 'first' } };
  if (input.isSilent === true) return { kind: 'keep-all', isSilent: true };
  const eligibility = eligibilityCause(input, weights);
  if (eligibility !== undefined) return { kind: 'write-all', cause: eligibility };
  // Whoever had a weight and may carry no more has been seen to.
  if (isSame(input, weights)) return { kind: 'unchanged' };
  if (input.safety) return { kind: 'write-all', cause: { kind: 'safety' } };
  const cause = rangeCause(input) ?? firstDefined(sites, (site) => siteCause(input, site, weights));
  return cause === undefined ? { kind: 'keep-all' } : { kind: 'write-all', cause };
}

/** Of several the first by name. */
function eligibilityCause(input: WeightInput, weights: ReadonlyMap<string, number>): WriteCause | undefined {
  let realServer: string | undefined;
  const take = (name: string): void => {
    if (realServer === undefined || name < realServer) realServer = name;
  };
  for (const [name, weight] of weights) {
    if (weight > 0 && previousWeight(input, name) === undefined) take(name);
  }
  for (const name of input.previous?.keys() ?? []) {
    if (!weights.has(name) && (previousWeight(input, name) ?? 0) > 0) take(name);
  }
  return realServer === undefined ? undefined : { kind: 'eligibility', realServer };
}

function isSame(input: WeightInput, weights: ReadonlyMap<string, number>): boolean {
  for (const [name, weight] of weights) if (weight !== (previousWeight(input, name) ?? 0)) return false;
  return true;
}

function rangeCause(input: WeightInput): WriteCause | undefined {
  const { largestWeight, dividesByGcd } = schedulerFacts[input.scheduler];
  const previous = [...(input.previous?.keys() ?? [])].map((name) => previousWeight(input, name) ?? 0);
  const isOver = previous.some((weight) => weight > largestWeight);
  const isGcdOff = dividesByGcd && gcdOf(previous) > 1;
  return isOver || isGcdOff ? { kind: 'range' } : undefined;
}

function siteCause(
  input: WeightInput,
  site: RoundedSite,
  weights: ReadonlyMap<string, number>,
): WriteCause | undefined {
  const before = (part: Part) => previousWeight(input, part.name) ?? 0;
  const after = (part: Part) => weights.get(part.name) ?? 0;
  const sumBefore = site.parts.reduce((sum, part) => sum + before(part), 0);
  const sumAfter = site.parts.reduce((sum, part) => sum + after(part), 0);
  const isSiteOff =
    sumBefore === 0 || (isWorthAWrite(sumBefore, sumAfter) && !isWithinOne(sumBefore, site.exact));
  if (isSiteOff) return { kind: 'site', site: site.share.site };
  const off = site.parts.find((part) => {
    const from = before(part);
    const to = after(part);
    const isCorrect = () => isRounding(from, sumBefore, part.carrier.strength, site.share.strength);
    // Nobody gets on below the upper threshold but by the hash, and that one's place is held by another.
    if (from === 0 && to > 0) return passes(site.gate, part.carrier.strength, false);
    if (from > 0 && to === 0) return !isCorrect() || !passes(site.gate, part.carrier.strength, true);
    return isWorthAWrite(from, to) && !isCorrect();
  });
  return off && { kind: 'server', realServer: off.name };
}

/** |Δ| ≥ max(1, 5 % of the previous weight), in whole twentieths. */
function isWorthAWrite(from: number, to: number): boolean {
  return 20 * Math.abs(to - from) >= Math.max(20, from);
}

function firstDefined<T, R>(items: readonly T[], find: (item: T) => R | undefined): R | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}
