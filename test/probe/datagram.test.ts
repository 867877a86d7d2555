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
  verdictLimit,
} from '../../src/probe/datagram.ts';
import type { Asker } from '../../src/probe/datagram-head.ts';
import { probeKey } from '../../src/probe/hmac.ts';
import { pairEnds, type Seal } from '../../src/probe/seal.ts';
import { type PortVerdict, runsOf } from '../../src/probe/verdict-runs.ts';

const keyHex = '000102030405060708090a0b0c0d0e0f';
/** The key that all share, until 0.1. */
const shared: Seal = { key: probeKey(keyHex), pair: undefined };
const pair = { epoch: 0x01020304, director: 'fra-d1', ends: pairEnds('10.1.0.2', '2001:db8::11') };
const own: Seal = { key: probeKey(keyHex), pair };
const seals = { shared, pair: own } as const;
const seal = fc.constantFrom(shared, own);
const ofPair = '0a010002 20010db8000000000000000000000011';

function signed(hex: string, about = ''): string {
  const [body, rest] = [hex, about].map((text) => Buffer.from(text.replaceAll(/\s/g, ''), 'hex'));
  if (body === undefined || rest === undefined) throw new Error('both are there');
  const said = Buffer.concat([body, rest]);
  const tag = createHmac('sha256', Buffer.from(keyHex, 'hex')).update(said).digest().subarray(0, 16);
  return Buffer.concat([body, tag]).toString('hex');
}

/** Whoever is asked for: each request is told whose it says it is. */
function readRequest(bytes: Uint8Array, by: Seal, askers: Asker[] = []) {
  return decodeRequest(bytes, (asker) => {
    askers.push(asker);
    return (asker === undefined) === (by.pair === undefined) ? by : undefined;
  })?.request;
}

