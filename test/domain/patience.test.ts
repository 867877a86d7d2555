import { expect, test } from 'vitest';
import type { Clock, Timer } from '../../src/domain/clock.ts';
import { patience } from '../../src/domain/patience.ts';

/** A clock whose timers come so many ms late each. */
function lateClock(lateMs: number) {
  let nowMs = 0;
  let due: { readonly atMs: number; readonly run: () => void } | undefined;
  const clock: Clock = {
    nowMs: () => nowMs,
    monotonicMs: () => nowMs,
    after(delayMs, run): Timer {
      due = { atMs: nowMs + delayMs + lateMs, run };
      return {
        cancel() {
          due = undefined;
        },
      };
    },
  };
  return {
    clock,
    /** When it was over; undefined where it never was. */
    run(): number {
      for (let next = due; next !== undefined; next = due) {
        due = undefined;
        nowMs = next.atMs;
        next.run();
      }
      return nowMs;
    },
  };
}

test.each([
  ['a program that has its turns waits as long as it says', 0, 5_000],
  ['one that has them late waits for its turns, not for the clock', 1_000, 25_000],
])('%s', (_, lateMs, expected) => {
  const { clock, run } = lateClock(lateMs);
  let overAtMs: number | undefined;
  patience(clock, 5_000, () => {
    overAtMs = clock.monotonicMs();
  });
  run();
  expect(overAtMs).toBe(expected);
});

test('what was given up is not told', () => {
  const { clock, run } = lateClock(0);
  const timer = patience(clock, 5_000, () => expect.unreachable());
  timer.cancel();
  expect(run()).toBe(0);
});
