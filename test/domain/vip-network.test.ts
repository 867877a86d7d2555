import { expect, test } from 'vitest';
import {
  canonicalVip,
  hostOf,
  networkLookup,
  placesSharing,
  shareAddress,
} from '../../src/domain/vip-network.ts';

test.each([
  ['192.0.2.10', '192.0.2.10'],
  ['192.0.2.0/28', '192.0.2.0/28'],
  ['203.0.0.0/16', '203.0.0.0/16'],
  ['192.0.2.2/31', '192.0.2.2/31'],
  ['2001:DB8:A::/64', '2001:db8:a::/64'],
])('%s can be a VIP, as %s', (text, canonical) => {
  expect(canonicalVip(text)).toBe(canonical);
});

test.each([
  '192.0.2.1/28',
  '192.0.2.0/32',
  '192.0.2.0/15',
  '10.0.0.0/8',
  '127.0.0.0/24',
  '224.0.0.0/16',
  '2001:db8::1/64',
  '2001:db8::/32',
  '2001:db8::1/128',
  'fe80::/64',
  '192.0.2.0/',
  '192.0.2.0/2a',
  'web/24',
])('%s can not', (text) => {
  expect(canonicalVip(text)).toBeUndefined();
});

test.each([
  ['192.0.2.10', '192.0.2.10'],
  ['192.0.2.64/28', '192.0.2.65'],
  ['192.0.2.2/31', '192.0.2.3'],
  ['2001:db8:a::/64', '2001:db8:a::1'],
])('at %s Causeway itself asks %s', (vip, host) => {
  expect(hostOf(vip)).toBe(host);
});

test.each([
  ['192.0.2.0/28', '192.0.2.15', true],
  ['192.0.2.16', '192.0.2.0/28', false],
  ['192.0.2.0/24', '192.0.2.64/28', true],
  ['192.0.2.0/28', '2001:db8::/64', false],
  ['192.0.2.1', '192.0.2.1', true],
])('%s and %s share an address: %s', (a, b, expected) => {
  expect(shareAddress(a, b)).toBe(expected);
});

test('of networks of several lengths the one with the address is found', () => {
  const found = networkLookup([
    ['192.0.2.0/28', 'a'],
    ['198.51.100.0/24', 'b'],
    ['2001:db8:a::/64', 'c'],
  ]);
  expect(
    ['192.0.2.15', '192.0.2.16', '198.51.100.7', '2001:db8:a::ffff', '2001:db8:b::1'].map(found),
  ).toEqual(['a', undefined, 'b', 'c', undefined]);
});

test('of many places those that share an address with one are found', () => {
  const places = ['/16', '/23', '/24', '/25', '/29', '/31', ''].flatMap((length) =>
    ['192.0.2.0', '192.0.0.0', '192.0.2.8', '192.0.3.128'].map((address) => `${address}${length}`),
  );
  places.push(
    '2001:db8::/48',
    '2001:db8::/49',
    '2001:db8:0:8000::/49',
    '2001:db8::1',
    '2001:db8:1::/64',
    '10.0.0.0/16',
  );
  const whole = places.flatMap((place) => canonicalVip(place) ?? (place.includes('/') ? [] : [place]));
  expect(whole.length).toBeGreaterThan(20);
  const sharing = placesSharing(whole.map((place) => [place, place] as const));
  for (const place of [...whole, '192.0.2.9', '2001:db8:0:9::/64', '203.0.113.0/24'])
    expect([place, sharing(place)]).toEqual([place, whole.filter((other) => shareAddress(other, place))]);
});
