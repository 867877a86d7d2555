/**
 * How a probe and its answer look on the wire.
 *
 *     request  'CW' · version 1 · kind 1 · nonce 8 · sent 8 · vip 16 · answers 1 · page 1 · padding · tag 16
 *     answer   'CW' · version 1 · kind 2 · nonce 8 · sent 8 · count 2 · count × (port 2 · protocol 1 · verdict 1) · tag 16
 *     answer   'CW' · version 2 · kind 2 · nonce 8 · sent 8 · page 1 · pages 1 · count 2 · count × (port 2 · last 2 · protocol 1 · verdict 1) · tag 16
 *     farewell 'CW' · version 1 · kind 3 · nonce 8 · sent 8 · tag 16
 *
 * Version, kind, answers and page are a byte each; integers are big-endian. The tag is HMAC-SHA256 over all before it, cut to 16 bytes. A request is padded to the
 * length of the answer it hopes for, and an answer never exceeds its request: forged sources gain nothing from us. A farewell bears
 * the nonce of the asker's last request, so that nobody can send an old one again; who does not know the kind takes it for noise.
 *
 * `answers` says which version of answers the asker reads; to programs of before it was padding, 0 or absent: they are answered in version 1,
 * and take no notice of it where they are asked. Version 2 tells of ports in runs, what is not well first, and of what finds no room on
 * further pages, each to be asked for.
 */
import { timingSafeEqual } from 'node:crypto';
import { formatAddress, parseAddress } from '../domain/address.ts';
import type { Protocol } from '../domain/ipvs-table.ts';
import type { AppVerdict } from '../domain/probe.ts';
import { hmacSha256, type ProbeKey } from './hmac.ts';

export { type ProbeKey, probeKey } from './hmac.ts';

export interface ProbeRequest {
  /** Unsigned 64 bit, random, used once. */
  readonly nonce: bigint;
  /** Sender's own monotonic clock, µs; comes back as it was. */
  readonly sentAtUs: number;
  /** The VIP asked about; under masquerade the destination address no longer tells. */
  readonly vip: string;
  /** Which version of answers the asker reads; absent: 1. */
  readonly answers?: number;
  /** Which page of a long answer is asked for; absent: the first, 0. */
  readonly page?: number;
}

export interface PortVerdict {
  readonly port: number;
  /** The last of a run of ports that are all told of; absent: `port` alone. */
  readonly last?: number;
  readonly protocol: Protocol;
  readonly verdict: AppVerdict;
}

export interface ProbeAnswer {
  readonly nonce: bigint;
  readonly sentAtUs: number;
  /** Service ports of the VIP; the sender of the request leaves room. */
  readonly verdicts: readonly PortVerdict[];
}

export interface ProbePage extends ProbeAnswer {
  /** More than one: ports that are not told of here are told of on the others. */
  readonly pages: number;
}

/** The agent that answered is about to end. It says nothing of the application, nor of the host. */
export interface Farewell {
  /** Both are those of the last request that was answered. */
  readonly nonce: bigint;
  readonly sentAtUs: number;
}

const magic = 0x4357;
const version = 1;
const kinds = { request: 1, answer: 2, farewell: 3 } as const;
const tagBytes = 16;
const headBytes = 20;
const verdictBytes = 4;
const runBytes = 6;
const shortestRequest = headBytes + 16 + tagBytes;
const shortestAnswer = headBytes + 2 + tagBytes;
const shortestPage = headBytes + 4 + tagBytes;
const pageLimit = 255;
/** What the request of this program says of itself. */
const answersRead = 2;
const farewellBytes = headBytes + tagBytes;
/** Keeps a probe whole on any link: 1280 bytes of IPv6's smallest MTU, less 40 + 8 of headers and 60 of tunnels. */
const longest = 1172;
/** Ports for which one request can leave room. */
export const verdictLimit = Math.floor((longest - shortestPage) / runBytes);

const protocolNumbers: Readonly<Record<Protocol, number>> = { tcp: 6, udp: 17, sctp: 132 };
const protocolOf: ReadonlyMap<number, Protocol> = new Map([
  [6, 'tcp'],
  [17, 'udp'],
  [132, 'sctp'],
]);
const verdictNames: readonly AppVerdict[] = ['unknown', 'healthy', 'unhealthy', 'unchecked'];
/** What is not well comes first: nobody waits for another page to hear of it. */
const verdictRank: Readonly<Record<AppVerdict, number>> = {
  unhealthy: 0,
  unknown: 1,
  unchecked: 2,
  healthy: 3,
};