describe('bytes on the wire', () => {
  test('request for an IPv4 VIP', () => {
    const bytes = encodeRequest(
      { nonce: 0x1122334455667788n, sentAtUs: 1_000_000, vip: '192.0.2.10' },
      1,
      shared,
    );
    expect(bytes.toString('hex')).toBe(
      signed('4357 01 01 1122334455667788 00000000000f4240 00000000000000000000ffffc000020a 0200'),
    );
  });

  test('request for the second page of an IPv6 VIP with room for three ports', () => {
    const bytes = encodeRequest({ nonce: 1n, sentAtUs: 2, vip: '2001:db8:a::10', page: 1 }, 3, shared);
    expect(bytes.toString('hex')).toBe(
      signed('4357 01 01 0000000000000001 0000000000000002 20010db8000a00000000000000000010 0201 00000000'),
    );
  });

  test('answer', () => {
    const verdicts = [
      { port: 80, protocol: 'tcp', verdict: 'healthy' },
      { port: 53, protocol: 'udp', verdict: 'unhealthy' },
    ] as const;
    const bytes = encodeAnswer({ nonce: 1n, sentAtUs: 2, verdicts }, { vip: '192.0.2.10' }, 100, shared);
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
    const wishes = { vip: '192.0.2.10', answers: 2, page: 0 };
    const bytes = encodeAnswer({ nonce: 1n, sentAtUs: 2, verdicts }, wishes, 100, shared);
    expect(bytes.toString('hex')).toBe(
      signed(
        '4357 02 02 0000000000000001 0000000000000002 00 01 0003 01bb01bb0602 003500351103 005000510601',
      ),
    );
  });

  test('farewell', () => {
    const bytes = encodeFarewell({ nonce: 0x1122334455667788n, sentAtUs: 1_000_000 }, shared, '192.0.2.10');
    expect(bytes.toString('hex')).toBe(signed('4357 01 03 1122334455667788 00000000000f4240'));
  });

  test('of a pair: who asks, and in the tag who is asked, and of an answer about whom', () => {
    const head = { nonce: 1n, sentAtUs: 2 };
    const mapped = (ipv4: string) => `00000000000000000000ffff${ipv4}`;
    const ends = mapped(ofPair);
    const request = encodeRequest({ ...head, vip: '192.0.2.10' }, 1, own);
    expect(request.toString('hex')).toBe(
      signed(
        `4357 03 01 0000000000000001 0000000000000002 ${mapped('c000020a')} 02 00 01020304 06 6672612d6431 0000`,
        ends,
      ),
    );
    const verdicts = [{ port: 443, protocol: 'tcp', verdict: 'unhealthy' }] as const;
    const answer = encodeAnswer({ ...head, verdicts }, { vip: '192.0.2.10' }, 100, own);
    expect(answer.toString('hex')).toBe(
      signed(
        '4357 03 02 0000000000000001 0000000000000002 00 01 0001 01bb01bb0602',
        `${ends} ${mapped('c000020a')}`,
      ),
    );
    expect(encodeFarewell(head, own, '192.0.2.10').toString('hex')).toBe(
      signed('4357 03 03 0000000000000001 0000000000000002', `${ends} ${mapped('c000020a')}`),
    );
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
      fc.property(nonce, sentAtUs, vip, fc.nat(400), seal, (n, sent, address, room, by) => {
        const request = { nonce: n, sentAtUs: sent, vip: address };
        const askers: Asker[] = [];
        expect(readRequest(encodeRequest(request, room, by), by, askers)).toEqual({
          ...request,
          answers: 2,
          page: 0,
          vip: canonicalAddress(address),
        });
        expect(askers).toEqual([by.pair && { epoch: pair.epoch, director: pair.director }]);
      }),
    );
  });

  test('answer, page by page, whatever room the request left', () => {
    const many = fc.uniqueArray(portVerdict, {
      maxLength: 600,
      selector: ({ port, protocol }) => `${port}/${protocol}`,
    });
    fc.assert(
      fc.property(
        nonce,
        sentAtUs,
        many,
        fc.integer({ min: 3, max: 400 }),
        seal,
        (n, sent, list, room, by) => {
          const ask = { nonce: n, sentAtUs: sent, vip: '192.0.2.1' };
          const heard: PortVerdict[] = [];
          for (let page = 0, pages = 1; page < pages; page++) {
            const bytes = encodeRequest({ ...ask, page }, room, by);
            const request = readRequest(bytes, by);
            if (request === undefined) throw new Error('it is a request');
            const reply = encodeAnswer({ ...ask, verdicts: list }, request, bytes.length, by);
            const answer = decodeAnswer(reply, by, ask.vip);
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
        },
      ),
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
    const about = '192.0.2.1';
    const first = encodeAnswer({ ...head, verdicts: list }, { vip: about }, 1_172, own);
    expect(decodeAnswer(first, own, about)).toMatchObject({ pages: 22, verdicts: { length: 188 } });
    const alike = list.map((one) => ({ ...one, verdict: 'healthy' as const }));
    const whole = encodeAnswer({ ...head, verdicts: alike }, { vip: about }, 1_172, own);
    expect(decodeAnswer(whole, own, about)).toMatchObject({
      pages: 1,
      verdicts: [{ port: 1, last: 4_096, protocol: 'tcp', verdict: 'healthy' }],
    });
  });

  test('farewell', () => {
    fc.assert(
      fc.property(nonce, sentAtUs, vip, seal, (n, sent, about, by) => {
        const farewell = { nonce: n, sentAtUs: sent };
        expect(decodeFarewell(encodeFarewell(farewell, by, about), by, about)).toEqual(farewell);
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
    const request = readRequest(old, shared);
    expect(request).toMatchObject({ vip: '192.0.2.10', answers: 1, page: 0 });
    if (request === undefined) throw new Error('it is a request');
    const reply = encodeAnswer({ nonce: 1n, sentAtUs: 2, verdicts }, request, 100, shared);
    expect(reply.toString('hex')).toBe(
      signed('4357 01 02 0000000000000001 0000000000000002 0002 00500601 00351101'),
    );
    const padded = readRequest(
      Buffer.from(
        signed('4357 01 01 1122334455667788 00000000000f4240 00000000000000000000ffffc000020a 00000000'),
        'hex',
      ),
      shared,
    );
    expect(padded).toMatchObject({ answers: 1 });
  });

  test('a real server of before answers in version 1, and is understood', () => {
    const answer = Buffer.from(
      signed('4357 01 02 0000000000000001 0000000000000002 0002 00500601 00351102'),
      'hex',
    );
    expect(decodeAnswer(answer, shared, '192.0.2.10')).toEqual({
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
    expect(decodeAnswer(answer, shared, '192.0.2.10')?.verdicts).toEqual([
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
        seal,
        (room, list, answers, by) => {
          const about = '2001:db8::1';
          const request = encodeRequest({ nonce: 1n, sentAtUs: 1, vip: about }, room, by);
          const said = { nonce: 1n, sentAtUs: 1, verdicts: list };
          const answer = encodeAnswer(said, { answers, vip: about }, request.length, by);
          expect(answer.length).toBeLessThanOrEqual(request.length);
          const told = answers > 1 || by.pair !== undefined ? runsOf(list) : list;
          expect(decodeAnswer(answer, by, about)?.verdicts.length).toBeGreaterThanOrEqual(
            Math.min(room, told.length, verdictLimit),
          );
        },
      ),
    );
  });

  test('nor longer than the shortest request that anybody can make', () => {
    for (const by of [shared, own])
      for (let bytes = 52; bytes < 200; bytes++) {
        const verdicts = Array.from({ length: 300 }, (_, index) => ({
          port: 2 * index + 1,
          protocol: 'tcp' as const,
          verdict: 'healthy' as const,
        }));
        for (const answers of [1, 2])
          expect(
            encodeAnswer({ nonce: 1n, sentAtUs: 1, verdicts }, { answers, vip: '192.0.2.1' }, bytes, by)
              .length,
          ).toBeLessThanOrEqual(bytes);
      }
  });

  test('a farewell is shorter than any request', () => {
    fc.assert(
      fc.property(vip, fc.nat(400), seal, (address, room, by) => {
        const request = encodeRequest({ nonce: 1n, sentAtUs: 1, vip: address }, room, by);
        expect(encodeFarewell({ nonce: 1n, sentAtUs: 1 }, by, address).length).toBeLessThan(request.length);
      }),
    );
  });
});

const names = ['request', 'answer', 'farewell'] as const;
type Name = (typeof names)[number];

function read(name: Name, bytes: Uint8Array, by: Seal, about: string): unknown {
  if (name === 'request') return readRequest(bytes, by);
  return (name === 'answer' ? decodeAnswer : decodeFarewell)(bytes, by, about);
}

describe.each(['shared', 'pair'] as const)('anything else is silence (%s)', (which) => {
  const by = seals[which];
  const about = '192.0.2.1';
  const head = { nonce: 7n, sentAtUs: 9 };
  const request = encodeRequest({ ...head, vip: about }, 2, by);
  const verdicts = [{ port: 80, protocol: 'tcp', verdict: 'healthy' }] as const;
  const kinds = {
    request,
    answer: encodeAnswer({ ...head, verdicts }, { vip: about }, request.length, by),
    farewell: encodeFarewell(head, by, about),
  };

  test.each(names)('%s: another key', (name) => {
    const stranger = { ...by, key: probeKey('ff'.repeat(16)) };
    expect(read(name, kinds[name], by, about)).toBeDefined();
    expect(read(name, kinds[name], stranger, about)).toBeUndefined();
  });

  test.each(names)('a %s is nothing else', (name) => {
    for (const other of names) {
      const found = read(other, kinds[name], by, about);
      if (other === name) expect(found).toBeDefined();
      else expect(found).toBeUndefined();
    }
  });

  test('any flipped bit', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(7), (position, bit) => {
        for (const name of names) {
          const copy = Buffer.from(kinds[name]);
          const index = position % copy.length;
          copy[index] = (copy[index] ?? 0) ^ (1 << bit);
          expect(read(name, copy, by, about)).toBeUndefined();
        }
      }),
    );
  });

  test('any other length, any noise', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1500 }), (noise) => {
        for (const name of names) expect(read(name, noise, by, about)).toBeUndefined();
      }),
    );
    for (const name of names) {
      for (let cut = 1; cut <= kinds[name].length; cut++)
        expect(read(name, kinds[name].subarray(0, -cut), by, about)).toBeUndefined();
    }
  });
});

