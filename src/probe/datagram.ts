/**
 * How a probe and its answer look on the wire.
 *
 *     request  'CW' · version 3 · kind 1 · nonce 8 · sent 8 · vip 16 · answers 1 · page 1 · epoch 4 · length 1 · director · mtu 2 · padding · tag 16
 *     answer   'CW' · version 3 · kind 2 · nonce 8 · sent 8 · page 1 · pages 1 · count 2 · count × (port 2 · last 2 · protocol 1 · verdict 1) · tag 16
 *     farewell 'CW' · version 3 · kind 3 · nonce 8 · sent 8 · tag 16
 *
 * Questions about what sizes get through are in size-datagram.ts. In `mtu` the asker says what it found so: the largest packet, bytes, that the
 * tunnel carries; 0: it does not know. To programs of before that is padding.
 *
 * Version, kind, answers, page and length are a byte each; integers are big-endian. The tag is HMAC-SHA256, cut to 16 bytes, by the key of
 * the pair (keys.ts): over all before it, the director's and the real server's address, and of an answer and a farewell the VIP that was asked.
 * So what was said by one to another of a third is good for nobody else; a request is no answer, since kinds differ; and each nonce is good for one answer.
 *
 * A request is padded to the length of the answer it hopes for, and an answer never exceeds its request: forged sources gain nothing from us. A farewell bears
 * the nonce of the asker's last request, so that nobody can send an old one again. So does an answer that is sent once more because something has become
 * unhealthy: it proves no life, and the asker believes nothing good of it. An answer tells of ports in runs, what is not well first, and of what
 * finds no room on further pages, each to be asked for.
 *
 * Between programs of which one knows no keys of pairs (0.1.0), under the key that all share:
 *
 *     request  'CW' · version 1 · kind 1 · nonce 8 · sent 8 · vip 16 · answers 1 · page 1 · padding · tag 16
 *     answer   'CW' · version 1 · kind 2 · nonce 8 · sent 8 · count 2 · count × (port 2 · protocol 1 · verdict 1) · tag 16
 *     answer   'CW' · version 2 · kind 2 · as of version 3
 *     farewell 'CW' · version 1 · kind 3 · nonce 8 · sent 8 · tag 16
 *
 * There `answers` says which version of answers the asker reads; to programs of before it was padding, 0 or absent: they are answered in version 1,
 * and take no notice of it where they are asked.
 */
import {
  type Asker,
  askerOf,
  headBytes,
  kinds,
  magic,
  nameAt,
  pairVersion,
  readHead,
  viewOf,
  wishesAt,
  writeHead,
} from './datagram-head.ts';
import { address16, addressOf16, isSealed, type Seal, sealed, tagBytes } from './seal.ts';
import {
  type PortVerdict,
  protocolNumbers,
  protocolOf,
  runsOf,
  verdictNames,
  verdictNumber,
} from './verdict-runs.ts';

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
  /** The largest packet that gets through the tunnel, as the asker has measured it; absent: it does not know, or shares its key. */
  readonly mtuBytes?: number;
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

/** Under the key that all share: answers to those who read no pages, and pages. */
const sharedVersion = 1;
const sharedPageVersion = 2;
const verdictBytes = 4;
const runBytes = 6;
const shortestShared = wishesAt + tagBytes;
const shortestAnswer = headBytes + 2 + tagBytes;
const shortestPage = headBytes + 4 + tagBytes;
const pageLimit = 255;
const mtuFieldBytes = 2;
/** What the request of this program says of itself. */
const answersRead = 2;
const farewellBytes = headBytes + tagBytes;
/** Keeps a probe whole on any link: 1280 bytes of IPv6's smallest MTU, less 40 + 8 of headers and 60 of tunnels. */
const longest = 1172;
/** Ports for which one request can leave room. */
export const verdictLimit = Math.floor((longest - shortestPage) / runBytes);

