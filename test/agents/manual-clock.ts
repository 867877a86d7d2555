/** A clock that tests turn by hand: timers run in order of their time, then of their making. */
import type { Clock } from '../../src/domain/clock.ts';

export interface ManualClock extends Clock {
  /** Turns on by so many milliseconds; what promises wait for gets its turn after each timer. */
  advance(ms: number): Promise<void>;
  /** As after a process was stopped for so many milliseconds: the time has passed, and no timer has had its turn. */
  stop(ms: number): void;
}

export function createManualClock(startMs = 1_000_000): ManualClock {
  let now = startMs;
  let timers: { at: number; run: () => void }[] = [];
  return {
    nowMs: () => now,
    monotonicMs: () => now - startMs,
    after(delayMs, run) {
      const timer = { at: now + Math.max(0, delayMs), run };
      timers.push(timer);
      return {
        cancel() {
          timers = timers.filter((other) => other !== timer);
        },
      };
    },
    stop(ms) {
      now += ms;
    },
    async advance(ms) {
      const end = now + ms;
      for (;;) {
        const next = timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
        if (next === undefined) break;
        timers = timers.filter((timer) => timer !== next);
        now = Math.max(now, next.at);
        next.run();
        await settle();
      }
      now = end;
      await settle();
    },
  };
}

/** Lets whatever is ready run: promises, immediates, and works in slices, of which a busy machine makes many. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}
