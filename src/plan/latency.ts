/** When a new measurement between two sites is believed: so that noise moves no traffic, and a real change does. */
import type { LatencyEntry } from '../domain/report.ts';
import { atOnce, type Steps } from '../domain/steps.ts';
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
  /** What the next window is judged with, by from and to; a pair that has none begins with what is accepted. */
  readonly tracks: readonly Track[];
}

interface Track {
  readonly from: string;
  readonly to: string;
  /** Of the last windows, the newest last: p90 − p50 in µs, and loss. */
  readonly jittersUs: readonly number[];
  readonly losses: readonly number[];
  /** The windows running that differed from what is accepted, and to which side. */
  readonly challengers: readonly LatencyEntry[];
  readonly direction: number;
}

export const emptyLatency: LatencyState = { entries: [], tracks: [] };

const windowsToBelieve = 3;
const leastDifferenceUs = 2_000;
const leastDifferenceShare = 0.1;
/**
 * A minute, at 5 s each. Distance changes at once when a path does; jitter and loss are habits of a path, and a busy director
 * would make them look like distance.
 */
const windowsOfHabit = 12;

/**
 * The matrix after one more window. A pair's measurement is the median over its samples, with the jitter (median) and the loss
 * (mean) of the last minute; the first is accepted at once, and a cheaper one right after it, as noise only adds; a later one when its cost has differed by more than max(2 ms, 10 %),
 * to the same side, in three windows running: then the median of those, number by number, so that one wild window among them
 * moves nothing. A pair without samples stays as it is: missing is never zero.
 */
export function acceptLatency(state: LatencyState, windowSamples: readonly LatencySample[]): LatencyState {
  return atOnce(latencyAccepted(state, windowSamples));
}

/** The same, yielding between samples and pairs: each director has one of each real server. */
export function* latencyAccepted(
  state: LatencyState,
  windowSamples: readonly LatencySample[],
): Steps<LatencyState> {
  const byPair = yield* samplesByPair(windowSamples);
  const accepted = new Map(state.entries.map((entry) => [pairOf(entry), entry]));
  const tracks = new Map(state.tracks.map((track) => [pairOf(track), track]));
  for (const [pair, samples] of byPair) {
    yield;
    const measured = medianSample(samples);
    if (measured === undefined) continue;
    const current = accepted.get(pair);
    const track = withHabits(tracks.get(pair) ?? trackFrom(measured, current), measured);
    const candidate = withJitter(measured, track);
    const direction = current === undefined ? 0 : directionOf(current, candidate);
    const before = track.direction === direction ? track.challengers : [];
    const challengers = direction === 0 ? [] : [...before, candidate];
    const isNew = track.jittersUs.length <= windowsToBelieve;
    const isBelieved = challengers.length >= windowsToBelieve || (isNew && direction < 0);
    if (current === undefined) accepted.set(pair, candidate);
    else if (isBelieved) accepted.set(pair, medianEntry(candidate, challengers));
    tracks.set(
      pair,
      isBelieved ? { ...track, challengers: [], direction: 0 } : { ...track, challengers, direction },
    );
  }
  return {
    entries: [...accepted.values()].toSorted(comparePairs),
    tracks: [...tracks.values()].toSorted(comparePairs),
  };
}

const samplesAStep = 2_000;

function* samplesByPair(samples: readonly LatencySample[]): Steps<ReadonlyMap<string, LatencySample[]>> {
  const pairs = new Map<string, LatencySample[]>();
  for (const [index, sample] of samples.entries()) {
    if (index % samplesAStep === 0) yield;
    if (!isUsable(sample)) continue;
    const pair = pairOf(sample);
    const own = pairs.get(pair);
    if (own === undefined) pairs.set(pair, [sample]);
    else own.push(sample);
  }
  return pairs;
}

/** What is accepted counts as a minute of it, so that a coordinator that begins anew does not jump at its first windows. */
function trackFrom({ from, to }: LatencyEntry, accepted: LatencyEntry | undefined): Track {
  const windows = accepted === undefined ? [] : Array.from({ length: windowsOfHabit }, () => accepted);
  return {
    from,
    to,
    jittersUs: windows.map(({ p50Us, p90Us }) => Math.max(0, p90Us - p50Us)),
    losses: windows.map(({ loss }) => loss),
    challengers: [],
    direction: 0,
  };
}

function withHabits(track: Track, { p50Us, p90Us, loss }: LatencyEntry): Track {
  const jittersUs = [...track.jittersUs, Math.max(0, p90Us - p50Us)].slice(-windowsOfHabit);
  return { ...track, jittersUs, losses: [...track.losses, loss].slice(-windowsOfHabit) };
}

function withJitter({ from, to, p50Us }: LatencyEntry, { jittersUs, losses }: Track): LatencyEntry {
  const loss = losses.reduce((sum, share) => sum + share, 0) / losses.length;
  return { from, to, p50Us, p90Us: p50Us + middle(jittersUs), loss: Math.round(1e6 * loss) / 1e6 };
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
  const of = (number: (entry: LatencyEntry) => number): number => middle(windows.map(number));
  return {
    from,
    to,
    p50Us: of(({ p50Us }) => p50Us),
    p90Us: of(({ p90Us }) => p90Us),
    loss: of(({ loss }) => loss),
  };
}

/** The lower of two. */
function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[(values.length - 1) >> 1] ?? 0;
}

function isUsable({ answered, p50Us, p90Us, loss }: LatencySample): boolean {
  return (
    answered > 0 && loss <= 1 && [p50Us, p90Us, loss].every((value) => Number.isFinite(value) && value >= 0)
  );
}

function pairOf({ from, to }: { readonly from: string; readonly to: string }): string {
  return `${from} ${to}`;
}

function comparePairs(a: { from: string; to: string }, b: { from: string; to: string }): number {
  return compareText(a.from, b.from) || compareText(a.to, b.to);
}
