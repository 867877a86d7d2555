import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { decodeRequest, nonceOf } from '../../src/probe/datagram.ts';
import { probeKey } from '../../src/probe/hmac.ts';
import { pairEnds, type Seal } from '../../src/probe/seal.ts';
import {
  decodeSizeAnswer,
  decodeSizeQuestion,
  encodeSizeAnswer,
  encodeSizeQuestion,
} from '../../src/probe/size-datagram.ts';

const keyHex = '000102030405060708090a0b0c0d0e0f';
const ends = pairEnds('10.1.0.2', '10.2.0.11');
const own: Seal = { key: probeKey(keyHex), pair: { epoch: 0x01020304, director: 'fra-d1', ends } };
const shared: Seal = { key: probeKey(keyHex), pair: undefined };
const stranger: Seal = { ...own, key: probeKey('ff') };
const question = { nonce: 1n, sentAtUs: 2, vip: '192.0.2.10', sizeBytes: 1_452 };

function encoded(sizeBytes = question.sizeBytes): Buffer {
  const bytes = encodeSizeQuestion({ ...question, sizeBytes }, own);
  if (bytes === undefined) throw new Error('it fits');
  return bytes;
}

const read = (bytes: Uint8Array, seal: Seal | undefined = own) => decodeSizeQuestion(bytes, () => seal);

test('bytes on the wire: what is said, the tag over that and both ends, and padding up to the size', () => {
  const said = Buffer.from(
    '435703060000000000000001000000000000000200000000000000000000ffffc000020a05ac01020304066672612d6431',
    'hex',
  );
  const tag = createHmac('sha256', Buffer.from(keyHex, 'hex'))
    .update(said)
    .update(ends)
    .digest()
    .subarray(0, 16);
  expect(encoded()).toEqual(Buffer.concat([said, tag, Buffer.alloc(1_452 - said.length - 16)]));
});

test.each([65, 548, 1_452, 8_972])('a question of %i bytes is read as it was asked', (sizeBytes) => {
  const bytes = encoded(sizeBytes);
  expect(bytes.length).toBe(sizeBytes);
  expect(read(bytes)).toEqual({ question: { ...question, sizeBytes }, seal: own });
});

test.each([
  ['shorter than what it says', 64, own],
  ['longer than any link carries', 9_189, own],
  ['by those that share a key', 1_452, shared],
])('nobody asks %s', (_what, sizeBytes, seal) => {
  expect(encodeSizeQuestion({ ...question, sizeBytes }, seal)).toBeUndefined();
});

describe('anything else is silence', () => {
  test.each([
    ['another key', encoded(), stranger],
    ['nobody that is known', encoded(), undefined],
    ['a size that was cut on the way', encoded().subarray(0, 1_400), own],
    ['a size that was added to', Buffer.concat([encoded(), Buffer.alloc(1)]), own],
    ['a name that goes on behind its end', Buffer.from(encoded()).fill(0xff, 42, 43), own],
    ['noise', Buffer.alloc(1_452, 0x43), own],
  ])('%s', (_what, bytes, seal) => {
    expect(decodeSizeQuestion(bytes, () => seal)).toBeUndefined();
  });

  test('any flipped bit of what is said', () => {
    for (let bit = 0; bit < 65 * 8; bit++) {
      const bytes = encoded();
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(read(bytes), `bit ${bit}`).toBeUndefined();
    }
  });

  test('to who takes requests, a question is none, and costs no HMAC', () => {
    const asked: unknown[] = [];
    const sealOf = (asker: unknown) => {
      asked.push(asker);
      return own;
    };
    expect(decodeRequest(encoded(), sealOf)).toBeUndefined();
    expect(decodeRequest(encoded(1_000), sealOf)).toBeUndefined();
    expect(asked).toEqual([]);
  });
});

test('padding is read by nobody: it may be anything', () => {
  expect(read(encoded().fill(0xaa, 65))).toEqual({ question, seal: own });
});

test('an answer is shorter than any question, tells the nonce, and is good for the VIP that was asked alone', () => {
  const bytes = encodeSizeAnswer(question, own);
  expect(bytes.length).toBe(38);
  expect(nonceOf(bytes)).toBe(1n);
  expect(decodeSizeAnswer(bytes, own, '192.0.2.10')).toEqual({ nonce: 1n, sentAtUs: 2, sizeBytes: 1_452 });
  expect(decodeSizeAnswer(bytes, own, '192.0.2.11')).toBeUndefined();
  expect(decodeSizeAnswer(bytes, stranger, '192.0.2.10')).toBeUndefined();
  expect(decodeSizeAnswer(encoded(), own, '192.0.2.10')).toBeUndefined();
});
