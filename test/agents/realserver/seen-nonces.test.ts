// A copy of what was answered is known, for as long as there is room.
import { expect, test } from 'vitest';
import { createSeenNonces } from '../../../agents/realserver/seen-nonces.ts';

test('each nonce is new once; at least the last ones are remembered, and never more than twice as many', () => {
  const nonces = createSeenNonces(3);
  expect([1n, 2n, 3n, 2n, 4n, 1n].map(nonces.isNew)).toEqual([true, true, true, false, true, false]);
  expect([5n, 6n, 7n].map(nonces.isNew)).toEqual([true, true, true]);
  expect(nonces.isNew(5n)).toBe(false);
  expect(nonces.isNew(1n)).toBe(true);
});
