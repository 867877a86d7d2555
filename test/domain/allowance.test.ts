import { expect, test } from 'vitest';
import { createAllowance } from '../../src/domain/allowance.ts';

test('so much at once, then so much a second, and no more after a long rest', () => {
  const one = createAllowance({ perSecond: 2, burst: 3 }, 0);
  const takes = (nowMs: number): number => {
    let taken = 0;
    while (one.take(nowMs)) taken += 1;
    return taken;
  };
  expect([0, 0, 499, 500, 1_000, 60_000].map(takes)).toEqual([3, 0, 0, 1, 1, 3]);
});

test('what is used beyond it is paid back by waiting', () => {
  const one = createAllowance({ perSecond: 10, burst: 100 }, 0);
  expect([one.use(100, 0), one.use(50, 0), one.use(0, 4_000), one.use(0, 5_000)]).toEqual([
    0, 5_000, 1_000, 0,
  ]);
  expect([one.isFull(5_000), one.isFull(15_000)]).toEqual([false, true]);
});

test('a clock that stands still or goes back gives nothing', () => {
  const one = createAllowance({ perSecond: 1_000, burst: 1 }, 1_000);
  expect([one.take(1_000), one.take(1_000), one.take(0), one.take(1)]).toEqual([true, false, false, true]);
});
