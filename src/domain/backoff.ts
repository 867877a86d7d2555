/** How long to wait before the next attempt: doubling, capped, and jittered so that many do not come at once. */

export interface Backoff {
  readonly initialMs: number;
  readonly maxMs: number;
}

/**
 * Milliseconds to wait after so many failures in a row (1 is the first): between half and all of
 * `initialMs` · 2^(failures − 1), at most `maxMs`. `random` gives 0..1.
 */
export function backoffMs(failures: number, { initialMs, maxMs }: Backoff, random: () => number): number {
  // 2^30 is past every cap; more would only lose its meaning.
  const fullMs = Math.min(maxMs, initialMs * 2 ** Math.min(30, Math.max(0, failures - 1)));
  return Math.round(fullMs * (0.5 + random() / 2));
}
