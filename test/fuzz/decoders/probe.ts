/** What comes to the probes' sockets, and what applications answer to checks of their health. */
import { readStatus } from '../../../agents/realserver/check-grpc.ts';
import { createHttpAnswer } from '../../../agents/realserver/http-answer.ts';
import {
  decodeAnswer,
  decodeFarewell,
  decodeRequest,
  encodeAnswer,
  encodeFarewell,
  encodeRequest,
  nonceOf,
  type ProbeAnswer,
  type ProbeRequest,
} from '../../../src/probe/datagram.ts';
import { probeKey } from '../../../src/probe/hmac.ts';
import { decodeRound, encodeRound } from '../../../src/probe/return-path.ts';
import { pairEnds, type Seal, sealed, tagBytes } from '../../../src/probe/seal.ts';
import type { Decoder } from '../fuzz.ts';
import type { Prng } from '../prng.ts';
import { never, utf8 } from './inputs.ts';

const key = probeKey('5a'.repeat(32));
/** That all share, until 0.1; and that of one director and one real server. */
const shared: Seal = { key, pair: undefined };
const paired: Seal = {
  key,
  pair: { epoch: 3, director: 'fra-d1', ends: pairEnds('10.1.0.2', '2001:db8::11') },
};
const seals = [shared, paired];
const vip = '192.0.2.10';
const request: ProbeRequest = { nonce: 7n, sentAtUs: 1_000, vip, answers: 2, page: 0 };
const answer: ProbeAnswer = {
  nonce: 7n,
  sentAtUs: 1_000,
  verdicts: [
    { port: 80, protocol: 'tcp', verdict: 'healthy' },
    { port: 81, last: 90, protocol: 'udp', verdict: 'unhealthy' },
    { port: 443, protocol: 'sctp', verdict: 'unchecked' },
  ],
};

const round = { round: 1_700_000_000_000, realServer: 'lon-r1', epoch: 7 };

/** Noise is turned away by its tag: most of it gets a right one, as of somebody who has the key. */
function tagged(input: Uint8Array, prng: Prng): Uint8Array {
  if (input.length < tagBytes || prng.below(4) === 0) return input;
  const about = prng.below(2) === 0 ? vip : undefined;
  return new Uint8Array(sealed(Buffer.from(input), prng.oneOf(seals), about));
}

function datagram(bytes: Uint8Array): unknown {
  const asked = seals.map((seal) => decodeRequest(bytes, () => seal)?.request);
  const answered = seals.map((seal) => [decodeAnswer(bytes, seal, vip), decodeFarewell(bytes, seal, vip)]);
  return [nonceOf(bytes), asked, answered];
}

const bytesOf = (buffer: Uint8Array): Uint8Array => new Uint8Array(buffer);

export const probeDecoders: readonly Decoder[] = [
  {
    name: 'probe-datagram',
    about: 'requests, answers and farewells, with a tag that is right',
    seeds: () =>
      [
        ...seals.flatMap((seal) => [
          encodeRequest(request, 40, seal),
          encodeRequest({ ...request, vip: '2001:db8::10', page: 1 }, 0, seal),
          encodeAnswer(answer, request, 1_000, seal),
          encodeFarewell({ nonce: 7n, sentAtUs: 1_000 }, seal, vip),
        ]),
        encodeAnswer(answer, { answers: 1, vip }, 200, shared),
      ].map(bytesOf),
    finish: tagged,
    decode: datagram,
    isRefusal: never,
    // Six bytes are a verdict, with the names of its fields.
    itemsPerByte: 16,
  },
  {
    name: 'return-path-datagram',
    about: 'presences and proofs of the return path, with a tag that is right',
    seeds: () =>
      [
        encodeRound({ ...round, kind: 'presence', vips: [vip, '2001:db8::10'] }, shared),
        encodeRound({ ...round, kind: 'presence', vips: [] }, shared),
        encodeRound({ ...round, kind: 'proof', vips: [vip] }, shared),
      ].map(bytesOf),
    finish: (input, prng) =>
      input.length < tagBytes || prng.below(4) === 0
        ? input
        : new Uint8Array(sealed(Buffer.from(input), shared)),
    decode: (bytes) => decodeRound(bytes, () => shared),
    isRefusal: never,
    itemsPerByte: 16,
  },
  {
    name: 'check-answers',
    about: "an application's gRPC health, and its HTTP status in chunks of any size",
    seeds: () => [
      utf8('\u0000\u0000\u0000\u0000\u0002\u0008\u0001'),
      utf8('HTTP/1.1 200 OK\r\nserver: x\r\n\r\n'),
      utf8('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nlink: y\r\n\r\nHTTP/1.0 503 no\r\n\r\n'),
    ],
    tokens: ['HTTP/1.1 ', '100', '101', '199', '200', '999', '\r\n', '\n', '\r\n\r\n', ' '],
    decode(bytes) {
      const http = createHttpAnswer();
      const found: unknown[] = [readStatus(Buffer.from(bytes))];
      const step = 1 + ((bytes[0] ?? 0) % 40);
      for (let at = 0; at < bytes.length; at += step) {
        const status = http.read(Buffer.from(bytes.subarray(at, at + step)));
        if (status === undefined) continue;
        found.push(status);
        break;
      }
      return found;
    },
    isRefusal: never,
  },
];
