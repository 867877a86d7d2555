import { describe, expect, it } from 'vitest';
import { limitAt, paceOf, type Step, stepsWithin, tooSlow } from '../../src/lab/pace.ts';

function steps(count: number, timerMs: (n: number) => number, workMs: (n: number) => number): Step[] {
  return Array.from({ length: count }, (_, n) => ({
    atMs: n * 100,
    timerMs: timerMs(n),
    workMs: workMs(n),
  }));
}

describe('the pace', () => {
  const leastWorkMs = 5;
  it.each<[string, Step[], number]>([
    [
      'of a machine of its own',
      steps(
        40,
        () => 100.4,
        () => 5,
      ),
      1,
    ],
    [
      'of one whose timers are never late',
      steps(
        40,
        () => 99.8,
        () => 5,
      ),
      1,
    ],
    [
      'of one whose timers are late',
      steps(
        40,
        () => 205,
        () => 5,
      ),
      2,
    ],
    [
      'of one that others work on',
      steps(
        40,
        () => 101,
        () => 21,
      ),
      3,
    ],
    [
      'with one hiccup',
      steps(
        40,
        (n) => (n === 7 ? 900 : 100),
        () => 5,
      ),
      1,
    ],
    [
      'with a hiccup each second',
      steps(
        40,
        (n) => (n % 10 === 0 ? 310 : 100),
        () => 5,
      ),
      3,
    ],
    [
      'of too few steps',
      steps(
        4,
        () => 900,
        () => 900,
      ),
      1,
    ],
    ['of none', [], 1],
  ])('%s', (_, all, expected) => {
    expect(paceOf(all, leastWorkMs)).toBe(expected);
  });

  it('takes work that is next to nothing for what it is', () => {
    expect(
      paceOf(
        steps(
          40,
          () => 100,
          () => 0.6,
        ),
        0.2,
      ),
    ).toBeLessThan(1.2);
  });

  it('is that of a span', () => {
    const all = steps(
      20,
      (n) => n,
      () => 1,
    );
    const timers = (fromMs: number, untilMs: number) =>
      stepsWithin(all, fromMs, untilMs).map(({ timerMs }) => timerMs);
    expect(timers(100, 700)).toEqual([1, 2, 3, 4, 5, 6]);
    // Where a step takes longer than the span, it is the last ones that tell.
    expect(timers(1_000, 1_100)).toEqual([6, 7, 8, 9, 10]);
    expect(timers(5_000, 6_000)).toEqual([15, 16, 17, 18, 19]);
    expect(timers(0, 200)).toEqual([0, 1]);
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
