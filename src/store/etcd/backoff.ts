/** How long until the next attempt: longer with each that failed, and for each who waits another time. */

const firstMs = 100;

export interface Backoff {
  nextMs(): number;
  reset(): void;
}

/** Between half and the whole of 100 ms, 200 ms, … up to `longestMs`. `random`: 0 to 1. */
export function createBackoff(longestMs: number, random: () => number): Backoff {
  let spanMs = firstMs;
  return {
    nextMs() {
      const delayMs = spanMs * (0.5 + random() / 2);
      spanMs = Math.min(longestMs, spanMs * 2);
      return delayMs;
    },
    reset() {
      spanMs = firstMs;
    },
  };
}
