import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hmacSha256, probeKey } from '../../src/probe/hmac.ts';

test('the same as Node’s own, for keys and messages of any length', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 150 }), fc.uint8Array({ maxLength: 300 }), (key, message) => {
      const own = hmacSha256(probeKey(Buffer.from(key).toString('hex')), message);
      expect(own.equals(createHmac('sha256', key).update(message).digest())).toBe(true);
    }),
  );
});

test('RFC 4231, test case 2', () => {
  const key = probeKey(Buffer.from('Jefe').toString('hex'));
  expect(hmacSha256(key, Buffer.from('what do ya want for nothing?')).toString('hex')).toBe(
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  );
});
