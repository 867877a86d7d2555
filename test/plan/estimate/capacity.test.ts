import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type CapacityState,
  capacityOf,
  nextCapacity,
  type SiteCapacity,
  unmeasuredCapacity,
} from '../../../src/plan/estimate/capacity.ts';

const site: SiteCapacity = { declaredConnections: 1_000, healthyShare: 1, carryOverConnections: 0 };

type Row = readonly [atSeconds: number, activeConnections: number, util: number | undefined];

function fed(rows: readonly Row[], of: SiteCapacity = site): CapacityState {
  let state = unmeasuredCapacity;
  for (const [atSeconds, activeConnections, util] of rows) {
    const atMs = atSeconds * 1_000;
    state = nextCapacity(state, { atMs, activeConnections, util }, of, atMs).state;
  }
  return state;
}

function everyFiveSeconds(count: number, activeConnections: number, util: number, fromSeconds = 0): Row[] {
  return Array.from({ length: count }, (_, index) => [fromSeconds + index * 5, activeConnections, util]);
}

describe('milli-connections of a site that declares 1000', () => {
  test.each<[string, readonly Row[], number]>([
    ['without telemetry: as declared', [], 1_000_000],
    ['without util: as declared', [[0, 900, undefined]], 1_000_000],
    ['util of 0.3 measures nothing', [[0, 10, 0.3]], 1_000_000],
    // 200 / 0.4 = 500: 1000 − 0.6 · 500.
    ['half of what it says: fast down', [[0, 200, 0.4]], 700_000],
    ['6 % below: slow', [[0, 470, 0.5]], 995_200],
    ['a little more than 6 % below: fast', [[0, 469, 0.5]], 962_800],
    // 0.7 · 800 / 1 = 560: 1000 − 0.6 · 440; at 0.96 it is 833: 1000 − 0.6 · 167.
    ['full: less than it carries', [[0, 800, 1]], 736_000],
    ['almost full: what it carries, by its util', [[0, 800, 0.96]], 899_999],
    ['more than it says: slow up', [[0, 520, 0.5]], 1_003_200],
    ['after long: what was measured', everyFiveSeconds(200, 200, 0.4), 500_000],
    ['never above 1.05', everyFiveSeconds(200, 900, 0.4), 1_050_000],
    ['never below 0.1', everyFiveSeconds(200, 1, 1), 100_000],
    ['no load and yet busy', everyFiveSeconds(200, 0, 1), 100_000],
    ['idle again: slowly back', [[0, 200, 0.4], ...everyFiveSeconds(1, 10, 0.3, 5)], 724_000],
    [
      'idle for long: as declared, so that it is tried again',
      [...everyFiveSeconds(20, 200, 0.4), ...everyFiveSeconds(200, 10, 0.1, 100)],
      1_000_000,
    ],
    [
      'util gone: stays as measured',
      [
        [0, 200, 0.4],
        [5, 900, undefined],
      ],
      700_000,
    ],
    [
      // 700 + (1 − 0.92³) · 300.
      'after a silence one sample counts for 15 s at most',
      [
        [0, 200, 0.4],
        [170, 500, 0.5],
      ],
      766_394,
    ],
  ])('%s', (_, rows, expected) => {
    expect(capacityOf(fed(rows), site).milliConnections).toBe(expected);
  });
});

test('the chain', () => {
  const half = { declaredConnections: 1_000, healthyShare: 0.5, carryOverConnections: 40 };
  expect(capacityOf(fed([[0, 200, 0.8]], half), half)).toEqual({
    declaredMilli: 1_000_000,
    healthyMilli: 500_000,
    // 200 / 0.8 = 250 of 500: 500 − 0.6 · 250.
    measuredMilli: 350_000,
    carryOverMilli: 40_000,
    milliConnections: 310_000,
  });
});

test('health counts at once, in proportion to what was measured', () => {
  const state = fed([[0, 200, 0.4]]);
  expect(capacityOf(state, { ...site, healthyShare: 0.5 }).milliConnections).toBe(350_000);
});

test.each<[string, Partial<SiteCapacity>, number]>([
  ['more carried over than there is', { carryOverConnections: 2_000 }, 0],
  ['a carry-over that is no number', { carryOverConnections: Number.NaN }, 1_000_000],
  ['a negative carry-over', { carryOverConnections: -500 }, 1_000_000],
  ['nothing healthy', { healthyShare: 0 }, 0],
  ['healthier than healthy', { healthyShare: 1.5 }, 1_000_000],
  ['health that is no number', { healthyShare: Number.NaN }, 0],
  ['a negative declaration', { declaredConnections: -1 }, 0],
  ['an infinite declaration', { declaredConnections: Number.POSITIVE_INFINITY }, 0],
])('%s', (_, changes, expected) => {
  expect(capacityOf(unmeasuredCapacity, { ...site, ...changes }).milliConnections).toBe(expected);
});

const anySite = fc.record({
  declaredConnections: fc.nat(1_000_000_000),
  healthyShare: fc.double({ min: 0, max: 1, noNaN: true }),
  carryOverConnections: fc.nat(1_000_000_000),
});
const telemetry = fc.record({
  gapMs: fc.integer({ min: 1, max: 200_000 }),
  activeConnections: fc.nat(1_000_000_000),
  util: fc.option(fc.double({ min: 0, max: 2, noNaN: true }), { nil: undefined }),
});

test('an integer; measured within 0.1 and 1.05 of declared × healthy; never below 0', () => {
  fc.assert(
    fc.property(anySite, fc.array(telemetry, { maxLength: 20 }), (of, rows) => {
      let state = unmeasuredCapacity;
      let atMs = 0;
      for (const { gapMs, ...row } of rows) {
        atMs += gapMs;
        state = nextCapacity(state, { atMs, ...row }, of, atMs).state;
        const { healthyMilli, measuredMilli = healthyMilli, milliConnections } = capacityOf(state, of);
        expect(Number.isSafeInteger(milliConnections)).toBe(true);
        expect(milliConnections).toBeGreaterThanOrEqual(0);
        expect(measuredMilli).toBeGreaterThanOrEqual(Math.floor(0.1 * healthyMilli));
        expect(measuredMilli).toBeLessThanOrEqual(Math.ceil(1.05 * healthyMilli));
      }
    }),
    { seed: 42, numRuns: 1_000 },
  );
});

test('more load at the same util is never less capacity, more util at the same load never more', () => {
  const util = fc.double({ min: 0.300_001, max: 2, noNaN: true });
  fc.assert(
    fc.property(util, util, fc.nat(2_000), fc.nat(2_000), (utilA, utilB, loadA, loadB) => {
      const after = (load: number, used: number) => capacityOf(fed([[0, load, used]]), site).milliConnections;
      const [less, more] = [Math.min(loadA, loadB), Math.max(loadA, loadB)];
      expect(after(less, utilA)).toBeLessThanOrEqual(after(more, utilA));
      expect(after(loadA, Math.max(utilA, utilB))).toBeLessThanOrEqual(after(loadA, Math.min(utilA, utilB)));
    }),
    { seed: 42, numRuns: 1_000 },
  );
});
