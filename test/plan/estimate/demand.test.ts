import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DemandWindow } from '../../../src/plan/estimate/demand.ts';

type Row = readonly [atSeconds: number, newPerSecond: number | undefined, activeConnections: number];

function fed(rows: readonly Row[]): DemandWindow {
  const window = new DemandWindow();
  for (const [atSeconds, newPerSecond, activeConnections] of rows) {
    const atMs = atSeconds * 1_000;
    window.take({ atMs, newPerSecond, activeConnections }, atMs);
  }
  return window;
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
  expect(fed(rows).demand()).toMatchObject({ milliConnections, bound });
});

test('before the first sample nothing is known, which is not 0', () => {
  expect(new DemandWindow().demand()).toBeUndefined();
});

test('H fades to 1/e in 60 s, and rises at once', () => {
  const faded = fed([
    [0, 1, 1_000],
    [60, 1, 0],
  ]);
  expect(faded.demand()?.heldPeakMilli).toBe(367_879);
  faded.take({ atMs: 61_000, newPerSecond: 1, activeConnections: 2_000 }, 61_000);
  expect(faded.demand()?.heldPeakMilli).toBe(2_000_000);
});

test('T forgets after 5 min', () => {
  const rows: readonly Row[] = [
    [0, 100, 100_000],
    [299.999, 100, 1_000],
  ];
  expect(fed(rows).demand()?.lifetimeSeconds).toBe(505);
  expect(fed([...rows, [300, 100, 1_000]]).demand()?.lifetimeSeconds).toBe(10);
});

test('an integer; A itself or between 0.85 and 1.2 of H; never above 1.2 of the largest A', () => {
  const row = fc.record({
    gapMs: fc.integer({ min: 1, max: 200_000 }),
    newPerSecond: fc.option(fc.double({ min: 0, max: 1e9, noNaN: true }), { nil: undefined }),
    activeConnections: fc.nat(1_000_000_000),
  });
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 20 }), (rows) => {
      const window = new DemandWindow();
      let atMs = 0;
      let most = 0;
      for (const { gapMs, newPerSecond, activeConnections } of rows) {
        atMs += gapMs;
        most = Math.max(most, activeConnections);
        window.take({ atMs, newPerSecond, activeConnections }, atMs);
        const demand = window.demand();
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

test('T is of the samples of 5 min, however many have left the window', () => {
  const row = fc.record({
    gapMs: fc.oneof(fc.constant(5_000), fc.integer({ min: 1, max: 200_000 })),
    newPerSecond: fc.option(fc.integer({ min: 1, max: 1_000 }), { nil: undefined }),
    activeConnections: fc.nat(1_000),
  });
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 150 }), (rows) => {
      const window = new DemandWindow();
      const taken: { atMs: number; newPerSecond: number | undefined; activeConnections: number }[] = [];
      let atMs = 0;
      for (const { gapMs, ...figures } of rows) {
        atMs += gapMs;
        taken.push({ atMs, ...figures });
        expect(window.take({ atMs, ...figures }, atMs)).toBeUndefined();
        const told = taken.filter((one) => atMs - one.atMs < 300_000 && one.newPerSecond !== undefined);
        const active = told.reduce((sum, one) => sum + one.activeConnections, 0);
        const arrivals = told.reduce((sum, one) => sum + (one.newPerSecond ?? 0), 0);
        expect(window.demand()?.lifetimeSeconds).toBe(told.length === 0 ? undefined : active / arrivals);
        expect([window.newestAtMs, window.newest]).toEqual([atMs, figures]);
      }
    }),
    { seed: 42, numRuns: 300 },
  );
});

test('what was offered and not believed counts as offered, and changes nothing', () => {
  const window = new DemandWindow();
  expect(window.take({ atMs: 5_000, newPerSecond: 1, activeConnections: -1 }, 5_000)).toBeDefined();
  expect([window.newestAtMs, window.offeredAtMs, window.demand()]).toEqual([undefined, 5_000, undefined]);
});
