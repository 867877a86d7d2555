/**
 * How a director asks whether packets of a size get through the tunnel: a question of just that size, and a short answer.
 *
 *     question  'CW' · version 3 · kind 6 · nonce 8 · sent 8 · vip 16 · size 2 · epoch 4 · length 1 · director · tag 16 · padding
 *     answer    'CW' · version 3 · kind 7 · nonce 8 · sent 8 · size 2 · tag 16
 *
 * `size` is the length of the question's whole payload, bytes. The tag covers all before it as in datagram.ts, and so the size, which a question must
 * have: what stands in the padding is read by nobody, and a forged datagram of whatever length costs the HMAC of a short one. An answer is
 * shorter than any question. Only pairs ask; programs of before take both for noise.
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

export interface SizeQuestion {
  /** Unsigned 64 bit, random, used once. */
  readonly nonce: bigint;
  readonly sentAtUs: number;
  readonly vip: string;
  /** Of the whole payload. */
  readonly sizeBytes: number;
}

export type SizeAnswer = Pick<SizeQuestion, 'nonce' | 'sentAtUs' | 'sizeBytes'>;

/** The largest UDP payload of a 9,216 byte frame: beyond it nobody has links. */
const largestBytes = 9_216 - 28;
const answerBytes = headBytes + 2 + tagBytes;

/** Undefined: it does not fit into so few bytes, or into any link's packet, or there is no key of a pair. */
export function encodeSizeQuestion(question: SizeQuestion, seal: Seal): Buffer | undefined {
  const { pair } = seal;
  if (pair === undefined || question.sizeBytes > largestBytes) return undefined;
  const name = Buffer.from(pair.director);
  const saidBytes = nameAt + name.length + tagBytes;
  if (question.sizeBytes < saidBytes) return undefined;
  const bytes = Buffer.alloc(question.sizeBytes);
  writeHead(bytes, pairVersion, kinds.size, question);
  bytes.set(address16(question.vip), headBytes);
  bytes.writeUInt16BE(question.sizeBytes, wishesAt);
  bytes.writeUInt32BE(pair.epoch, wishesAt + 2);
  bytes.writeUInt8(name.length, wishesAt + 6);
  bytes.set(name, nameAt);
  sealed(bytes.subarray(0, saidBytes), seal);
  return bytes;
}

/** The question and by what it was sealed, or undefined for whatever is none, or came in another size. `sealOf`: undefined for whoever is not known. */
export function decodeSizeQuestion(
  bytes: Uint8Array,
  sealOf: (asker: Asker) => Seal | undefined,
): { readonly question: SizeQuestion; readonly seal: Seal } | undefined {
  const view = ofKind(bytes, kinds.size);
  const asker = view === undefined || view.length > largestBytes ? undefined : askerOf(view);
  if (view === undefined || asker === undefined) return undefined;
  const sizeBytes = view.readUInt16BE(wishesAt);
  const seal = sizeBytes === view.length ? sealOf(asker) : undefined;
  const saidBytes = nameAt + view.readUInt8(wishesAt + 6) + tagBytes;
  if (seal?.pair === undefined || !isSealed(view.subarray(0, saidBytes), seal)) return undefined;
  return {
    question: { ...readHead(view), vip: addressOf16(view.subarray(headBytes, wishesAt)), sizeBytes },
    seal,
  };
}

export function encodeSizeAnswer({ vip, ...answer }: SizeQuestion, seal: Seal): Buffer {
  const bytes = Buffer.alloc(answerBytes);
  writeHead(bytes, pairVersion, kinds.sized, answer);
  bytes.writeUInt16BE(answer.sizeBytes, headBytes);
  return sealed(bytes, seal, vip);
}

/** The answer that was asked of `vip`, or undefined for whatever was not made by this seal. */
export function decodeSizeAnswer(bytes: Uint8Array, seal: Seal, vip: string): SizeAnswer | undefined {
  const view = ofKind(bytes, kinds.sized);
  if (view?.length !== answerBytes || seal.pair === undefined || !isSealed(view, seal, vip)) return undefined;
  return { ...readHead(view), sizeBytes: view.readUInt16BE(headBytes) };
}

export function isSizeQuestion(bytes: Uint8Array): boolean {
  return ofKind(bytes, kinds.size) !== undefined;
}

export function isSizeAnswer(bytes: Uint8Array): boolean {
  return ofKind(bytes, kinds.sized) !== undefined;
}

function ofKind(bytes: Uint8Array, kind: number): Buffer | undefined {
  if (bytes.length < answerBytes) return undefined;
  const view = viewOf(bytes);
  const isOurs = view.readUInt16BE(0) === magic && view.readUInt8(2) === pairVersion;
  return isOurs && view.readUInt8(3) === kind ? view : undefined;
}
