import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalAddress, formatAddress } from '../../src/domain/address.ts';
import type { Protocol } from '../../src/domain/ipvs-table.ts';
import type { AppVerdict } from '../../src/domain/probe.ts';
import {
  decodeAnswer,
  decodeFarewell,
  decodeRequest,
  encodeAnswer,
  encodeFarewell,
  encodeRequest,
  probeKey,
  verdictLimit,
} from '../../src/probe/datagram.ts';

const keyHex = '000102030405060708090a0b0c0d0e0f';
const key = probeKey(keyHex);
const stranger = probeKey('ff'.repeat(16));

function signed(hex: string): string {
  const body = Buffer.from(hex.replaceAll(/\s/g, ''), 'hex');
  const tag = createHmac('sha256', Buffer.from(keyHex, 'hex')).update(body).digest().subarray(0, 16);
  return Buffer.concat([body, tag]).toString('hex');
}

describe('bytes on the wire', () => {
  test('request for an IPv4 VIP', () => {
    const bytes = encodeRequest(
      { nonce: 0x1122334455667788n, sentAtUs: 1_000_000, vip: '192.0.2.10' },
      1,
      key,
    );
    expect(bytes.toString('hex')).toBe(
      signed('4357 01 01 1122334455667788 00000000000f4240 00000000000000000000ffffc000020a'),
    );
  });

  test('request for an IPv6 VIP with room for five ports', () => {
    const bytes = encodeRequest({ nonce: 1n, sentAtUs: 2, vip: '2001:db8:a::10' }, 5, key);
    expect(bytes.toString('hex')).toBe(
      signed('4357 01 01 0000000000000001 0000000000000002 20010db8000a00000000000000000010 000000000000'),
    );
  });

  test('answer', () => {
    const verdicts = [
      { port: 80, protocol: 'tcp', verdict: 'healthy' },
      { port: 53, protocol: 'udp', verdict: 'unhealthy' },
    ] as const;
    const bytes = encodeAnswer({ nonce: 1n, sentAtUs: 2, verdicts }, 100, key);
    expect(bytes.toString('hex')).toBe(
      signed('4357 01 02 0000000000000001 0000000000000002 0002 00500601 00351102'),
    );
  });

  test('farewell', () => {
    const bytes = encodeFarewell({ nonce: 0x1122334455667788n, sentAtUs: 1_000_000 }, key);
    expect(bytes.toString('hex')).toBe(signed('4357 01 03 1122334455667788 00000000000f4240'));
  });
});

const nonce = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const sentAtUs = fc.maxSafeNat();
const vip = fc
  .oneof(fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.uint8Array({ minLength: 16, maxLength: 16 }))
  .map((bytes) => formatAddress(bytes));
const portVerdict = fc.record({
  port: fc.nat(65_535),
  protocol: fc.constantFrom<Protocol>('tcp', 'udp', 'sctp'),
  verdict: fc.constantFrom<AppVerdict>('healthy', 'unhealthy', 'unknown'),
});
const verdicts = fc.array(portVerdict, { maxLength: 12 });

describe('what was sent is what arrives', () => {
  test('request', () => {
    fc.assert(
      fc.property(nonce, sentAtUs, vip, fc.nat(400), (n, sent, address, room) => {
        const request = { nonce: n, sentAtUs: sent, vip: address };
        expect(decodeRequest(encodeRequest(request, room, key), key)).toEqual({
          ...request,
          vip: canonicalAddress(address),
        });
      }),
    );
  });

  test('answer, where the request left room', () => {
    fc.assert(
      fc.property(nonce, sentAtUs, verdicts, (n, sent, list) => {
        const request = encodeRequest({ nonce: n, sentAtUs: sent, vip: '192.0.2.1' }, list.length, key);
        const answer = { nonce: n, sentAtUs: sent, verdicts: list };
        expect(decodeAnswer(encodeAnswer(answer, request.length, key), key)).toEqual(answer);
      }),
    );
  });

  test('farewell', () => {
    fc.assert(
      fc.property(nonce, sentAtUs, (n, sent) => {
        const farewell = { nonce: n, sentAtUs: sent };
        expect(decodeFarewell(encodeFarewell(farewell, key), key)).toEqual(farewell);
      }),
    );
  });
});