/** A request with room for `verdicts` service ports in its answer (at most `verdictLimit` get room on one page). */
export function encodeRequest(request: ProbeRequest, verdicts: number, seal: Seal): Buffer {
  const { pair } = seal;
  const room = shortestPage + Math.min(verdicts, verdictLimit) * runBytes;
  const name = Buffer.from(pair?.director ?? '');
  const needed = pair === undefined ? shortestShared + 2 : nameAt + name.length + mtuFieldBytes + tagBytes;
  const bytes = Buffer.alloc(Math.max(needed, room));
  writeHead(bytes, pair === undefined ? sharedVersion : pairVersion, kinds.request, request);
  bytes.set(address16(request.vip), headBytes);
  bytes.writeUInt8(request.answers ?? answersRead, wishesAt);
  bytes.writeUInt8(request.page ?? 0, wishesAt + 1);
  if (pair !== undefined) {
    bytes.writeUInt32BE(pair.epoch, wishesAt + 2);
    bytes.writeUInt8(name.length, wishesAt + 6);
    bytes.set(name, nameAt);
    bytes.writeUInt16BE(request.mtuBytes ?? 0, nameAt + name.length);
  }
  return sealed(bytes, seal);
}

/**
 * The request and by what it was sealed, or undefined for whatever was not made with the key of whom it names, and a version that we read.
 * `sealOf`: undefined for whoever is not known.
 */
export function decodeRequest(
  bytes: Uint8Array,
  sealOf: (asker: Asker) => Seal | undefined,
): { readonly request: ProbeRequest; readonly seal: Seal } | undefined {
  const view = opened(bytes, [sharedVersion, pairVersion], kinds.request, shortestShared);
  if (view === undefined) return undefined;
  const isPaired = view.readUInt8(2) === pairVersion;
  const asker = isPaired ? askerOf(view) : undefined;
  if (isPaired && asker === undefined) return undefined;
  // Whoever is not known costs no HMAC.
  const seal = sealOf(asker);
  if (seal === undefined || !isSealed(view, seal)) return undefined;
  const hasWishes = view.length >= wishesAt + 2 + tagBytes;
  const answers = hasWishes ? view.readUInt8(wishesAt) : 0;
  const request = {
    ...readHead(view),
    vip: addressOf16(view.subarray(headBytes, wishesAt)),
    answers: Math.max(1, answers),
    page: answers > 1 ? view.readUInt8(wishesAt + 1) : 0,
    ...(isPaired ? toldMtu(view) : {}),
  };
  return { request, seal };
}

/** In a request of before these bytes are padding, 0, or the tag's. */
function toldMtu(view: Buffer): Pick<ProbeRequest, 'mtuBytes'> {
  const at = nameAt + view.readUInt8(wishesAt + 6);
  if (view.length < at + mtuFieldBytes + tagBytes) return {};
  const mtuBytes = view.readUInt16BE(at);
  return mtuBytes === 0 ? {} : { mtuBytes };
}

/** An answer as the asker reads it, no longer than its request. */
export function encodeAnswer(
  answer: ProbeAnswer,
  request: Pick<ProbeRequest, 'answers' | 'page' | 'vip'>,
  requestBytes: number,
  seal: Seal,
): Buffer {
  if (seal.pair !== undefined || (request.answers ?? 1) > 1)
    return encodePage(answer, request, requestBytes, seal);
  const room = Math.max(0, Math.floor((requestBytes - shortestAnswer) / verdictBytes));
  const verdicts = answer.verdicts.slice(0, room);
  const bytes = Buffer.alloc(shortestAnswer + verdicts.length * verdictBytes);
  writeHead(bytes, sharedVersion, kinds.answer, answer);
  bytes.writeUInt16BE(verdicts.length, headBytes);
  for (const [index, { port, protocol, verdict }] of verdicts.entries()) {
    const offset = headBytes + 2 + index * verdictBytes;
    bytes.writeUInt16BE(port, offset);
    bytes.writeUInt8(protocolNumbers[protocol], offset + 2);
    // Whoever knows no unchecked port would take it for one of which nothing is known, and send nobody there.
    bytes.writeUInt8(verdictNumber(verdict === 'unchecked' ? 'healthy' : verdict), offset + 3);
  }
  return sealed(bytes, seal);
}

