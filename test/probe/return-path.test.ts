// The datagrams of the return path: what comes back of them, and what is nobody's.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { vipsARound } from '../../src/domain/return-path.ts';
import { probeKey } from '../../src/probe/hmac.ts';
import { createProbeKeys, senderKeyHex } from '../../src/probe/keys.ts';
import { decodeRound, encodeRound, type RoundDatagram } from '../../src/probe/return-path.ts';
import type { Seal } from '../../src/probe/seal.ts';

const seal: Seal = { key: probeKey('5a'.repeat(16)), pair: undefined };
const other: Seal = { key: probeKey('5b'.repeat(16)), pair: undefined };
const proof: RoundDatagram = {
  kind: 'proof',
  round: 1_700_000_000_000,
  realServer: 'lon-r1',
  epoch: 7,
  vips: ['192.0.2.10'],
};

test('what was sent is read again, of both families', () => {
  const vip = fc.oneof(fc.ipV4(), fc.constantFrom('2001:db8::10', '2001:db8:a::1'));
  fc.assert(
    fc.property(
      fc.array(vip, { maxLength: vipsARound }),
      fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
      fc.string({ maxLength: 60, unit: 'grapheme-ascii' }),
      (vips, round, realServer) => {
        const datagram = { ...proof, kind: 'presence' as const, vips, round, realServer };
        expect(decodeRound(encodeRound(datagram, seal), () => seal)).toEqual(datagram);
      },
    ),
  );
});

describe('is nobody’s', () => {
  const bytes = encodeRound(proof, seal);
  const changed = (at: number, value: number): Buffer => {
    const copy = Buffer.from(bytes);
    copy.writeUInt8(value, at);
    return copy;
  };
  test.each([
    ['under another key', bytes, other],
    ['of an epoch that is not known', bytes, undefined],
    ['with another round', changed(11, 1), seal],
    ['with another name', changed(17, 0x41), seal],
    ['of a version to come', changed(2, 9), seal],
    ['a request', changed(3, 1), seal],
    ['a presence made of a proof', changed(3, 4), seal],
    ['cut', bytes.subarray(0, -1), seal],
    ['longer', Buffer.concat([bytes, Buffer.alloc(1)]), seal],
    ['a proof of two VIPs', encodeRound({ ...proof, vips: ['192.0.2.10', '192.0.2.11'] }, seal), seal],
    ['nothing', Buffer.alloc(0), seal],
  ])('%s', (_, datagram, known) => {
    expect(decodeRound(datagram, () => known)).toBeUndefined();
  });
});

test('a collector makes of its own key those of all that send to it, and each is good with it alone', () => {
  const secrets = [
    { epoch: 7, secretHex: 'ab'.repeat(32) },
    { epoch: 8, secretHex: 'cd'.repeat(32) },
  ];
  const keys = createProbeKeys(secrets, 7);
  const given = keys.toCollector('fra-d1', 'lon-r1');
  const own = keys.ofCollector('fra-d1').find(({ epoch }) => epoch === given?.epoch);
  expect(senderKeyHex(own?.keyHex ?? '', 'lon-r1')).toBe(given?.keyHex);
  const all = [
    given,
    keys.toCollector('fra-d1', 'lon-r2'),
    keys.toCollector('fra-d2', 'lon-r1'),
    keys.between('fra-d1', 'lon-r1'),
    ...keys.ofCollector('fra-d1'),
    ...keys.ofRealServer('fra-d1'),
  ].map((key) => key?.keyHex);
  expect(new Set(all).size).toBe(all.length);
});
