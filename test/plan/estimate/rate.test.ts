import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nextRate, type RateState, unknownRate } from '../../../src/plan/estimate/rate.ts';

type Row = readonly [atSeconds: number, counter: number, newPerSecond: number | undefined];

function fed(
  readings: readonly (readonly [atSeconds: number, counter: number, ...unknown[]])[],
): RateState[] {
  let state = unknownRate;
  return readings.map(([atSeconds, counter]) => {
    const atMs = atSeconds * 1_000;
    state = nextRate(state, { atMs, counter }, atMs).state;
    return state;
  });
}

test.each<[string, readonly Row[]]>([
  ['one reading is no rate', [[0, 700, undefined]]],
  [
    'the first rate is taken as it is',
    [
      [0, 700, undefined],
      [5, 1_200, 100],
    ],
  ],
  [
    'α = 0.2 a window of 5 s',
    [
      [0, 0, undefined],
      [5, 500, 100],
      [10, 1_500, 120],
      [15, 1_500, 96],
    ],
  ],
  [
    'a gap of two windows weighs as two: 1 − 0.8²',
    [
      [0, 0, undefined],
      [5, 500, 100],
      [15, 2_500, 136],
    ],
  ],
  [
    'a gap below 1 s waits for the next reading',
    [
      [0, 0, undefined],
      [0.001, 1_000, undefined],
      [5, 1_000, 200],
    ],
  ],
  [
    'a counter that began again gives no rate, then its own',
    [
      [0, 100_000, undefined],
      [5, 100_500, 100],
      [10, 50, 100],
      [15, 1_050, 120],
    ],
  ],
  [
    'a counter that was low once, and is back, makes no spike',
    [
      [0, 100_000, undefined],
      [5, 100_500, 100],
      [10, 7, 100],
      [15, 3, 100],
      [20, 102_000, 100],
    ],
  ],
  [
    'a counter that was impossibly high once makes no spike, up or down',
    [
      [0, 100_000, undefined],
      [5, 100_500, 100],
      [10, 9e15, 100],
      [15, 101_500, 100],
      [20, 102_000, 100],
    ],
  ],
  [
    'nothing new',
    [
      [0, 700, undefined],
      [5, 700, 0],
    ],
  ],
])('%s', (_, rows) => {
  const rates = fed(rows).map(({ newPerSecond }) => newPerSecond);
  expect(rates).toEqual(rows.map(([, , expected]) => expected && expect.closeTo(expected, 6)));
});

test.each([
  ['went backwards', 99, 'went backwards from 100'],
  ['grew faster than can be', 100 + 6e9, 'grew by 1200000000 a second'],
  ['absent', undefined, 'absent'],
])('told: a counter that %s', (_, counter, why) => {
  const [state = unknownRate] = fed([[0, 100]]);
  expect(nextRate(state, { atMs: 5_000, counter }, 5_000).rejection).toEqual({
    name: 'connections counter',
    found: String(counter),
    why,
  });
});

test('λ is never above the fastest growth between two readings', () => {
  const steps = fc.array(
    fc.record({ gapMs: fc.integer({ min: 1_000, max: 400_000 }), grown: fc.nat(1_000_000) }),
    { minLength: 1, maxLength: 30 },
  );
  fc.assert(
    fc.property(steps, (given) => {
      let state = nextRate(unknownRate, { atMs: 0, counter: 0 }, 0).state;
      let atMs = 0;
      let counter = 0;
      let fastest = 0;
      for (const { gapMs, grown } of given) {
        atMs += gapMs;
        counter += grown;
        fastest = Math.max(fastest, (grown * 1_000) / gapMs);
        state = nextRate(state, { atMs, counter }, atMs).state;
        expect(state.newPerSecond).toBeGreaterThanOrEqual(0);
        expect(state.newPerSecond).toBeLessThanOrEqual(fastest * (1 + 1e-9));
      }
    }),
    { seed: 42, numRuns: 1_000 },
  );
});