describe('no amplification', () => {
  test('an answer is never longer than its request', () => {
    fc.assert(
      fc.property(fc.nat(400), fc.array(portVerdict, { maxLength: 400 }), (room, list) => {
        const request = encodeRequest({ nonce: 1n, sentAtUs: 1, vip: '2001:db8::1' }, room, key);
        const answer = encodeAnswer({ nonce: 1n, sentAtUs: 1, verdicts: list }, request.length, key);
        expect(answer.length).toBeLessThanOrEqual(request.length);
        expect(decodeAnswer(answer, key)?.verdicts.length).toBeGreaterThanOrEqual(
          Math.min(room, list.length, verdictLimit),
        );
      }),
    );
  });

  test('a farewell is shorter than any request', () => {
    fc.assert(
      fc.property(vip, fc.nat(400), (address, room) => {
        const request = encodeRequest({ nonce: 1n, sentAtUs: 1, vip: address }, room, key);
        expect(encodeFarewell({ nonce: 1n, sentAtUs: 1 }, key).length).toBeLessThan(request.length);
      }),
    );
  });
});

describe('anything else is silence', () => {
  const request = encodeRequest({ nonce: 7n, sentAtUs: 9, vip: '192.0.2.1' }, 2, key);
  const answer = encodeAnswer(
    { nonce: 7n, sentAtUs: 9, verdicts: [{ port: 80, protocol: 'tcp', verdict: 'healthy' }] },
    request.length,
    key,
  );
  const farewell = encodeFarewell({ nonce: 7n, sentAtUs: 9 }, key);
  const kinds = { request, answer, farewell } as const;
  const decoders = { request: decodeRequest, answer: decodeAnswer, farewell: decodeFarewell } as const;
  const names = ['request', 'answer', 'farewell'] as const;

  test.each(names)('%s: another key', (name) => {
    expect(decoders[name](kinds[name], stranger)).toBeUndefined();
  });

  test.each(names)('a %s is nothing else', (name) => {
    for (const other of names) {
      const read = decoders[other](kinds[name], key);
      if (other === name) expect(read).toBeDefined();
      else expect(read).toBeUndefined();
    }
  });

  test('any flipped bit', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(7), (position, bit) => {
        for (const name of names) {
          const copy = Buffer.from(kinds[name]);
          const index = position % copy.length;
          copy[index] = (copy[index] ?? 0) ^ (1 << bit);
          expect(decoders[name](copy, key)).toBeUndefined();
        }
      }),
    );
  });

  test('any other length, any noise', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1500 }), (noise) => {
        expect(decodeRequest(noise, key)).toBeUndefined();
        expect(decodeAnswer(noise, key)).toBeUndefined();
        expect(decodeFarewell(noise, key)).toBeUndefined();
      }),
    );
    for (const name of names) {
      for (let cut = 1; cut <= kinds[name].length; cut++)
        expect(decoders[name](kinds[name].subarray(0, -cut), key)).toBeUndefined();
    }
  });

  test('a farewell that goes on', () => {
    const longer = Buffer.from(signed('4357 01 03 0000000000000001 0000000000000002 00'), 'hex');
    expect(decodeFarewell(longer, key)).toBeUndefined();
  });

  test('right key, wrong inside', () => {
    const wrong = [
      '4357 01 02 0000000000000001 0000000000000002 0002 00500601',
      '4357 01 02 0000000000000001 0000000000000002 0001 00500701',
      '4357 01 02 0000000000000001 0000000000000002 0001 00500603',
      '4357 02 02 0000000000000001 0000000000000002 0001 00500601',
    ];
    for (const hex of wrong) expect(decodeAnswer(Buffer.from(signed(hex), 'hex'), key)).toBeUndefined();
  });
});
