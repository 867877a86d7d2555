/** How many connections a site's clients want of a service, so that a storm of reconnects does not read as demand. */
import { keptShare } from './decay.ts';
import { checkSample, type Judged, largest, type Rejection } from './sample.ts';

export interface DemandSample {
  readonly atMs: number;
  /** λ; undefined where no rate is known yet, which is no fault. */
  readonly newPerSecond: number | undefined;
  /** A. */
  readonly activeConnections: number | undefined;
}

interface Taken {
  readonly atMs: number;
  readonly newPerSecond: number | undefined;
  readonly activeConnections: number;
}

/** A value: each sample gives a new one. */
export interface DemandState {
  /** Of the last 5 min, oldest first. */
  readonly samples: readonly Taken[];
  /** H: the peak of A, fading; at the newest sample. */
  readonly heldPeak: number;
}

export const unknownDemand: DemandState = { samples: [], heldPeak: 0 };

export interface Demand {
  readonly milliConnections: number;
  /** Which bound held: 0.85 H, 1.2 H, or neither. */
  readonly bound: 'low' | 'high' | 'none';
  /** T, how long a connection lasts; undefined where nothing new came in 5 min. */
  readonly lifetimeSeconds: number | undefined;
  readonly heldPeakMilli: number;
}

const lifetimeWindowMs = 5 * 60_000;
/** H fades to 1/e in this time. */
const peakDecayMs = 60_000;
const lowMilli = 850;
const highMilli = 1_200;

/** A sample is taken whole or not at all: after a rejection the state is the one before. */
export function nextDemand(state: DemandState, sample: DemandSample, nowMs: number): Judged<DemandState> {
  const { atMs } = sample;
  const previousAtMs = state.samples.at(-1)?.atMs;
  const rejection = faultOf(sample, nowMs, previousAtMs);
  if (rejection !== undefined) return { state, rejection };
  const taken: Taken = { ...sample, activeConnections: sample.activeConnections ?? 0 };
  const samples = [...state.samples.filter((kept) => isInWindow(kept.atMs, atMs)), taken];
  const heldPeak = nextPeak(state.heldPeak, atMs - (previousAtMs ?? atMs), taken.activeConnections);
  return { state: { samples, heldPeak }, rejection: undefined };
}

/** Why a sample is not believed. */
export function faultOf(
  { atMs, newPerSecond, activeConnections }: DemandSample,
  nowMs: number,
  previousAtMs: number | undefined,
): Rejection | undefined {
  const time = { nowMs, previousAtMs };
  const rate = checkSample(
    { name: 'new connections per second', value: newPerSecond ?? 0, atMs },
    { ...time, largest: largest.connectionsPerSecond },
  );
  if (rate.kind === 'rejected') return rate.rejection;
  const active = checkSample(
    { name: 'active connections', value: activeConnections, atMs },
    { ...time, largest: largest.connections },
  );
  return active.kind === 'rejected' ? active.rejection : undefined;
}

/** Whether a sample still counts once there is one of `nowMs`. */
export function isInWindow(atMs: number, nowMs: number): boolean {
  return nowMs - atMs < lifetimeWindowMs;
}

/** H after a gap. */
export function nextPeak(heldPeak: number, gapMs: number, activeConnections: number): number {
  return Math.max(activeConnections, heldPeak * keptShare(1 / Math.E, peakDecayMs, gapMs));
}

/** Undefined before the first sample: missing is never zero. */
export function demandOf({ samples, heldPeak }: DemandState): Demand | undefined {
  const newest = samples.at(-1);
  if (newest === undefined) return undefined;
  let active = 0;
  let arrivals = 0;
  for (const { newPerSecond, activeConnections } of samples) {
    if (newPerSecond === undefined) continue;
    active += activeConnections;
    arrivals += newPerSecond;
  }
  return demandFrom(newest, heldPeak, active, arrivals);
}

/**
 * clamp(λ·T, 0.85·H, 1.2·H), T = ΣA/Σλ over the samples that have a λ, as of the newest sample; A itself where λ or T is not known
 * (start-up, or nothing new in 5 min).
 */
export function demandFrom(
  newest: Pick<Taken, 'newPerSecond' | 'activeConnections'>,
  heldPeak: number,
  active: number,
  arrivals: number,
): Demand {
  // No arrivals, or all but none, divide to infinity (or, of nothing, to NaN): then T is not known.
  const quotient = active / arrivals;
  const lifetimeSeconds = Number.isFinite(quotient) ? quotient : undefined;
  const wanted = { lifetimeSeconds, heldPeakMilli: Math.round(1_000 * heldPeak) };
  if (lifetimeSeconds === undefined || newest.newPerSecond === undefined) {
    return { milliConnections: Math.round(1_000 * newest.activeConnections), bound: 'none', ...wanted };
  }
  const estimate = Math.round(1_000 * newest.newPerSecond * lifetimeSeconds);
  const low = Math.round(lowMilli * heldPeak);
  const high = Math.round(highMilli * heldPeak);
  if (estimate < low) return { milliConnections: low, bound: 'low', ...wanted };
  if (estimate > high) return { milliConnections: high, bound: 'high', ...wanted };
  return { milliConnections: estimate, bound: 'none', ...wanted };
}
