import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { apportion } from '../../../src/plan/flow/apportion.ts';
import { limitMoves, type Move, refusedLeap } from '../../../src/plan/flow/guard.ts';

const cases = { seed: 42, numRuns: 1_000 };

test.each<[string, number, number[], number[]]>([
  ['evenly', 9, [1, 1, 1], [3, 3, 3]],
  ['the largest remainder first', 10, [1, 1, 1], [4, 3, 3]],
  ['nothing to nobody', 5, [0, 3, 0], [0, 5, 0]],
  ['without shares', 5, [0, 0], [0, 0]],
  ['beyond 2^53 in between', 9_000_000_000, [3_000_000_000, 6_000_000_000], [3_000_000_000, 6_000_000_000]],
])('apportion: %s', (_, total, shares, expected) => {
  expect(apportion(total, shares)).toEqual(expected);
});

function moves(...rows: [to: string, before: number, target: number, unsafe?: true][]): Move[] {
  return rows.map(([to, beforeMilli, targetMilli, unsafe = false]) => ({
    to,
    beforeMilli,
    targetMilli,
    unsafe,
  }));
}

describe('a step', () => {
  test.each<[string, Move[], Record<string, number>]>([
    ['small enough goes whole', moves(['fra', 100, 95], ['lon', 0, 5]), { fra: 95, lon: 5 }],
    ['four points go', moves(['fra', 100, 96], ['lon', 0, 4]), { fra: 96, lon: 4 }],
    [
      'what is unsafe does not wait, however little',
      moves(['fra', 1_000, 971, true], ['lon', 0, 29]),
      { fra: 971, lon: 29 },
    ],
    ['too large goes ten points of the way', moves(['fra', 100, 40], ['lon', 0, 60]), { fra: 90, lon: 10 }],
    ['away from a dead site goes whole', moves(['fra', 100, 0, true], ['lon', 0, 100]), { fra: 0, lon: 100 }],
    [
      'what leaves a dead site is no part of the ten points',
      moves(['fra', 40, 0, true], ['lon', 60, 30], ['nyc', 0, 70]),
      { fra: 0, lon: 50, nyc: 50 },
    ],
    ['less than four points wait', moves(['fra', 1_000, 961], ['lon', 0, 39]), { fra: 1_000, lon: 0 }],
    [
      'less than four points go where they leave a site for good',
      moves(['fra', 100, 101], ['lon', 2, 0], ['nyc', 20, 21]),
      { fra: 101, lon: 0, nyc: 21 },
    ],
    [
      'arrivals are shared as the plan shares them',
      moves(['fra', 100, 0], ['lon', 0, 75], ['nyc', 0, 25]),
      { fra: 90, lon: 8, nyc: 2 },
    ],
  ])('%s', (_, given, expected) => {
    expect(Object.fromEntries(limitMoves(given).flows.map(({ to, milli }) => [to, milli]))).toEqual(expected);
  });
});

test('a leap without a cause is refused, and says so', () => {
  expect(refusedLeap(1_000, 250)).toBeUndefined();
  expect(refusedLeap(1_000, 400)).toMatch(/moves 40 % .* at most 25 %/);
});

test('a step loses nobody, moves at most ten points besides rescues, and overshoots nothing', () => {
  const amounts = fc.array(fc.integer({ min: 0, max: 10_000_000 }), { minLength: 4, maxLength: 4 });
  fc.assert(
    fc.property(
      amounts,
      amounts,
      fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
      (before, shares, unsafe) => {
        const demand = before.reduce((sum, milli) => sum + milli, 0);
        const wanted = shares.some((share) => share > 0) ? apportion(demand, shares) : before;
        const given = before.map((beforeMilli, index) => ({
          to: `site-${index}`,
          beforeMilli,
          targetMilli: wanted[index] ?? 0,
          unsafe: unsafe[index] ?? false,
        }));
        const { flows, movedMilli } = limitMoves(given);
        expect(flows.reduce((sum, { milli }) => sum + milli, 0)).toBe(demand);
        expect(movedMilli).toBeLessThanOrEqual(demand / 10);
        for (const [index, { milli }] of flows.entries()) {
          const { beforeMilli = 0, targetMilli = 0, unsafe: leaves = false } = given[index] ?? {};
          expect(milli).toBeGreaterThanOrEqual(Math.min(beforeMilli, targetMilli));
          expect(milli).toBeLessThanOrEqual(Math.max(beforeMilli, targetMilli));
          if (leaves && targetMilli < beforeMilli) expect(milli).toBe(targetMilli);
        }
      },
    ),
    cases,
  );
});
