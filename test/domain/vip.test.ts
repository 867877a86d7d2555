import { expect, test } from 'vitest';
import { canonicalUnicast, namesNetwork } from '../../src/domain/vip.ts';

test.each([
  ['192.0.2.10', '192.0.2.10'],
  ['10.1.0.0', '10.1.0.0'],
  ['223.255.255.255', '223.255.255.255'],
  ['2001:DB8:0::1', '2001:db8::1'],
  ['fd00::1', 'fd00::1'],
])('%s can be sent to, as %s', (text, canonical) => {
  expect(canonicalUnicast(text)).toBe(canonical);
});

test.each([
  '0.0.0.0',
  '0.1.2.3',
  '127.0.0.1',
  '127.255.255.255',
  '169.254.1.1',
  '224.0.0.1',
  '239.255.255.255',
  '240.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  'fe80::1',
  'febf::1',
  'ff02::1',
  '::ffff:192.0.2.10',
  '::192.0.2.10',
  'fe80::1%eth0',
  '192.0.2.10/32',
  '192.0.2.010',
  '',
  'web',
])('%s can not', (text) => {
  expect(canonicalUnicast(text)).toBeUndefined();
});

test.each([
  ['10.1.0.255', 24, true],
  ['10.1.0.0', 24, true],
  ['10.1.0.0', 31, false],
  ['10.1.0.0', 32, false],
  ['10.1.1.0', 23, false],
  ['10.1.1.255', 23, true],
  ['2001:db8::', 64, false],
])('%s/%d names its network or all of its hosts: %s', (address, prefixLength, expected) => {
  expect(namesNetwork(address, prefixLength)).toBe(expected);
});
