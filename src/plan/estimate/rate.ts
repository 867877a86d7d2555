/** How many new connections come a second (λ), from a counter of the kernel's that only grows. */
import { tickMs } from '../../domain/tick.ts';
import { keptShare } from './decay.ts';
import { checkSample, type Judged, largest } from './sample.ts';

/** One counter, never a sum: a sum goes backwards when one of its parts goes away. */
export interface CounterReading {
  readonly atMs: number;
  readonly counter: number | undefined;
}

interface Reading {
  readonly atMs: number;
  readonly counter: number;
}

/** A value: each reading gives a new one. */
export interface RateState {
  /** λ, new connections/s; undefined until two readings have told. */
  readonly newPerSecond: number | undefined;
  readonly last: Reading | undefined;
  /** The last reading before the counter went backwards, until one that does not. */
  readonly former: Reading | undefined;
}

export const unknownRate: RateState = { newPerSecond: undefined, last: undefined, former: undefined };

/** α = 0.2 a tick: 0.3 let more of the noise through to the flows (see the toll in flow/pool-matrix.ts). */
const windowMs = tickMs;
const keptAWindow = 0.8;
const shortestGapMs = 1_000;

/**
 * - the rate over a gap of g ms weighs as much as that many windows do: α = 1 − 0.8^(g / 5 s); the first is taken as it is
 * - a gap below 1 s says too little: its connections count in the next reading
 * - a counter that went backwards (agent or kernel started anew), or grew faster than can be, gives no rate: counting starts
 *   again from it, and λ stays what it was
 * - where the next reading is back at the old height, the one between was the fault: the rate is that over both gaps
 */
export function nextRate(state: RateState, reading: CounterReading, nowMs: number): Judged<RateState> {
  const { last, former } = state;
  const name = 'connections counter';
  const bounds = { nowMs, previousAtMs: last?.atMs, largest: largest.counter };
  const verdict = checkSample({ name, value: reading.counter, atMs: reading.atMs }, bounds);
  if (verdict.kind === 'rejected') return { state, rejection: verdict.rejection };
  const now = { atMs: reading.atMs, counter: verdict.value };
  const refused = (why: string, before: Reading | undefined) => ({
    state: { ...state, last: now, former: before },
    rejection: { name, found: String(now.counter), why },
  });

  if (last === undefined) return { state: { ...state, last: now }, rejection: undefined };
  if (now.counter < last.counter) return refused(`went backwards from ${last.counter}`, former ?? last);
  if (now.atMs - last.atMs < shortestGapMs) return { state, rejection: undefined };
  const base = former !== undefined && now.counter >= former.counter ? former : last;
  const gapMs = now.atMs - base.atMs;
  const measured = ((now.counter - base.counter) * 1_000) / gapMs;
  if (measured > largest.connectionsPerSecond) return refused(`grew by ${measured} a second`, undefined);
  const newPerSecond = smoothed(state.newPerSecond ?? Number.NaN, measured, weightOver(gapMs));
  return { state: { newPerSecond, last: now, former: undefined }, rejection: undefined };
}

/** Whether a reading that comes so long after the last, which nothing was wrong with, gives a rate and nothing else. NaN: it does not. */
export function rateIsPlain(counter: number, grown: number, gapMs: number): boolean {
  return (
    counter <= largest.counter &&
    grown >= 0 &&
    gapMs >= shortestGapMs &&
    grown * 1_000 <= largest.connectionsPerSecond * gapMs
  );
}

/** How much of λ stays when a gap of so long has been measured. */
export function weightOver(gapMs: number): number {
  return keptShare(keptAWindow, windowMs, gapMs);
}

/** λ after a gap over which `measured` was; `before`: NaN where nothing is known. */
export function smoothed(before: number, measured: number, weight: number): number {
  return Number.isNaN(before) ? measured : measured + (before - measured) * weight;
}
