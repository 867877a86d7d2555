import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type DemandSample,
  type DemandState,
  demandOf,
  nextDemand,
  unknownDemand,
} from '../../../src/plan/estimate/demand.ts';

type Row = readonly [atSeconds: number, newPerSecond: number | undefined, activeConnections: number];

function fed(rows: readonly Row[]): DemandState {
  let state = unknownDemand;
  for (const [atSeconds, newPerSecond, activeConnections] of rows) {
    const sample: DemandSample = { atMs: atSeconds * 1_000, newPerSecond, activeConnections };
    state = nextDemand(state, sample, sample.atMs).state;
  }
  return state;
}

/** Ten samples in balance: 100 new a second that last 10 s. */
const steady = Array.from({ length: 10 }, (_, index): Row => [index * 5, 100, 1_000]);

test.each<[string, readonly Row[], number, 'low' | 'high' | 'none']>([
  ['the first sample, no rate yet: A itself', [[0, undefined, 1_000]], 1_000_000, 'none'],
  ['the first sample with a rate: A itself', [[0, 50, 1_000]], 1_000_000, 'none'],
  ['in balance', steady, 1_000_000, 'none'],
  ['more come: λ·T says so before A does', [...steady, [50, 110, 1_000]], 1_090_090, 'none'],
  ['a storm of reconnects', [...steady, [50, 5_000, 1_000]], 1_200_000, 'high'],
  ['nobody comes for a moment', [...steady, [50, 0, 1_000]], 850_000, 'low'],
  [
    'nothing new in the whole window: A itself',
    [
      [0, 0, 1_000],
      [5, 0, 900],
    ],
    900_000,
    'none',
  ],
  ['all but nothing new: no division to infinity', [[0, 5e-324, 1_000]], 1_000_000, 'none'],
  ['no rate with the newest: A itself', [...steady, [50, undefined, 1_100]], 1_100_000, 'none'],
  ['nothing at all', [[0, 0, 0]], 0, 'none'],
  // λT = 50 · 10000/1050; H = 1000 · e^(−1/12) rounded to the millionth.
  ['H fades slowly when A is gone at once', [...steady, [50, 50, 0]], 782_037, 'low'],
])('%s', (_, rows, milliConnections, bound) => {
  expect(demandOf(fed(rows))).toMatchObject({ milliConnections, bound });
});

test('before the first sample nothing is known, which is not 0', () => {
  expect(demandOf(unknownDemand)).toBeUndefined();
});

test('H fades to 1/e in 60 s, and rises at once', () => {
  const faded = fed([
    [0, 1, 1_000],
    [60, 1, 0],
  ]);
  expect(demandOf(faded)?.heldPeakMilli).toBe(367_879);
  const state = nextDemand(faded, { atMs: 61_000, newPerSecond: 1, activeConnections: 2_000 }, 61_000).state;
  expect(demandOf(state)?.heldPeakMilli).toBe(2_000_000);
});

test('T forgets after 5 min', () => {
  const rows: readonly Row[] = [
    [0, 100, 100_000],
    [299.999, 100, 1_000],
  ];
  expect(demandOf(fed(rows))?.lifetimeSeconds).toBe(505);
  expect(demandOf(fed([...rows, [300, 100, 1_000]]))?.lifetimeSeconds).toBe(10);
});

test('an integer; A itself or between 0.85 and 1.2 of H; never above 1.2 of the largest A', () => {
  const row = fc.record({
    gapMs: fc.integer({ min: 1, max: 200_000 }),
    newPerSecond: fc.option(fc.double({ min: 0, max: 1e9, noNaN: true }), { nil: undefined }),
    activeConnections: fc.nat(1_000_000_000),
  });
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 20 }), (rows) => {
      let state = unknownDemand;
      let atMs = 0;
      let most = 0;
      for (const { gapMs, newPerSecond, activeConnections } of rows) {
        atMs += gapMs;
        most = Math.max(most, activeConnections);
        state = nextDemand(state, { atMs, newPerSecond, activeConnections }, atMs).state;
        const demand = demandOf(state);
        const milli = demand?.milliConnections ?? Number.NaN;
        const heldPeakMilli = demand?.heldPeakMilli ?? Number.NaN;
        expect(Number.isSafeInteger(milli)).toBe(true);
        expect(milli).toBeLessThanOrEqual(1_200 * most);
        if (milli === 1_000 * activeConnections) continue;
        expect(milli).toBeGreaterThanOrEqual(0.85 * heldPeakMilli - 1);
        expect(milli).toBeLessThanOrEqual(1.2 * heldPeakMilli + 1);
      }
    }),
    { seed: 42, numRuns: 1_000 },
  );
});
