import fc from 'fast-check';
import { expect, test } from 'vitest';
import { schedulers } from '../../../src/domain/ipvs-table.ts';
import { slowStartPermille, slowStartWindowMs } from '../../../src/plan/estimate/slow-start.ts';

test.each([
  ['at once: a tenth', 0, 1, 100],
  ['until a tenth is passed', 6_000, 1, 100],
  ['then linear', 6_060, 1, 101],
  ['half way', 30_000, 1, 500],
  ['half a per mille rounds up', 30_030, 1, 501],
  ['nearly there', 55_000, 1, 917],
  ['the end', 60_000, 1, 1_000],
  ['long after', 9_999_999, 1, 1_000],
  ['steeper: √', 15_000, 2, 500],
  ['steeper still', 7_500, 3, 500],
  ['gentler: square', 30_000, 0.5, 250],
  ['before its time', -5, 1, 100],
  ['no time', Number.NaN, 1, 100],
  ['aggression 0', 30_000, 0, 500],
  ['aggression that is no number', 30_000, Number.NaN, 500],
  ['aggression without end', 30_000, Number.POSITIVE_INFINITY, 500],
])('%s', (_, elapsedMs, aggression, expected) => {
  expect(slowStartPermille({ elapsedMs, windowMs: 60_000, aggression })).toBe(expected);
});

test('no window, no slow start; a window that is no number, the least', () => {
  expect(slowStartPermille({ elapsedMs: 0, windowMs: 0, aggression: 1 })).toBe(1_000);
  expect(slowStartPermille({ elapsedMs: 5, windowMs: Number.NaN, aggression: 1 })).toBe(100);
});

test('what compares connections takes twice as long', () => {
  expect((['wrr', 'wlc', 'sed'] as const).map(slowStartWindowMs)).toEqual([60_000, 120_000, 120_000]);
});

test('an integer from 100 to 1000 that never falls with time', () => {
  const window = fc.constantFrom(...schedulers.map(slowStartWindowMs));
  const aggression = fc.double({ min: 0.1, max: 10, noNaN: true });
  fc.assert(
    fc.property(window, aggression, fc.nat(130_000), fc.nat(130_000), (windowMs, curve, one, other) => {
      const at = (elapsedMs: number) => slowStartPermille({ elapsedMs, windowMs, aggression: curve });
      const [earlier, later] = [at(Math.min(one, other)), at(Math.max(one, other))];
      expect(Number.isInteger(earlier)).toBe(true);
      expect(earlier).toBeGreaterThanOrEqual(100);
      expect(later).toBeLessThanOrEqual(1_000);
      expect(earlier).toBeLessThanOrEqual(later);
    }),
    { seed: 42, numRuns: 1_000 },
  );
});
