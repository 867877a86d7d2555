/** What comes to the probes' sockets, and what applications answer to checks of their health. */
import { readStatus } from '../../../agents/realserver/check-grpc.ts';
import { createHttpAnswer } from '../../../agents/realserver/http-answer.ts';
import type { ProbeAnswer, ProbeRequest } from '../../../src/probe/datagram.ts';
import {
  decodeAnswer,
  decodeFarewell,
  decodeRequest,
  encodeAnswer,
  encodeFarewell,
  encodeRequest,
  probeKey,
} from '../../../src/probe/datagram.ts';
import { hmacSha256 } from '../../../src/probe/hmac.ts';
import type { Decoder } from '../fuzz.ts';
import type { Prng } from '../prng.ts';
import { never, utf8 } from './inputs.ts';

const key = probeKey('5a'.repeat(32));
const tagBytes = 16;
const request: ProbeRequest = { nonce: 7n, sentAtUs: 1_000, vip: '192.0.2.10', answers: 2, page: 0 };
const answer: ProbeAnswer = {
  nonce: 7n,
  sentAtUs: 1_000,
  verdicts: [
    { port: 80, protocol: 'tcp', verdict: 'healthy' },
    { port: 81, last: 90, protocol: 'udp', verdict: 'unhealthy' },
    { port: 443, protocol: 'sctp', verdict: 'unchecked' },
  ],
};

/** Noise is turned away by its tag: half of it gets the right one, as of somebody who has the key. */
function tagged(input: Uint8Array, prng: Prng): Uint8Array {
  if (input.length < tagBytes || prng.below(4) === 0) return input;
  const bytes = Uint8Array.from(input);
  const body = bytes.subarray(0, bytes.length - tagBytes);
  bytes.set(hmacSha256(key, body).subarray(0, tagBytes), body.length);
  return bytes;
}

const bytesOf = (buffer: Uint8Array): Uint8Array => new Uint8Array(buffer);

export const probeDecoders: readonly Decoder[] = [
  {
    name: 'probe-datagram',
    about: 'requests, answers and farewells, with a tag that is right',
    seeds: () =>
      [
        encodeRequest(request, 40, key),
        encodeRequest({ ...request, vip: '2001:db8::10', page: 1 }, 0, key),
        encodeAnswer(answer, request, 1_000, key),
        encodeAnswer(answer, { answers: 1 }, 200, key),
        encodeFarewell({ nonce: 7n, sentAtUs: 1_000 }, key),
      ].map(bytesOf),
    finish: tagged,
    decode: (bytes) => [decodeRequest(bytes, key), decodeAnswer(bytes, key), decodeFarewell(bytes, key)],
    isRefusal: never,
    // Six bytes are a verdict, with the names of its fields.
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
