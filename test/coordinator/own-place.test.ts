import { expect, test } from 'vitest';
import { hearingAt, reachableAt } from '../../src/coordinator/own-place.ts';

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

test.each([
  ['0.0.0.0:7400', undefined, ['0.0.0.0', '::'], ['10.1.0.2', '2001:db8::2']],
  ['[::]:7400', undefined, ['0.0.0.0', '::'], ['10.1.0.2', '2001:db8::2']],
  ['10.1.0.9:7400', undefined, ['10.1.0.9'], ['10.1.0.9']],
  ['[2001:db8::9]:7400', undefined, ['2001:db8::9'], ['2001:db8::9']],
  ['[::]:7400', '198.51.100.7:7400', ['0.0.0.0', '::'], ['198.51.100.7', '2001:db8::2']],
  ['10.1.0.9:7400', '198.51.100.7:7400', ['10.1.0.9'], ['198.51.100.7']],
  ['0.0.0.0:7400', 'c1.example:7400', ['0.0.0.0', '::'], ['10.1.0.2', '2001:db8::2']],
])(
  'one that listens at %s and says %s hears by sockets at %j what is sent to %j',
  (listen, advertise, addresses, hearsAt) => {
    expect(hearingAt({ listen, advertise, own })).toEqual({ addresses, hearsAt });
  },
);

test.each([
  ['127.0.0.1:7400', own],
  ['localhost:7400', own],
  ['[::]:7400', []],
  ['[::]:7400', ['fe80::1', '127.0.0.1']],
])('one that listens at %s, on a host of %j, hears nobody', (listen, addresses) => {
  expect(hearingAt({ listen, advertise: undefined, own: addresses })).toBeUndefined();
});
