/** Whether new weights are worth a write, or the previous ones stay: for a whole service at once. */
import { schedulerFacts } from '../../domain/ipvs-table.ts';
import { appliedWeight, type Before, largestOf } from './before.ts';
import { gcdOf } from './gcd.ts';
import { passes } from './hysteresis.ts';
import type { WeightInput } from './input.ts';
import type { Part } from './part.ts';
import type { RoundedSite } from './round.ts';
import { isRounding, isWithinOne } from './rounding-error.ts';
import type { ServerNames } from './weight-list.ts';

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

/** By place among the candidates. */
export interface DecidedWeights {
  readonly servers: ServerNames;
  /** −1 of those that may not carry, who get 0. */
  readonly weights: readonly number[];
}

/**
 * A previous weight holds where it is off by less than max(1, 5 %), or where it is still a correct rounding: a remainder that changes
 * hands is no reason to write.
 */
export function decideWrite(
  input: Pick<WeightInput, 'safety' | 'scheduler' | 'isSilent'>,
  before: Before | undefined,
  sites: readonly RoundedSite[],
  decided: DecidedWeights,
): WriteDecision {
  if (before === undefined) return first;
  if (input.isSilent === true) return keepAllUnheard;
  const eligibility = eligibilityCause(before, decided);
  if (eligibility !== undefined) return { kind: 'write-all', cause: eligibility };
  // Whoever had a weight and may carry no more has been seen to.
  if (isSame(before, decided)) return unchanged;
  if (input.safety) return { kind: 'write-all', cause: { kind: 'safety' } };
  const cause =
    rangeCause(input, before) ?? firstDefined(sites, (site) => siteCause(before, site, decided.weights));
  return cause === undefined ? keepAll : { kind: 'write-all', cause };
}

const first: WriteDecision = { kind: 'write-all', cause: { kind: 'first' } };
const unchanged: WriteDecision = { kind: 'unchanged' };
const keepAll: WriteDecision = { kind: 'keep-all' };
const keepAllUnheard: WriteDecision = { kind: 'keep-all', isSilent: true };

/** Of several the first by name. */
function eligibilityCause(before: Before, { servers, weights }: DecidedWeights): WriteCause | undefined {
  let realServer: string | undefined;
  const take = (name: string): void => {
    if (realServer === undefined || name < realServer) realServer = name;
  };
  for (let place = 0; place < weights.length; place += 1) {
    const weight = weights[place] ?? 0;
    const had = before.weights[place] ?? -1;
    if (weight > 0 ? had < 0 : weight < 0 && had > 0) take(servers.names[place] ?? '');
  }
  for (const [name, weight] of before.strangers) if (weight > 0) take(name);
  return realServer === undefined ? undefined : { kind: 'eligibility', realServer };
}

function isSame(before: Before, { weights }: DecidedWeights): boolean {
  for (let place = 0; place < weights.length; place += 1) {
    const weight = weights[place] ?? 0;
    if (weight >= 0 && weight !== appliedWeight(before, place)) return false;
  }
  return true;
}

function rangeCause({ scheduler }: Pick<WeightInput, 'scheduler'>, before: Before): WriteCause | undefined {
  const { largestWeight, dividesByGcd } = schedulerFacts[scheduler];
  const isOver = largestOf(before) > largestWeight;
  const isGcdOff =
    dividesByGcd &&
    gcdOf([...before.weights, ...before.strangers.values()].filter((weight) => weight > 0)) > 1;
  return isOver || isGcdOff ? { kind: 'range' } : undefined;
}

function siteCause(
  known: Before,
  { share, gate, parts }: RoundedSite,
  weights: readonly number[],
): WriteCause | undefined {
  const before = ({ carrier }: Part) => appliedWeight(known, carrier.place);
  const after = ({ carrier }: Part) => weights[carrier.place] ?? 0;
  const sumBefore = parts.reduce((sum, part) => sum + before(part), 0);
  const sumAfter = parts.reduce((sum, part) => sum + after(part), 0);
  const isSiteOff =
    sumBefore === 0 || (isWorthAWrite(sumBefore, sumAfter) && !isWithinOne(sumBefore, gate.exact()));
  if (isSiteOff) return { kind: 'site', site: share.site };
  const off = parts.find((part) => {
    const from = before(part);
    const to = after(part);
    const isCorrect = () => isRounding(from, sumBefore, part.carrier.strength, share.strength);
    // Nobody gets on below the upper threshold but by the hash, and that one's place is held by another.
    if (from === 0 && to > 0) return passes(gate, part.carrier.strength, false);
    if (from > 0 && to === 0) return !isCorrect() || !passes(gate, part.carrier.strength, true);
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