/** A request with room for `verdicts` service ports in its answer (at most `verdictLimit` get room on one page). */
export function encodeRequest(request: ProbeRequest, verdicts: number, key: ProbeKey): Buffer {
  const room = shortestPage + Math.min(verdicts, verdictLimit) * runBytes;
  const bytes = Buffer.alloc(Math.max(shortestRequest + 2, room));
  writeHead(bytes, version, kinds.request, request);
  const vip = parseAddress(request.vip) ?? new Uint8Array(4);
  // IPv4 travels as ::ffff:a.b.c.d (RFC 4291, 2.5.5.2).
  if (vip.length === 4) bytes.writeUInt16BE(0xffff, headBytes + 10);
  bytes.set(vip, headBytes + 16 - vip.length);
  bytes.writeUInt8(request.answers ?? answersRead, headBytes + 16);
  bytes.writeUInt8(request.page ?? 0, headBytes + 17);
  return sign(bytes, key);
}

/** The request, or undefined for whatever was not made with this key and this version. */
export function decodeRequest(bytes: Uint8Array, key: ProbeKey): ProbeRequest | undefined {
  const view = open(bytes, [version], kinds.request, shortestRequest, key);
  if (view === undefined) return undefined;
  const hasWishes = view.length >= shortestRequest + 2;
  const answers = hasWishes ? view.readUInt8(headBytes + 16) : 0;
  return {
    ...readHead(view),
    vip: readVip(view.subarray(headBytes, headBytes + 16)),
    answers: Math.max(1, answers),
    page: answers > 1 ? view.readUInt8(headBytes + 17) : 0,
  };
}

/** An answer as the asker reads it, no longer than its request. */
export function encodeAnswer(
  answer: ProbeAnswer,
  request: Pick<ProbeRequest, 'answers' | 'page'>,
  requestBytes: number,
  key: ProbeKey,
): Buffer {
  if ((request.answers ?? 1) > 1) return encodePage(answer, request.page ?? 0, requestBytes, key);
  const room = Math.max(0, Math.floor((requestBytes - shortestAnswer) / verdictBytes));
  const verdicts = answer.verdicts.slice(0, room);
  const bytes = Buffer.alloc(shortestAnswer + verdicts.length * verdictBytes);
  writeHead(bytes, version, kinds.answer, answer);
  bytes.writeUInt16BE(verdicts.length, headBytes);
  for (const [index, { port, protocol, verdict }] of verdicts.entries()) {
    const offset = headBytes + 2 + index * verdictBytes;
    bytes.writeUInt16BE(port, offset);
    bytes.writeUInt8(protocolNumbers[protocol], offset + 2);
    // Whoever knows no unchecked port would take it for one of which nothing is known, and send nobody there.
    bytes.writeUInt8(verdictNames.indexOf(verdict === 'unchecked' ? 'healthy' : verdict), offset + 3);
  }
  return sign(bytes, key);
}

function encodePage(answer: ProbeAnswer, page: number, requestBytes: number, key: ProbeKey): Buffer {
  const runs = runsOf(answer.verdicts);
  const room = Math.max(1, Math.floor((requestBytes - shortestPage) / runBytes));
  const pages = Math.min(pageLimit, Math.max(1, Math.ceil(runs.length / room)));
  const told = requestBytes < shortestPage + runBytes ? [] : runs.slice(page * room, (page + 1) * room);
  const bytes = Buffer.alloc(shortestPage + told.length * runBytes);
  writeHead(bytes, 2, kinds.answer, answer);
  bytes.writeUInt8(page, headBytes);
  bytes.writeUInt8(pages, headBytes + 1);
  bytes.writeUInt16BE(told.length, headBytes + 2);
  for (const [index, { port, last = port, protocol, verdict }] of told.entries()) {
    const offset = headBytes + 4 + index * runBytes;
    bytes.writeUInt16BE(port, offset);
    bytes.writeUInt16BE(last, offset + 2);
    bytes.writeUInt8(protocolNumbers[protocol], offset + 4);
    bytes.writeUInt8(verdictNames.indexOf(verdict), offset + 5);
  }
  return sign(bytes, key);
}

/** Neighbouring ports of one verdict together. */
export function runsOf(verdicts: readonly PortVerdict[]): PortVerdict[] {
  const ordered = verdicts.toSorted(
    (a, b) =>
      verdictRank[a.verdict] - verdictRank[b.verdict] ||
      protocolNumbers[a.protocol] - protocolNumbers[b.protocol] ||
      a.port - b.port,
  );
  const runs: { port: number; last: number; protocol: Protocol; verdict: AppVerdict }[] = [];
  for (const { port, last = port, protocol, verdict } of ordered) {
    const run = runs.at(-1);
    const goesOn = run?.protocol === protocol && run.verdict === verdict && port <= run.last + 1;
    if (goesOn) run.last = Math.max(run.last, last);
    else runs.push({ port, last, protocol, verdict });
  }
  return runs.map(({ last, ...run }) => (last === run.port ? run : { ...run, last }));
}

