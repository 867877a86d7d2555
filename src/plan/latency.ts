/** When a new measurement between two sites is believed: so that noise moves no traffic, and a real change does. */
import type { LatencyEntry } from '../domain/report.ts';
import { compareText } from './order.ts';
import { pathCostUs } from './path-cost.ts';

/** What one director measured to one real server over one window. */
export interface LatencySample extends LatencyEntry {
  /** Probes answered; a path that answered none says nothing about distance and is passed over. */
  readonly answered: number;
}

/** A value: each window gives a new one. */
export interface LatencyState {
  /** Accepted, by from and to. */
  readonly entries: readonly LatencyEntry[];
  /** Pairs whose measurement differs from what is accepted: in which windows running, and to which side. */
  readonly challenges: readonly Challenge[];
}

interface Challenge {
  readonly from: string;
  readonly to: string;
  readonly windows: readonly LatencyEntry[];
  readonly direction: number;
}

export const emptyLatency: LatencyState = { entries: [], challenges: [] };

const windowsToBelieve = 3;
const leastDifferenceUs = 2_000;
const leastDifferenceShare = 0.1;

/**
 * The matrix after one more window. A pair's measurement is the median over its samples; the first is accepted at once, a later
 * one when its cost has differed by more than max(2 ms, 10 %), to the same side, in three windows running: then the median of
 * those, number by number, so that one wild window among them moves nothing. A pair without samples stays as it is: missing is
 * never zero.
 */
export function acceptLatency(state: LatencyState, windowSamples: readonly LatencySample[]): LatencyState {
  const accepted = new Map(state.entries.map((entry) => [pairOf(entry), entry]));
  const challenges = new Map(state.challenges.map((challenge) => [pairOf(challenge), challenge]));
  const measured = Map.groupBy(windowSamples.filter(isUsable), pairOf);
  for (const [pair, samples] of measured) {
    const candidate = medianSample(samples);
    const current = accepted.get(pair);
    if (candidate === undefined) continue;
    const direction = current === undefined ? 0 : directionOf(current, candidate);
    if (current === undefined) accepted.set(pair, candidate);
    if (direction === 0) {
      challenges.delete(pair);
      continue;
    }
    const before = challenges.get(pair);
    const windows = before?.direction === direction ? [...before.windows, candidate] : [candidate];
    if (windows.length >= windowsToBelieve) {
      accepted.set(pair, medianEntry(candidate, windows));
      challenges.delete(pair);
    } else {
      challenges.set(pair, { from: candidate.from, to: candidate.to, windows, direction });
    }
  }
  return {
    entries: [...accepted.values()].toSorted(comparePairs),
    challenges: [...challenges.values()].toSorted(comparePairs),
  };
}

/** −1 cheaper, 1 dearer, 0 near enough to what is accepted. Where costs agree the p50 decides: it is what people are shown. */
function directionOf(current: LatencyEntry, candidate: LatencyEntry): number {
  return (
    directionBetween(pathCostUs(current), pathCostUs(candidate)) ||
    directionBetween(current.p50Us, candidate.p50Us)
  );
}

function directionBetween(was: number, is: number): number {
  const least = Math.max(leastDifferenceUs, was * leastDifferenceShare);
  return Math.abs(is - was) > least ? Math.sign(is - was) : 0;
}

/** The sample in the middle by cost (the lower of two), whole: its p50, p90 and loss belong together. */
function medianSample(samples: readonly LatencySample[]): LatencyEntry | undefined {
  const ordered = samples.toSorted(
    (a, b) => pathCostUs(a) - pathCostUs(b) || a.p50Us - b.p50Us || a.loss - b.loss,
  );
  const middle = ordered[(ordered.length - 1) >> 1];
  if (middle === undefined) return undefined;
  const { from, to, p50Us, p90Us, loss } = middle;
  return { from, to, p50Us, p90Us, loss };
}

function medianEntry({ from, to }: LatencyEntry, windows: readonly LatencyEntry[]): LatencyEntry {
  const median = (of: (entry: LatencyEntry) => number): number =>
    windows.map(of).toSorted((a, b) => a - b)[windows.length >> 1] ?? 0;
  const p50Us = median((entry) => entry.p50Us);
  return { from, to, p50Us, p90Us: median((entry) => entry.p90Us), loss: median((entry) => entry.loss) };
}

function isUsable({ answered, p50Us, p90Us, loss }: LatencySample): boolean {
  return answered > 0 && [p50Us, p90Us, loss].every((value) => Number.isFinite(value) && value >= 0);
}

function pairOf({ from, to }: { readonly from: string; readonly to: string }): string {
  return `${from} ${to}`;
}

function comparePairs(a: { from: string; to: string }, b: { from: string; to: string }): number {
  return compareText(a.from, b.from) || compareText(a.to, b.to);
}
