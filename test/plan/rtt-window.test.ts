import { describe, expect, test } from 'vitest';
import { type RttWindow, summarise, withAnswer, withProbe } from '../../src/plan/rtt-window.ts';

const settings = { windowMs: 10_000, lateAfterMs: 1_000, limit: 5 };

/** A probe each 100 ms from 0; its answer after so many ms, or never. */
function windowOf(...rttsMs: readonly (number | undefined)[]): RttWindow {
  let window: RttWindow = [];
  for (const [id, rttMs] of rttsMs.entries()) {
    window = withProbe(window, id, id * 100, settings);
    if (rttMs !== undefined) window = withAnswer(window, id, id * 100 + rttMs);
  }
  return window;
}

describe('summary', () => {
  test.each([
    ['empty', windowOf(), 5_000, { p50Us: 0, p90Us: 0, loss: 0, answered: 0 }],
    ['one', windowOf(14.2), 5_000, { p50Us: 14_200, p90Us: 14_200, loss: 0, answered: 1 }],
    ['nearest rank', windowOf(5, 1, 4, 2, 3), 5_000, { p50Us: 3_000, p90Us: 5_000, loss: 0, answered: 5 }],
    [
      'one of four lost',
      windowOf(1, undefined, 1, 1),
      5_000,
      { p50Us: 1_000, p90Us: 1_000, loss: 0.25, answered: 3 },
    ],
    [
      'not answered yet is not lost',
      windowOf(1, undefined),
      200,
      { p50Us: 1_000, p90Us: 1_000, loss: 0, answered: 1 },
    ],
    ['nothing answered', windowOf(undefined, undefined), 5_000, { p50Us: 0, p90Us: 0, loss: 1, answered: 0 }],
    ['past the window', windowOf(1, 1), 20_000, { p50Us: 0, p90Us: 0, loss: 0, answered: 0 }],
  ])('%s', (_, window, nowMs, expected) => {
    expect(summarise(window, nowMs, settings)).toEqual(expected);
  });
});

test('only the first answer counts, and none to a probe not kept', () => {
  const window = withAnswer(withAnswer(windowOf(3), 0, 500), 99, 500);
  expect(summarise(window, 600, settings)).toMatchObject({ p50Us: 3_000, answered: 1 });
});

test('no more probes than the limit', () => {
  expect(windowOf(1, 2, 3, 4, 5, 6, 7).map(({ id }) => id)).toEqual([2, 3, 4, 5, 6]);
});
