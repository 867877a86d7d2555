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
  type PortVerdict,
  probeKey,
  runsOf,
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
      signed('4357 01 01 1122334455667788 00000000000f4240 00000000000000000000ffffc000020a 0200'),
    );
  });

  test('request for the second page of an IPv6 VIP with room for three ports', () => {
    const bytes = encodeRequest({ nonce: 1n, sentAtUs: 2, vip: '2001:db8:a::10', page: 1 }, 3, key);
    expect(bytes.toString('hex')).toBe(
      signed('4357 01 01 0000000000000001 0000000000000002 20010db8000a00000000000000000010 0201 00000000'),
    );
  });

  test('answer', () => {
    const verdicts = [
      { port: 80, protocol: 'tcp', verdict: 'healthy' },
      { port: 53, protocol: 'udp', verdict: 'unhealthy' },
    ] as const;
    const bytes = encodeAnswer({ nonce: 1n, sentAtUs: 2, verdicts }, {}, 100, key);
    expect(bytes.toString('hex')).toBe(
      signed('4357 01 02 0000000000000001 0000000000000002 0002 00500601 00351102'),
    );
  });

  test('answer for whoever reads pages: runs, what is not well first', () => {
    const verdicts = [
      { port: 80, protocol: 'tcp', verdict: 'healthy' },
      { port: 53, protocol: 'udp', verdict: 'unchecked' },
      { port: 81, protocol: 'tcp', verdict: 'healthy' },
      { port: 443, protocol: 'tcp', verdict: 'unhealthy' },
    ] as const;
    const bytes = encodeAnswer({ nonce: 1n, sentAtUs: 2, verdicts }, { answers: 2, page: 0 }, 100, key);
    expect(bytes.toString('hex')).toBe(
      signed(
        '4357 02 02 0000000000000001 0000000000000002 00 01 0003 01bb01bb0602 003500351103 005000510601',
      ),
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
  verdict: fc.constantFrom<AppVerdict>('healthy', 'unhealthy', 'unknown', 'unchecked'),
});

describe('what was sent is what arrives', () => {
  test('request', () => {
    fc.assert(
      fc.property(nonce, sentAtUs, vip, fc.nat(400), (n, sent, address, room) => {
        const request = { nonce: n, sentAtUs: sent, vip: address };
        expect(decodeRequest(encodeRequest(request, room, key), key)).toEqual({
          ...request,
          answers: 2,
          page: 0,
          vip: canonicalAddress(address),
        });
      }),
    );
  });

  test('answer, page by page, whatever room the request left', () => {
    const many = fc.uniqueArray(portVerdict, {
      maxLength: 600,
      selector: ({ port, protocol }) => `${port}/${protocol}`,
    });
    fc.assert(
      fc.property(nonce, sentAtUs, many, fc.integer({ min: 3, max: 400 }), (n, sent, list, room) => {
        const ask = { nonce: n, sentAtUs: sent, vip: '192.0.2.1' };
        const heard: PortVerdict[] = [];
        for (let page = 0, pages = 1; page < pages; page++) {
          const bytes = encodeRequest({ ...ask, page }, room, key);
          const request = decodeRequest(bytes, key);
          if (request === undefined) throw new Error('it is a request');
          const answer = decodeAnswer(
            encodeAnswer({ ...ask, verdicts: list }, request, bytes.length, key),
            key,
          );
          if (answer === undefined) throw new Error('it is an answer');
          expect(answer).toMatchObject({ nonce: n, sentAtUs: sent });
          pages = answer.pages;
          heard.push(...answer.verdicts);
        }
        expect(heard).toEqual(runsOf(list));
        const verdictOf = ({ port, protocol }: PortVerdict) =>
          heard.find(
            (run) => run.protocol === protocol && run.port <= port && port <= (run.last ?? run.port),
          );
        for (const one of list) expect(verdictOf(one)?.verdict).toBe(one.verdict);
      }),
      { numRuns: 50 },
    );
  });

  test('four thousand ports in turn well and failing find room on pages, and four thousand alike on one', () => {
    const list = Array.from({ length: 4_096 }, (_, index) => ({
      port: index + 1,
      protocol: 'tcp' as const,
      verdict: index % 2 === 0 ? ('healthy' as const) : ('unhealthy' as const),
    }));
    const head = { nonce: 1n, sentAtUs: 1 };
    const first = encodeAnswer({ ...head, verdicts: list }, { answers: 2 }, 1_172, key);
    expect(decodeAnswer(first, key)).toMatchObject({ pages: 22, verdicts: { length: 188 } });
    const alike = list.map((one) => ({ ...one, verdict: 'healthy' as const }));
    const whole = encodeAnswer({ ...head, verdicts: alike }, { answers: 2 }, 1_172, key);
    expect(decodeAnswer(whole, key)).toMatchObject({
      pages: 1,
      verdicts: [{ port: 1, last: 4_096, protocol: 'tcp', verdict: 'healthy' }],
    });
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

describe('programs of different versions understand each other', () => {
  const verdicts = [
    { port: 80, protocol: 'tcp', verdict: 'healthy' },
    { port: 53, protocol: 'udp', verdict: 'unchecked' },
  ] as const;

  test('a director of before, which says nothing of answers, is answered as ever: an unchecked port is well', () => {
    const old = Buffer.from(
      signed('4357 01 01 1122334455667788 00000000000f4240 00000000000000000000ffffc000020a'),
      'hex',
    );
    const request = decodeRequest(old, key);
    expect(request).toMatchObject({ vip: '192.0.2.10', answers: 1, page: 0 });
    const reply = encodeAnswer({ nonce: 1n, sentAtUs: 2, verdicts }, request ?? {}, 100, key);
    expect(reply.toString('hex')).toBe(
      signed('4357 01 02 0000000000000001 0000000000000002 0002 00500601 00351101'),
    );
    const padded = decodeRequest(
      Buffer.from(
        signed('4357 01 01 1122334455667788 00000000000f4240 00000000000000000000ffffc000020a 00000000'),
        'hex',
      ),
      key,
    );
    expect(padded).toMatchObject({ answers: 1 });
  });

  test('a real server of before answers in version 1, and is understood', () => {
    const answer = Buffer.from(
      signed('4357 01 02 0000000000000001 0000000000000002 0002 00500601 00351102'),
      'hex',
    );
    expect(decodeAnswer(answer, key)).toEqual({
      nonce: 1n,
      sentAtUs: 2,
      verdicts: [
        { port: 80, protocol: 'tcp', verdict: 'healthy' },
        { port: 53, protocol: 'udp', verdict: 'unhealthy' },
      ],
      pages: 1,
    });
  });

  test('what a later real server says in words that are new says nothing, and takes nothing from the rest', () => {
    const answer = Buffer.from(
      signed(
        '4357 02 02 0000000000000001 0000000000000002 00 01 0003 01bb01bb0609 003500353303 005000510601',
      ),
      'hex',
    );
    expect(decodeAnswer(answer, key)?.verdicts).toEqual([
      { port: 443, protocol: 'tcp', verdict: 'unknown' },
      { port: 80, last: 81, protocol: 'tcp', verdict: 'healthy' },
    ]);
  });
});

describe('no amplification', () => {
  test('an answer is never longer than its request', () => {
    fc.assert(
      fc.property(
        fc.nat(400),
        fc.array(portVerdict, { maxLength: 400 }),
        fc.nat(3),
        (room, list, answers) => {
          const request = encodeRequest({ nonce: 1n, sentAtUs: 1, vip: '2001:db8::1' }, room, key);
          const answer = encodeAnswer(
            { nonce: 1n, sentAtUs: 1, verdicts: list },
            { answers },
            request.length,
            key,
          );
          expect(answer.length).toBeLessThanOrEqual(request.length);
          const told = answers > 1 ? runsOf(list) : list;
          expect(decodeAnswer(answer, key)?.verdicts.length).toBeGreaterThanOrEqual(
            Math.min(room, told.length, verdictLimit),
          );
        },
      ),
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
    {},
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
      '4357 01 02 0000000000000001 0000000000000002 0001 00500604',
      '4357 02 02 0000000000000001 0000000000000002 0001 00500601',
    ];
    for (const hex of wrong) expect(decodeAnswer(Buffer.from(signed(hex), 'hex'), key)).toBeUndefined();
  });
});
