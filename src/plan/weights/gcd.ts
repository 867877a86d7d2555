/** How `mh` keeps a gcd of 1: its table is filled by weight/gcd, so a gcd that came and went would move 30 % of it. */

import type { RoundedSite } from './round.ts';
import { isRounding } from './rounding-error.ts';

/** Largest change of a weight that the pin may make. */
const steps = [-1, 1] as const;

export function gcdOf(weights: readonly number[]): number {
  return weights.reduce(greatestCommonDivisor, 0);
}

/**
 * Units to add to a weight, by name; none where the gcd is 1 already. One weight moves by one: the largest that can, so that
 * it matters least, and if possible so that every share at its site is still less than one off.
 */
export function gcdUnits(
  sites: readonly RoundedSite[],
  weights: ReadonlyMap<string, number>,
  largestWeight: number,
): ReadonlyMap<string, number> {
  const carrying = [...weights].filter(([, weight]) => weight > 0);
  if (gcdOf(carrying.map(([, weight]) => weight)) <= 1) return new Map();
  const [only, second] = carrying;
  if (only !== undefined && second === undefined) return new Map([[only[0], 1 - only[1]]]);
  // Sorting is stable, and the weights stand by site and name.
  const moves = carrying
    .toSorted(([, a], [, b]) => b - a)
    .flatMap(([name, weight]) => steps.map((step) => ({ name, moved: weight + step, step })))
    .filter(({ moved }) => moved >= 1 && moved <= largestWeight)
    .filter(({ name, moved }) => gcdOf(carrying.map(([n, weight]) => (n === name ? moved : weight))) === 1);
  const best =
    moves.find(({ name, moved }) => isStillRounding(sites, new Map([...weights, [name, moved]]), name)) ??
    moves[0];
  return new Map(best && [[best.name, best.step]]);
}

function isStillRounding(
  sites: readonly RoundedSite[],
  weights: ReadonlyMap<string, number>,
  name: string,
): boolean {
  const site = sites.find(({ parts }) => parts.some((part) => part.name === name));
  if (site === undefined) return false;
  const weightOf = (server: string) => weights.get(server) ?? 0;
  const sum = site.parts.reduce((total, part) => total + weightOf(part.name), 0);
  return site.parts.every((part) =>
    isRounding(weightOf(part.name), sum, part.carrier.strength, site.share.strength),
  );
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
