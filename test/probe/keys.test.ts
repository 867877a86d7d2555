// Keys of pairs: what each agent is given, and what nobody can make of it.
import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createProbeKeys, pairKeyHex, realServerKeyHex } from '../../src/probe/keys.ts';

const secretHex = '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f';
const secrets = [
  { epoch: 7, secretHex },
  { epoch: 8, secretHex: 'ab'.repeat(32) },
];

function hmac(keyHex: string, text: string): string {
  return createHmac('sha256', Buffer.from(keyHex, 'hex')).update(text).digest('hex');
}

test('a real server’s key is of the secret, a director’s of the real server’s', () => {
  const own = hmac(secretHex, 'causeway probe\nrealserver\nlon-r1');
  expect(realServerKeyHex(secretHex, 'lon-r1')).toBe(own);
  const pair = hmac(own, 'causeway probe\ndirector\nfra-d1').slice(0, 32);
  expect(pairKeyHex(own, 'fra-d1')).toBe(pair);
  expect(createProbeKeys(secrets, 7).between('fra-d1', 'lon-r1')).toEqual({
    name: 'lon-r1',
    epoch: 7,
    keyHex: pair,
  });
});

test('a real server makes of its own keys what its directors were given, of every secret that may be in use', () => {
  for (const inUse of [7, 8]) {
    const keys = createProbeKeys(secrets, inUse);
    const given = keys.between('fra-d1', 'lon-r1');
    const own = keys.ofRealServer('lon-r1');
    expect(own.map(({ name, epoch }) => [name, epoch])).toEqual([
      ['', 7],
      ['', 8],
    ]);
    const key = own.find(({ epoch }) => epoch === inUse)?.keyHex ?? '';
    expect(pairKeyHex(key, 'fra-d1')).toBe(given?.keyHex);
  }
});

test('every pair has a key of its own, and so has every real server and every secret', () => {
  const name = fc.stringMatching(/^[a-z0-9][a-z0-9.-]{0,12}$/);
  fc.assert(
    fc.property(fc.uniqueArray(name, { minLength: 2, maxLength: 12 }), (names) => {
      const [old, now] = [createProbeKeys(secrets, 7), createProbeKeys(secrets, 8)];
      const all = names.flatMap((a) => [
        ...now.ofRealServer(a).map(({ keyHex }) => keyHex),
        ...names.flatMap((b) => [old.between(a, b)?.keyHex, now.between(a, b)?.keyHex]),
      ]);
      expect(new Set(all).size).toBe(all.length);
    }),
    { numRuns: 30 },
  );
});

test('each is made once', () => {
  const keys = createProbeKeys(secrets, 8);
  expect(keys.between('d', 'r')).toBe(keys.between('d', 'r'));
  expect(keys.ofRealServer('r')).toBe(keys.ofRealServer('r'));
  expect(createProbeKeys(secrets, 9).between('d', 'r')).toBeUndefined();
});
