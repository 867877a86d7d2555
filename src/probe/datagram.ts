/**
 * How a probe and its answer look on the wire.
 *
 *     request  'CW' · version 1 · kind 1 · nonce 8 · sent 8 · vip 16 · padding · tag 16
 *     answer   'CW' · version 1 · kind 2 · nonce 8 · sent 8 · count 2 · count × (port 2 · protocol 1 · verdict 1) · tag 16
 *     farewell 'CW' · version 1 · kind 3 · nonce 8 · sent 8 · tag 16
 *
 * Version and kind are a byte each; integers are big-endian. The tag is HMAC-SHA256 over all before it, cut to 16 bytes. A request is padded to the
 * length of the answer it hopes for, and an answer never exceeds its request: forged sources gain nothing from us. A farewell bears
 * the nonce of the asker's last request, so that nobody can send an old one again; who does not know the kind takes it for noise.
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
}

export interface PortVerdict {
  readonly port: number;
  readonly protocol: Protocol;
  readonly verdict: AppVerdict;
}

export interface ProbeAnswer {
  readonly nonce: bigint;
  readonly sentAtUs: number;
  /** Service ports of the VIP; the sender of the request leaves room, and what has no room is left out. */
  readonly verdicts: readonly PortVerdict[];
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
const shortestRequest = headBytes + 16 + tagBytes;
const shortestAnswer = headBytes + 2 + tagBytes;
const farewellBytes = headBytes + tagBytes;
/** Keeps a probe whole on any link: 1280 bytes of IPv6's smallest MTU, less 40 + 8 of headers and 60 of tunnels. */
const longest = 1172;
export const verdictLimit = Math.floor((longest - shortestAnswer) / verdictBytes);

const protocolNumbers: Readonly<Record<Protocol, number>> = { tcp: 6, udp: 17, sctp: 132 };
const protocolOf: ReadonlyMap<number, Protocol> = new Map([
  [6, 'tcp'],
  [17, 'udp'],
  [132, 'sctp'],
]);
const verdictNames: readonly AppVerdict[] = ['unknown', 'healthy', 'unhealthy'];

/** A request with room for `verdicts` service ports in its answer (at most `verdictLimit` get room). */
export function encodeRequest(request: ProbeRequest, verdicts: number, key: ProbeKey): Buffer {
  const room = shortestAnswer + Math.min(verdicts, verdictLimit) * verdictBytes;
  const bytes = Buffer.alloc(Math.max(shortestRequest, room));
  writeHead(bytes, kinds.request, request);
  const vip = parseAddress(request.vip) ?? new Uint8Array(4);
  // IPv4 travels as ::ffff:a.b.c.d (RFC 4291, 2.5.5.2).
  if (vip.length === 4) bytes.writeUInt16BE(0xffff, headBytes + 10);
  bytes.set(vip, headBytes + 16 - vip.length);
  return sign(bytes, key);
}

/** The request, or undefined for whatever was not made with this key and this version. */
export function decodeRequest(bytes: Uint8Array, key: ProbeKey): ProbeRequest | undefined {
  const view = open(bytes, kinds.request, shortestRequest, key);
  if (view === undefined) return undefined;
  return { ...readHead(view), vip: readVip(view.subarray(headBytes, headBytes + 16)) };
}

/** An answer no longer than the request it answers; verdicts that find no room are left out. */
export function encodeAnswer(answer: ProbeAnswer, requestBytes: number, key: ProbeKey): Buffer {
  const room = Math.max(0, Math.floor((requestBytes - shortestAnswer) / verdictBytes));
  const verdicts = answer.verdicts.slice(0, room);
  const bytes = Buffer.alloc(shortestAnswer + verdicts.length * verdictBytes);
  writeHead(bytes, kinds.answer, answer);
  bytes.writeUInt16BE(verdicts.length, headBytes);
  for (const [index, { port, protocol, verdict }] of verdicts.entries()) {
    const offset = headBytes + 2 + index * verdictBytes;
    bytes.writeUInt16BE(port, offset);
    bytes.writeUInt8(protocolNumbers[protocol], offset + 2);
    bytes.writeUInt8(verdictNames.indexOf(verdict), offset + 3);
  }
  return sign(bytes, key);
}

/** The answer, or undefined for whatever was not made with this key and this version. */
export function decodeAnswer(bytes: Uint8Array, key: ProbeKey): ProbeAnswer | undefined {
  const view = open(bytes, kinds.answer, shortestAnswer, key);
  if (view === undefined) return undefined;
  const count = view.readUInt16BE(headBytes);
  if (view.length !== shortestAnswer + count * verdictBytes) return undefined;
  const verdicts: PortVerdict[] = [];
  for (let offset = headBytes + 2; offset < view.length - tagBytes; offset += verdictBytes) {
    const protocol = protocolOf.get(view.readUInt8(offset + 2));
    const verdict = verdictNames[view.readUInt8(offset + 3)];
    if (protocol === undefined || verdict === undefined) return undefined;
    verdicts.push({ port: view.readUInt16BE(offset), protocol, verdict });
  }
  return { ...readHead(view), verdicts };
}

/** Shorter than any request. */
export function encodeFarewell(farewell: Farewell, key: ProbeKey): Buffer {
  const bytes = Buffer.alloc(farewellBytes);
  writeHead(bytes, kinds.farewell, farewell);
  return sign(bytes, key);
}

/** The farewell, or undefined for whatever was not made with this key and this version. */
export function decodeFarewell(bytes: Uint8Array, key: ProbeKey): Farewell | undefined {
  if (bytes.length !== farewellBytes) return undefined;
  const view = open(bytes, kinds.farewell, farewellBytes, key);
  return view === undefined ? undefined : readHead(view);
}

function writeHead(bytes: Buffer, kind: number, head: { nonce: bigint; sentAtUs: number }): void {
  bytes.writeUInt16BE(magic, 0);
  bytes.writeUInt8(version, 2);
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
function open(bytes: Uint8Array, kind: number, shortest: number, key: ProbeKey): Buffer | undefined {
  if (bytes.length < shortest || bytes.length > longest) return undefined;
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.readUInt16BE(0) !== magic || view.readUInt8(2) !== version || view.readUInt8(3) !== kind)
    return undefined;
  return timingSafeEqual(tagOf(view, key), view.subarray(view.length - tagBytes)) ? view : undefined;
}

function tagOf(bytes: Buffer, key: ProbeKey): Buffer {
  return hmacSha256(key, bytes.subarray(0, bytes.length - tagBytes)).subarray(0, tagBytes);
}
