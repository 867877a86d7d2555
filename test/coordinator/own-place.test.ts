import { expect, test } from 'vitest';
import { reachableAt } from '../../src/coordinator/own-place.ts';

const own = ['fe80::1', '10.1.0.2', '2001:db8::2'];

test.each([
  ['10.1.0.9:7400', own, '10.1.0.9:7400'],
  ['fra.example:7400', own, 'fra.example:7400'],
  ['[2001:db8::9]:7400', own, '[2001:db8::9]:7400'],
  ['0.0.0.0:7400', own, '10.1.0.2:7400'],
  ['[::]:7400', ['2001:db8::2'], '[2001:db8::2]:7400'],
  ['0.0.0.0:7400', ['2001:db8::2'], undefined],
])('a coordinator that listens at %s, on a host of %j, is reached at %s', (listen, addresses, expected) => {
  expect(reachableAt(listen, addresses, 7400)).toBe(expected);
});