function encodePage(
  answer: ProbeAnswer,
  { page = 0, vip }: Pick<ProbeRequest, 'page' | 'vip'>,
  requestBytes: number,
  seal: Seal,
): Buffer {
  const runs = runsOf(answer.verdicts);
  const room = Math.max(1, Math.floor((requestBytes - shortestPage) / runBytes));
  const pages = Math.min(pageLimit, Math.max(1, Math.ceil(runs.length / room)));
  const told = requestBytes < shortestPage + runBytes ? [] : runs.slice(page * room, (page + 1) * room);
  const bytes = Buffer.alloc(shortestPage + told.length * runBytes);
  writeHead(bytes, seal.pair === undefined ? sharedPageVersion : pairVersion, kinds.answer, answer);
  bytes.writeUInt8(page, headBytes);
  bytes.writeUInt8(pages, headBytes + 1);
  bytes.writeUInt16BE(told.length, headBytes + 2);
  for (const [index, { port, last = port, protocol, verdict }] of told.entries()) {
    const offset = headBytes + 4 + index * runBytes;
    bytes.writeUInt16BE(port, offset);
    bytes.writeUInt16BE(last, offset + 2);
    bytes.writeUInt8(protocolNumbers[protocol], offset + 4);
    bytes.writeUInt8(verdictNumber(verdict), offset + 5);
  }
  return sealed(bytes, seal, vip);
}

/** The answer that was asked of `vip`, or undefined for whatever was not made by this seal and in a version that we read. */
export function decodeAnswer(bytes: Uint8Array, seal: Seal, vip: string): ProbePage | undefined {
  const versions = seal.pair === undefined ? [sharedVersion, sharedPageVersion] : [pairVersion];
  const view = opened(bytes, versions, kinds.answer, shortestAnswer);
  if (view === undefined || !isSealed(view, seal, vip)) return undefined;
  if (view.readUInt8(2) !== sharedVersion) return decodePage(view);
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

/** Shorter than any request. `vip`: that the request asked about. */
export function encodeFarewell(farewell: Farewell, seal: Seal, vip: string): Buffer {
  const bytes = Buffer.alloc(farewellBytes);
  writeHead(bytes, seal.pair === undefined ? sharedVersion : pairVersion, kinds.farewell, farewell);
  return sealed(bytes, seal, vip);
}

/** The farewell to who asked about `vip`, or undefined for whatever was not made by this seal. */
export function decodeFarewell(bytes: Uint8Array, seal: Seal, vip: string): Farewell | undefined {
  if (bytes.length !== farewellBytes) return undefined;
  const versions = [seal.pair === undefined ? sharedVersion : pairVersion];
  const view = opened(bytes, versions, kinds.farewell, farewellBytes);
  return view !== undefined && isSealed(view, seal, vip) ? readHead(view) : undefined;
}

/** What a datagram of ours says is the nonce that it answers, whoever made it; undefined for what is none. */
export function nonceOf(bytes: Uint8Array): bigint | undefined {
  if (bytes.length < farewellBytes || bytes.length > longest) return undefined;
  const view = viewOf(bytes);
  return view.readUInt16BE(0) === magic ? view.readBigUInt64BE(4) : undefined;
}

/** The cheap tests, which come first: noise costs no HMAC. */
function opened(
  bytes: Uint8Array,
  versions: readonly number[],
  kind: number,
  shortest: number,
): Buffer | undefined {
  if (bytes.length < shortest || bytes.length > longest) return undefined;
  const view = viewOf(bytes);
  const isOurs = view.readUInt16BE(0) === magic && versions.includes(view.readUInt8(2));
  return isOurs && view.readUInt8(3) === kind ? view : undefined;
}
