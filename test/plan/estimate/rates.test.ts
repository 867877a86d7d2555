import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nextRate, type RateState, unknownRate } from '../../../src/plan/estimate/rate.ts';
import { createRates } from '../../../src/plan/estimate/rates.ts';

const count = 3;
const gap = fc.oneof(fc.constant(5_000), fc.integer({ min: 0, max: 20_000 }));
const value = fc.oneof(
  fc.integer({ min: 0, max: 10_000 }),
  fc.constantFrom(Number.NaN, -1, Number.POSITIVE_INFINITY, 2 ** 53, Number.MAX_SAFE_INTEGER, 0.5),
);
const reading = fc.record({
  gapMs: gap,
  values: fc.tuple(value, value, value),
  restart: fc.option(fc.nat({ max: count - 1 }), { nil: undefined, freq: 5 }),
});

test('each counter has the rate that it would have alone', () => {
  fc.assert(
    fc.property(fc.array(reading, { maxLength: 12 }), (readings) => {
      const rates = createRates(count);
      const alone: RateState[] = Array.from({ length: count }, () => unknownRate);
      let nowMs = 0;
      for (const { gapMs, values, restart } of readings) {
        nowMs += gapMs;
        if (restart !== undefined) {
          rates.restart(restart);
          alone[restart] = { ...unknownRate, newPerSecond: alone[restart]?.newPerSecond };
        }
        for (const [counter, told] of values.entries()) {
          const judged = nextRate(alone[counter] ?? unknownRate, { atMs: nowMs, counter: told }, nowMs);
          alone[counter] = judged.state;
          expect(rates.read(counter, nowMs, told)).toEqual(judged.rejection);
          expect(rates.state(counter)).toEqual(judged.state);
          expect(rates.newPerSecond(counter)).toBe(judged.state.newPerSecond ?? Number.NaN);
        }
      }
    }),
    { seed: 42, numRuns: 2_000 },
  );
});

test('what is known of a counter can be taken elsewhere', () => {
  const [from, to] = [createRates(2), createRates(3)];
  from.read(1, 0, 100);
  from.read(1, 5_000, 600);
  to.take(2, from, 1);
  expect(to.state(2)).toEqual(from.state(1));
  expect(to.state(0)).toEqual(unknownRate);
  expect(to.read(2, 10_000, 1_100)).toBe(undefined);
  expect(to.newPerSecond(2)).toBe(100);
});
