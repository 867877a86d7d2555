/** A clock that tests turn by hand. */
import type { Clock } from '../../src/domain/clock.ts';

export interface ManualClock extends Clock {
  /** Turns on; after each timer, what waits for promises gets its turn. */
  advance(ms: number): Promise<void>;
  /** Milliseconds until each timer that is set. */
  timers(): number[];
}

export function createManualClock(): ManualClock {
  let now = 0;
  const timers = new Set<{ at: number; run: () => void }>();
  return {
    nowMs: () => 1_000_000 + now,
    monotonicMs: () => now,
    after(delayMs, run) {
      const timer = { at: now + delayMs, run };
      timers.add(timer);
      return { cancel: () => timers.delete(timer) };
    },
    async advance(ms) {
      const end = now + ms;
      for (;;) {
        const next = [...timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
        if (next === undefined) break;
        timers.delete(next);
        now = next.at;
        next.run();
        await settled();
      }
      now = end;
      await settled();
    },
    timers: () => [...timers].map(({ at }) => at - now).sort((a, b) => a - b),
  };
}

/** Lets everything that waits for promises run. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
