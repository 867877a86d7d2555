/** When a service's weights may be written again: every edit sends `wrr` back to the head of its list. */
import { tickMs } from '../../domain/tick.ts';

export interface BurstInput {
  /** When the last burst of edits began; undefined before the first. Monotonic ms. */
  readonly lastBurstMs: number | undefined;
  readonly nowMs: number;
  readonly destinations: number;
  readonly newConnectionsPerSecond: number;
  /** Safety does not wait: a dead destination costs more than an uneven round. */
  readonly safety: boolean;
}

export type BurstDecision =
  | { readonly kind: 'now' }
  /** The earliest time. */
  | { readonly kind: 'wait'; readonly untilMs: number };

/** Rounds over all destinations between two bursts, so that the head of the list gets no more than its share. */
const rounds = 2;

/** So that a service with hardly any connections does not keep an old plan for hours: the longest hold-down. */
const largestIntervalMs = 300_000;

/** Edits of one decision go out in one burst; this says when the next may. */
export function nextBurst(input: BurstInput): BurstDecision {
  const { lastBurstMs, nowMs, safety } = input;
  // A last burst in the future is a clock that was set anew: it must not hold writes back.
  if (safety || lastBurstMs === undefined || !(lastBurstMs <= nowMs)) return { kind: 'now' };
  const untilMs = lastBurstMs + intervalMs(input);
  return nowMs >= untilMs ? { kind: 'now' } : { kind: 'wait', untilMs };
}

/** Where no connections come, or nobody knows how many, there is no round to be disturbed: the least interval. */
function intervalMs({ destinations, newConnectionsPerSecond }: BurstInput): number {
  const roundsMs = Math.ceil((rounds * 1_000 * destinations) / newConnectionsPerSecond);
  if (!(Number.isFinite(roundsMs) && roundsMs > tickMs)) return tickMs;
  return Math.min(largestIntervalMs, roundsMs);
}