describe('what was said between two is good for nobody else', () => {
  const head = { nonce: 7n, sentAtUs: 9 };
  const about = '192.0.2.1';
  const said = {
    request: encodeRequest({ ...head, vip: about }, 2, own),
    answer: encodeAnswer({ ...head, verdicts: [] }, { vip: about }, 100, own),
    farewell: encodeFarewell(head, own, about),
  };

  test.each([
    ['another real server', { ...pair, ends: pairEnds('10.1.0.2', '2001:db8::12') }],
    ['another director', { ...pair, ends: pairEnds('10.1.0.3', '2001:db8::11') }],
    ['the other way round', { ...pair, ends: pairEnds('2001:db8::11', '10.1.0.2') }],
  ])('%s', (_, other) => {
    for (const name of names) expect(read(name, said[name], { ...own, pair: other }, about)).toBeUndefined();
  });

  test('an answer and a farewell are about one VIP', () => {
    for (const name of ['answer', 'farewell'] as const)
      expect(read(name, said[name], own, '192.0.2.2')).toBeUndefined();
  });

  test('what is made with the key of a pair is nothing under a shared one of the same bytes, nor the other way', () => {
    for (const name of names) expect(read(name, said[name], shared, about)).toBeUndefined();
    const old = encodeAnswer({ ...head, verdicts: [] }, { vip: about, answers: 2 }, 100, shared);
    expect(read('answer', old, own, about)).toBeUndefined();
  });

  test('who is not known is read no further', () => {
    expect(decodeRequest(said.request, () => undefined)).toBeUndefined();
  });
});

describe('right key, wrong inside', () => {
  test('a farewell that goes on', () => {
    const longer = Buffer.from(signed('4357 01 03 0000000000000001 0000000000000002 00'), 'hex');
    expect(decodeFarewell(longer, shared, '192.0.2.1')).toBeUndefined();
  });

  test('answers', () => {
    const wrong = [
      '4357 01 02 0000000000000001 0000000000000002 0002 00500601',
      '4357 01 02 0000000000000001 0000000000000002 0001 00500701',
      '4357 01 02 0000000000000001 0000000000000002 0001 00500604',
      '4357 02 02 0000000000000001 0000000000000002 0001 00500601',
    ];
    for (const hex of wrong)
      expect(decodeAnswer(Buffer.from(signed(hex), 'hex'), shared, '192.0.2.1')).toBeUndefined();
  });

  test('a request whose name goes on behind its end', () => {
    const head = '4357 03 01 0000000000000001 0000000000000002 00000000000000000000ffffc000020a 02 00';
    for (const length of ['07', 'ff']) {
      const bytes = signed(`${head} 01020304 ${length} 6672612d6431`, `00000000000000000000ffff${ofPair}`);
      expect(readRequest(Buffer.from(bytes, 'hex'), own)).toBeUndefined();
    }
  });
});