/** The answer, or undefined for whatever was not made with this key and a version that we read. */
export function decodeAnswer(bytes: Uint8Array, key: ProbeKey): ProbePage | undefined {
  const view = open(bytes, [version, 2], kinds.answer, shortestAnswer, key);
  if (view === undefined) return undefined;
  if (view.readUInt8(2) === 2) return decodePage(view);
  const count = view.readUInt16BE(headBytes);
  if (view.length !== shortestAnswer + count * verdictBytes) return undefined;
  const verdicts: PortVerdict[] = [];
  for (let offset = headBytes + 2; offset < view.length - tagBytes; offset += verdictBytes) {
    const protocol = protocolOf.get(view.readUInt8(offset + 2));
    const verdict = verdictNames[view.readUInt8(offset + 3)];
    if (protocol === undefined || verdict === undefined) return undefined;
    verdicts.push({ port: view.readUInt16BE(offset), protocol, verdict });
  }
  return { ...readHead(view), verdicts, pages: 1 };
}

/** A protocol or verdict that a later program may know says nothing, and takes nothing from the rest. */
function decodePage(view: Buffer): ProbePage | undefined {
  const count = view.length < shortestPage ? 0 : view.readUInt16BE(headBytes + 2);
  if (view.length !== shortestPage + count * runBytes) return undefined;
  const verdicts: PortVerdict[] = [];
  for (let offset = headBytes + 4; offset < view.length - tagBytes; offset += runBytes) {
    const protocol = protocolOf.get(view.readUInt8(offset + 4));
    const verdict = verdictNames[view.readUInt8(offset + 5)] ?? 'unknown';
    const [port, last] = [view.readUInt16BE(offset), view.readUInt16BE(offset + 2)];
    if (protocol === undefined || last < port) continue;
    verdicts.push(port === last ? { port, protocol, verdict } : { port, last, protocol, verdict });
  }
  return { ...readHead(view), verdicts, pages: Math.max(1, view.readUInt8(headBytes + 1)) };
}

/** Shorter than any request. */
export function encodeFarewell(farewell: Farewell, key: ProbeKey): Buffer {
  const bytes = Buffer.alloc(farewellBytes);
  writeHead(bytes, version, kinds.farewell, farewell);
  return sign(bytes, key);
}

/** The farewell, or undefined for whatever was not made with this key and this version. */
export function decodeFarewell(bytes: Uint8Array, key: ProbeKey): Farewell | undefined {
  if (bytes.length !== farewellBytes) return undefined;
  const view = open(bytes, [version], kinds.farewell, farewellBytes, key);
  return view === undefined ? undefined : readHead(view);
}

function writeHead(
  bytes: Buffer,
  ofVersion: number,
  kind: number,
  head: { nonce: bigint; sentAtUs: number },
): void {
  bytes.writeUInt16BE(magic, 0);
  bytes.writeUInt8(ofVersion, 2);
  bytes.writeUInt8(kind, 3);
  bytes.writeBigUInt64BE(head.nonce, 4);
  bytes.writeBigUInt64BE(BigInt(head.sentAtUs), 12);
}

function readHead(view: Buffer): { nonce: bigint; sentAtUs: number } {
  return { nonce: view.readBigUInt64BE(4), sentAtUs: Number(view.readBigUInt64BE(12)) };
}

function readVip(bytes: Buffer): string {
  const mapped = bytes.readUInt16BE(10) === 0xffff && bytes.subarray(0, 10).every((byte) => byte === 0);
  return formatAddress(mapped ? bytes.subarray(12) : bytes);
}

function sign(bytes: Buffer, key: ProbeKey): Buffer {
  bytes.set(tagOf(bytes, key), bytes.length - tagBytes);
  return bytes;
}

/** The cheap tests come first: noise costs no HMAC. */
function open(
  bytes: Uint8Array,
  versions: readonly number[],
  kind: number,
  shortest: number,
  key: ProbeKey,
): Buffer | undefined {
  if (bytes.length < shortest || bytes.length > longest) return undefined;
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.readUInt16BE(0) !== magic || !versions.includes(view.readUInt8(2)) || view.readUInt8(3) !== kind)
    return undefined;
  return timingSafeEqual(tagOf(view, key), view.subarray(view.length - tagBytes)) ? view : undefined;
}

function tagOf(bytes: Buffer, key: ProbeKey): Buffer {
  return hmacSha256(key, bytes.subarray(0, bytes.length - tagBytes)).subarray(0, tagBytes);
}
