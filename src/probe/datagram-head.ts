/** What all datagrams of probes begin with, and how those of a pair say who asks (datagram.ts has the whole of it). */
import { type Pair, tagBytes } from './seal.ts';

/** Who asks, by the word of the datagram; undefined: one of those that share a key. */
export type Asker = Pick<Pair, 'director' | 'epoch'> | undefined;

export const magic = 0x4357;
/** Under the key of a pair. */
export const pairVersion = 3;
/** 4 and 5 are those of return-path.ts. */
export const kinds = { request: 1, answer: 2, farewell: 3, size: 6, sized: 7 } as const;
export const headBytes = 20;
/** Of a request: head, VIP, answers, page. */
export const wishesAt = headBytes + 16;
/** Of a pair's request: the director's name, behind epoch and length. */
export const nameAt = wishesAt + 2 + 4 + 1;
const shortestPaired = nameAt + tagBytes;

export function writeHead(
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

export function readHead(view: Buffer): { nonce: bigint; sentAtUs: number } {
  return { nonce: view.readBigUInt64BE(4), sentAtUs: Number(view.readBigUInt64BE(12)) };
}

export function askerOf(view: Buffer): Asker {
  if (view.length < shortestPaired) return undefined;
  const end = nameAt + view.readUInt8(wishesAt + 6);
  if (view.length < end + tagBytes) return undefined;
  return { epoch: view.readUInt32BE(wishesAt + 2), director: view.toString('utf8', nameAt, end) };
}

export function viewOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
