// How much longer things take on this machine than they need, from steps whose proper time is known; and what becomes of
// limits there. A verdict must not depend on who else uses the machine, nor may it forgive everything.
import { percentile } from './statistics.ts';

/** A timer of so long, then a wake of another process and its word back: which nowhere else takes any time. */
export const stepMs = 100;
/** Slower than this, and what looks like patience would be blindness. */
export const mostPace = 4;
/** Of the steps, the share that was no slower: one hiccup is no pace. */
const share = 0.95;
/** Fewer say nothing. */
const fewestSteps = 5;

export interface Step {
  /** When it began, ms since the epoch. */
  readonly atMs: number;
  readonly tookMs: number;
}

/** 1 where everything comes in time; 2 where it takes twice as long. Not bounded above; of too few steps 1. */
export function paceOf(steps: readonly Step[]): number {
  if (steps.length < fewestSteps) return 1;
  const late = steps.map(({ tookMs }) => tookMs).toSorted((a, b) => a - b);
  return Math.max(1, Math.round((percentile(late, share) / stepMs) * 100) / 100);
}

export function stepsWithin(steps: readonly Step[], fromMs: number, untilMs: number): Step[] {
  return steps.filter(({ atMs }) => atMs >= fromMs && atMs < untilMs);
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
