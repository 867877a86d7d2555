import { expect, test } from 'vitest';
import { deadline } from '../../../agents/realserver/deadline.ts';
import type { Clock } from '../../../src/domain/clock.ts';

/** When `deadline` of 1,000 ms runs, where its timers come so late, one after the other. */
function ranAt(lateMs: readonly number[]): number | undefined {
  let nowMs = 0;
  const timers: { atMs: number; run: () => void }[] = [];
  const clock: Pick<Clock, 'monotonicMs' | 'after'> = {
    monotonicMs: () => nowMs,
    after(delayMs, run) {
      timers.push({ atMs: nowMs + delayMs, run });
      return { cancel: () => {} };
    },
  };
  let at: number | undefined;
  deadline(clock, 1_000, () => {
    at = nowMs;
  });
  for (const late of lateMs) {
    const timer = timers.shift();
    if (timer === undefined) break;
    nowMs = timer.atMs + late;
    timer.run();
  }
  return at;
}

test.each([
  ['in time', [3], 1_003],
  ['a little late, as on any machine', [90], 1_090],
  ['stopped for two seconds: its whole time anew', [2_000, 0], 4_000],
  ['short of CPU: what was lost is given back', [300, 20], 1_620],
  ['and again', [300, 300, 0], 2_200],
  ['but no more than its limit in all', [600, 600, 600, 0], 3_800],
])('%s', (_, lateMs, expected) => {
  expect(ranAt(lateMs)).toBe(expected);
});

test('cancelled, it never runs, however often it was put off', () => {
  const pending: (() => void)[] = [];
  let nowMs = 0;
  const clock: Pick<Clock, 'monotonicMs' | 'after'> = {
    monotonicMs: () => nowMs,
    after(_, run) {
      pending.push(run);
      return { cancel: () => pending.splice(pending.indexOf(run), 1) };
    },
  };
  const timer = deadline(clock, 100, () => {
    throw new Error('it ran');
  });
  nowMs = 500;
  pending.shift()?.();
  expect(pending.length).toBe(1);
  timer.cancel();
  expect(pending).toEqual([]);
});
