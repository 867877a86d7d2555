/** How long a real server that keeps failing stays out after it is well again, and how it comes back. */

/** A change of health; saying the same again is nothing new. */
export type HealthEvent = { readonly kind: 'failed' | 'healthy'; readonly atMs: number };

/** A value: each event gives a new one. */
export interface HoldDown {
  /** When it failed, within memory; oldest first. */
  readonly failuresAtMs: readonly number[];
  /** When it was well again after the last failure; undefined while it is not. */
  readonly healthySinceMs: number | undefined;
}

export const neverFailed: HoldDown = { failuresAtMs: [], healthySinceMs: undefined };

/**
 * A failure is remembered for 30 min: one that fails again as soon as it is let back does so six times in 15 min (765 s held, 120 s
 * coming back), and so stays at the longest hold.
 */
const memoryMs = 30 * 60_000;
const firstHoldMs = 15_000;
const longestHoldMs = 300_000;
/** The sixth would hold for 480 s: more than six say nothing new. */
const mostFailures = 6;
const fullPermille = 1_000;
/** 5 %/s. */
const backPermilleASecond = 50;

/** An event out of order counts as of the event before it: a failure is never passed over. One without a time is. */
export function nextHoldDown(state: HoldDown, event: HealthEvent): HoldDown {
  if (!Number.isFinite(event.atMs)) return state;
  const lastFailureMs = state.failuresAtMs.at(-1);
  const atMs = Math.max(event.atMs, lastFailureMs ?? event.atMs, state.healthySinceMs ?? event.atMs);
  const isOut = lastFailureMs !== undefined && state.healthySinceMs === undefined;
  switch (event.kind) {
    case 'failed': {
      if (isOut) return state;
      const remembered = state.failuresAtMs.filter((failedAtMs) => atMs - failedAtMs < memoryMs);
      return { failuresAtMs: [...remembered, atMs].slice(-mostFailures), healthySinceMs: undefined };
    }
    case 'healthy':
      return isOut ? { ...state, healthySinceMs: atMs } : state;
  }
}

/** When its share begins to come back: the k-th failure holds for 15 s · 2^(k−1), at most 300 s. Undefined while it is not well. */
export function heldUntilMs({ failuresAtMs, healthySinceMs }: HoldDown): number | undefined {
  const lastFailureMs = failuresAtMs.at(-1);
  if (lastFailureMs === undefined || healthySinceMs === undefined) return undefined;
  const holdMs = Math.min(longestHoldMs, firstHoldMs * 2 ** (failuresAtMs.length - 1));
  return Math.max(healthySinceMs, lastFailureMs + holdMs);
}

/** Per mille of its share, an integer; 0 while it is out or held. */
export function holdDownPermille(state: HoldDown, nowMs: number): number {
  if (state.failuresAtMs.length === 0) return fullPermille;
  const fromMs = heldUntilMs(state);
  if (fromMs === undefined || !(nowMs > fromMs)) return 0;
  return Math.min(fullPermille, Math.floor(((nowMs - fromMs) * backPermilleASecond) / 1_000));
}

/** No failure of it would count for the next one. */
export function isForgotten({ failuresAtMs }: HoldDown, nowMs: number): boolean {
  const lastFailureMs = failuresAtMs.at(-1);
  return lastFailureMs === undefined || nowMs - lastFailureMs >= memoryMs;
}
