import { expect, test } from 'vitest';
import { createOutstanding } from '../../../agents/director/outstanding.ts';

function setUp(limit = 100) {
  const lost: string[] = [];
  return { lost, outstanding: createOutstanding<string>(limit, (path) => lost.push(path)) };
}

test('a nonce is good for one answer', () => {
  const { outstanding } = setUp();
  outstanding.sent(1n, 'a', 0);
  expect(outstanding.answered(1n)).toBe('a');
  expect(outstanding.answered(1n)).toBeUndefined();
  expect(outstanding.answered(2n)).toBeUndefined();
});

test('what is too old is given up, and only that', () => {
  const { outstanding, lost } = setUp();
  for (const [nonce, path] of [...'abc'].entries()) outstanding.sent(BigInt(nonce), path, 100 * nonce);
  outstanding.expire(150);
  expect(lost).toEqual(['a', 'b']);
  expect(outstanding.answered(0n)).toBeUndefined();
  expect(outstanding.answered(2n)).toBe('c');
});

test('there is a bound: the oldest makes room', () => {
  const { outstanding, lost } = setUp(3);
  for (const [nonce, path] of [...'abcde'].entries()) outstanding.sent(BigInt(nonce), path, nonce);
  expect([outstanding.size, lost]).toEqual([3, ['a', 'b']]);
});

test('paths that left are forgotten without a word', () => {
  const { outstanding, lost } = setUp();
  outstanding.sent(1n, 'a', 0);
  outstanding.sent(2n, 'b', 0);
  outstanding.forget((path) => path === 'a');
  expect([outstanding.size, lost]).toEqual([1, []]);
});
