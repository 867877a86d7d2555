/** How finely `wrr` may weigh, so that its shares come true soon enough. */
import { schedulerFacts } from '../../domain/ipvs-table.ts';
import { type Before, largestOf } from './before.ts';
import type { WeightInput } from './input.ts';

/**
 * `wrr` is not smooth: it serves the heaviest alone until all others' weights are reached, and its shares hold for a whole cycle
 * only, as many connections as the weights add up to (ip_vs_wrr.c). Measured in the lab: at 3 connections/s and weights of
 * 88, 99, 65, 65, 65 a site meant to get 50 % got 60 % for a minute, as the cycle took two.
 */
const cycleSeconds = 20;
/** A cycle that is longer or shorter by this factor is kept: another scale is a write of every weight. */
const kept = 2;
const ladder = [100, 50, 20, 10] as const;

/** The largest weight: the finest scale whose cycle is short enough; for other schedulers, or at a rate nobody knows, their own. */
export function largestWeightFor(
  input: Pick<WeightInput, 'scheduler' | 'newConnectionsPerSecond'>,
  known: Before | undefined,
  carriers: number,
): number {
  const { scheduler, newConnectionsPerSecond: rate } = input;
  const { largestWeight, beginsAnew } = schedulerFacts[scheduler];
  if (!beginsAnew || rate === undefined || !(rate > 0) || carriers === 0) return largestWeight;
  const secondsAt = (largest: number): number => (largest * carriers) / rate;
  const fitting = ladder.find((largest) => secondsAt(largest) <= cycleSeconds) ?? 10;
  const before = known === undefined ? 0 : largestOf(known);
  const isKnown = ladder.some((largest) => largest === before);
  const isNear =
    secondsAt(before) <= cycleSeconds * kept && secondsAt(before) * kept * 2 >= secondsAt(fitting);
  return isKnown && isNear && before !== 0 ? before : fitting;
}
