import { describe, expect, it } from 'vitest';
import { limitAt, paceOf, type Step, stepsWithin, tooSlow } from '../../src/lab/pace.ts';

function steps(...tookMs: number[]): Step[] {
  return tookMs.map((took, index) => ({ atMs: index * 100, tookMs: took }));
}

describe('the pace', () => {
  it.each<[string, number[], number]>([
    ['of a machine of its own', Array(40).fill(100.4), 1],
    ['of one whose timers are never early', Array(40).fill(99.8), 1],
    ['of a slow one', Array(40).fill(180), 1.8],
    ['with one hiccup', [...Array(40).fill(110), 900], 1.1],
    ['with a hiccup each second', Array.from({ length: 40 }, (_, n) => (n % 10 === 0 ? 260 : 110)), 2.6],
    ['of too few steps', [900, 900, 900, 900], 1],
    ['of none', [], 1],
  ])('%s', (_, tookMs, expected) => {
    expect(paceOf(steps(...tookMs))).toBe(expected);
  });

  it('is that of a span', () => {
    const all = steps(100, 200, 300, 400);
    expect(stepsWithin(all, 100, 300).map(({ tookMs }) => tookMs)).toEqual([200, 300]);
  });
});

describe('a limit', () => {
  it.each([
    [1_000, 1, 1_000, false],
    [1_000, 0.5, 1_000, false],
    [1_000, 1.25, 1_250, false],
    [1_000, 4, 4_000, false],
    [1_000, 4.01, 4_000, true],
    [40_000, 9, 160_000, true],
  ])('of %i ms at pace %f is %i ms', (limitMs, pace, expected, slow) => {
    expect(limitAt(limitMs, pace)).toBe(expected);
    expect(tooSlow(pace)).toBe(slow);
  });
});
