// How much longer things take on this machine than they need, from steps whose proper time is known; and what becomes of
// limits there. A verdict must not depend on who else uses the machine, nor may it forgive everything.
import { percentile } from './statistics.ts';

/** A timer of so long, then a wake of another process, which does a little work and says so. */
export const stepMs = 100;
/** Slower than this, and what looks like patience would be blindness. */
export const mostPace = 4;
/** Of the timers, the share that was no later: one hiccup is no pace. */
const share = 0.95;
/** Fewer say nothing. */
const fewestSteps = 5;
/** Work so short takes twice as long for nothing. */
const shortestWorkMs = 3;

export interface Step {
  /** When it began, ms since the epoch. */
  readonly atMs: number;
  /** From setting the timer until it fired. */
  readonly timerMs: number;
  /** From waking the other process until its work was done. */
  readonly workMs: number;
}

/**
 * 1 where everything comes in time and nobody waits for a processor; 2 where timers take twice as long as they should, or the
 * work twice as long as it can. Not bounded above; of too few steps 1. `leastWorkMs`: what the work takes here at its best.
 */
export function paceOf(steps: readonly Step[], leastWorkMs: number): number {
  if (steps.length < fewestSteps) return 1;
  const wholeMs = steps.map(({ timerMs, workMs }) => timerMs + workMs).toSorted((a, b) => a - b);
  const late = percentile(wholeMs, share) / (stepMs + leastWorkMs);
  const meanWorkMs = steps.reduce((sum, { workMs }) => sum + workMs, 0) / steps.length;
  const starved = (meanWorkMs + shortestWorkMs) / (leastWorkMs + shortestWorkMs);
  return Math.max(1, Math.round(Math.max(late, starved) * 100) / 100);
}

/**
 * Those that began within the span. Where these are too few to tell, the slowness of a step is why: then the last ones before its end, as
 * many as tell.
 */
export function stepsWithin(steps: readonly Step[], fromMs: number, untilMs: number): Step[] {
  const before = steps.filter(({ atMs }) => atMs < untilMs);
  const first = before.findIndex(({ atMs }) => atMs >= fromMs);
  const count = first < 0 ? 0 : before.length - first;
  return before.slice(-Math.max(count, fewestSteps));
}

/** The limit as it is at that pace: never shorter than said, never more than `mostPace` times as long. */
export function limitAt(limitMs: number, pace: number): number {
  return Math.round(limitMs * Math.min(Math.max(pace, 1), mostPace));
}

/** Whether a limit would have to be longer than may be. */
export function tooSlow(pace: number): boolean {
  return pace > mostPace;
}

/** `1.3 times`. */
export function paceText(pace: number): string {
  return `${pace.toFixed(1)} times`;
}
