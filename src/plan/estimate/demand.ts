/** How many connections a site's clients want of a service, so that a storm of reconnects does not read as demand. */
import { keptShare } from './decay.ts';
import { checkSample, largest, type Rejection } from './sample.ts';

export interface DemandSample {
  readonly atMs: number;
  /** λ; undefined where no rate is known yet, which is no fault. */
  readonly newPerSecond: number | undefined;
  /** A. */
  readonly activeConnections: number | undefined;
}

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

/** One site's demand for a service, in a plain list: a large fleet has tens of thousands of them. */
export class DemandWindow {
  /** Of each sample when it was, λ (NaN where there is none yet) and A; those before `begin` have left the window. */
  readonly #figures: number[] = [];
  #begin = 0;
  #heldPeak = 0;
  #offeredAtMs = Number.NEGATIVE_INFINITY;

  /** Taken whole or not at all. */
  take(sample: DemandSample, nowMs: number): Rejection | undefined {
    const { atMs, newPerSecond = Number.NaN, activeConnections = 0 } = sample;
    const previousAtMs = this.newestAtMs;
    this.#offeredAtMs = nowMs;
    const rejection = faultOf(sample, nowMs, previousAtMs);
    if (rejection !== undefined) return rejection;
    this.#heldPeak = nextPeak(this.#heldPeak, atMs - (previousAtMs ?? atMs), activeConnections);
    this.#figures.push(atMs, newPerSecond, activeConnections);
    this.#forget(atMs);
    return undefined;
  }

  #forget(atMs: number): void {
    const figures = this.#figures;
    while (!isInWindow(figures[this.#begin] ?? atMs, atMs)) this.#begin += aSample;
    if (this.#begin < forgottenAtOnce * aSample) return;
    figures.splice(0, this.#begin);
    this.#begin = 0;
  }

  /** When a sample was offered last, taken or not; −∞: never. */
  get offeredAtMs(): number {
    return this.#offeredAtMs;
  }

  /** Of those that were taken; undefined before the first. */
  get newestAtMs(): number | undefined {
    return this.#figures.at(-aSample);
  }

  get newest(): { readonly newPerSecond: number | undefined; readonly activeConnections: number } {
    const newPerSecond = this.#figures.at(1 - aSample);
    return {
      newPerSecond: Number.isNaN(newPerSecond) ? undefined : newPerSecond,
      activeConnections: this.#figures.at(2 - aSample) ?? 0,
    };
  }

  /** Undefined before the first sample: missing is never zero. */
  demand(): Demand | undefined {
    const figures = this.#figures;
    if (figures.length === 0) return undefined;
    let active = 0;
    let arrivals = 0;
    for (let at = this.#begin; at < figures.length; at += aSample) {
      const newPerSecond = figures[at + 1] ?? Number.NaN;
      if (Number.isNaN(newPerSecond)) continue;
      active += figures[at + 2] ?? 0;
      arrivals += newPerSecond;
    }
    return demandFrom(this.newest, this.#heldPeak, active, arrivals);
  }
}

/** Figures. */
const aSample = 3;
/** Samples that have left the window go so many at a time. */
const forgottenAtOnce = 16;

/** Why a sample is not believed. */
function faultOf(
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
function isInWindow(atMs: number, nowMs: number): boolean {
  return nowMs - atMs < lifetimeWindowMs;
}

/** H after a gap. */
function nextPeak(heldPeak: number, gapMs: number, activeConnections: number): number {
  return Math.max(activeConnections, heldPeak * keptShare(1 / Math.E, peakDecayMs, gapMs));
}

/**
 * clamp(λ·T, 0.85·H, 1.2·H), T = ΣA/Σλ over the samples that have a λ, as of the newest sample; A itself where λ or T is not known
 * (start-up, or nothing new in 5 min).
 */
function demandFrom(
  newest: DemandWindow['newest'],
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
