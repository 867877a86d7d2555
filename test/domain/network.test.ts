import { expect, test } from 'vitest';
import { isIn, parseNetwork } from '../../src/domain/network.ts';

test.each([
  ['10.1.0.0/16', '10.1.255.255', true],
  ['10.1.0.0/16', '10.2.0.0', false],
  ['10.1.0.9', '10.1.0.9', true],
  ['10.1.0.9', '10.1.0.8', false],
  ['0.0.0.0/0', '192.0.2.1', true],
  ['0.0.0.0/0', '::1', false],
  ['2001:db8::/33', '2001:db8:7fff::1', true],
  ['2001:db8::/33', '2001:db8:8000::1', false],
])('in %s is %s: %s', (text, address, expected) => {
  const network = parseNetwork(text);
  expect(network !== undefined && isIn(network, address)).toBe(expected);
});

test.each(['', '10.1.0.0/33', '::/129', '10.1/16', '10.1.0.0/', '10.1.0.0/1/2', 'fra', '10.1.0.0/-1'])(
  '%j is none',
  (text) => expect(parseNetwork(text)).toBeUndefined(),
);
