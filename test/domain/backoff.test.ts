import { expect, test } from 'vitest';
import { backoffMs } from '../../src/domain/backoff.ts';

const backoff = { initialMs: 100, maxMs: 1_000 };

test.each([
  [1, 1, 100],
  [1, 0, 50],
  [2, 1, 200],
  [4, 1, 800],
  [5, 1, 1_000],
  [5, 0, 500],
  [5_000, 1, 1_000],
])('after %i failures, with chance %f: %i ms', (failures, random, expected) => {
  expect(backoffMs(failures, backoff, () => random)).toBe(expected);
});
