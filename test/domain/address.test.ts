import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  canonicalAddress,
  compareAddresses,
  familyOf,
  formatAddress,
  hostPrefixLength,
  parseAddress,
  sameNetwork,
  sortableAddress,
} from '../../src/domain/address.ts';

describe('canonical text', () => {
  test.each([
    ['192.0.2.10', '192.0.2.10'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['2001:db8:0:1:0:0:0:1', '2001:db8:0:1::1'],
    // RFC 5952 section 4.2.2: one group of zeros is not shortened; 4.2.3: the first of two equal runs is.
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['0.0.0.0', '0.0.0.0'],
    ['255.255.255.255', '255.255.255.255'],
    ['::', '::'],
    ['::1', '::1'],
    ['fe80::', 'fe80::'],
    ['::ffff:192.0.2.1', '::ffff:c000:201'],
  ])('%s → %s', (text, expected) => {
    expect(canonicalAddress(text)).toBe(expected);
  });

  test.each([
    '',
    '192.0.2',
    '192.0.2.256',
    '192.0.02.1',
    '192.0.2.00',
    '00.0.2.1',
    '192..2.1',
    '192.0.2.1.',
    '192.0.2.1.5',
    '192.0.2.1000',
    '192.0.2.-1',
    '...',
    '192.0.2.1/32',
    ' 192.0.2.1',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7::8',
    '12345::',
    'fe80::1%eth0',
    '::192.0.2.1:1',
    'g::',
    ':::',
    ':1',
  ])('%j is no address', (text) => {
    expect(canonicalAddress(text)).toBeUndefined();
  });

  test('any bytes come back from their text', () => {
    const size = fc.constantFrom(4, 16);
    const bytes = size.chain((length) => fc.uint8Array({ minLength: length, maxLength: length }));
    fc.assert(
      fc.property(bytes, (given) => {
        expect(parseAddress(formatAddress(given))).toEqual(given);
      }),
    );
  });
});

test.each([
  ['10.1.0.1', '10.1.0.254', 24, true],
  ['10.1.0.1', '10.1.1.1', 24, false],
  ['10.1.0.1', '10.1.1.1', 23, true],
  ['10.1.0.1', '10.1.0.2', 32, false],
  ['10.1.0.1', '192.0.2.1', 0, true],
  ['2001:db8::1', '2001:db8::ffff', 64, true],
  ['2001:db8::1', '2001:db8:0:1::1', 64, false],
  ['10.1.0.1', '::1', 0, false],
  ['nothing', '10.1.0.1', 0, false],
])('%s and %s within /%i: %s', (a, b, prefixLength, expected) => {
  expect(sameNetwork(a, b, prefixLength)).toBe(expected);
});

test('order: IPv4 before IPv6, then by bytes and not by text', () => {
  const sorted = ['10.1.0.9', '10.1.0.11', '192.0.2.1', '2001:db8::9', '2001:db8::a'];
  expect(sorted.toReversed().toSorted(compareAddresses)).toEqual(sorted);
  expect(compareAddresses('::1', '0:0::1')).toBe(0);
  const keys = sorted.map(sortableAddress);
  expect(keys.toReversed().toSorted()).toEqual(keys);
});

test('family and the prefix of one host', () => {
  expect([familyOf('192.0.2.1'), hostPrefixLength('192.0.2.1')]).toEqual(['ipv4', 32]);
  expect([familyOf('::1'), hostPrefixLength('::1')]).toEqual(['ipv6', 128]);
});
