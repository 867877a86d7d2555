/** What `nextDemand` and `demandOf` say of one site's demand for a service, in a plain list: a large fleet has tens of thousands of them. */
import { type Demand, type DemandSample, demandFrom, faultOf, isInWindow, nextPeak } from './demand.ts';
import type { Rejection } from './sample.ts';

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

  /** Undefined before the first sample. */
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

const aSample = 3;
const forgottenAtOnce = 16;
