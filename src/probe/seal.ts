/** By what a datagram shows who sent it, to whom, and about what. */
import { timingSafeEqual } from 'node:crypto';
import { formatAddress, parseAddress } from '../domain/address.ts';
import { hmacSha256, type ProbeKey } from './hmac.ts';

/** What both ends of a pair know, and nobody else; or what all know (until 0.1). */
export interface Seal {
  readonly key: ProbeKey;
  /** Undefined with the key that all share. */
  readonly pair: Pair | undefined;
}

export interface Pair {
  readonly epoch: number;
  /** Name of the director. */
  readonly director: string;
  /** DIP and RIP, as `pairEnds` has them. They are in no datagram, but in its tag. */
  readonly ends: Buffer;
}

export const tagBytes = 16;
const nothing = Buffer.alloc(0);

export function pairEnds(director: string, realServer: string): Buffer {
  return Buffer.concat([address16(director), address16(realServer)]);
}

/** IPv4 as ::ffff:a.b.c.d (RFC 4291, 2.5.5.2); what is no address, as the unspecified one. */
export function address16(address: string): Buffer {
  const bytes = Buffer.alloc(16);
  const parsed = parseAddress(address) ?? new Uint8Array(16);
  if (parsed.length === 4) bytes.writeUInt16BE(0xffff, 10);
  bytes.set(parsed, 16 - parsed.length);
  return bytes;
}

/** The other way round. */
export function addressOf16(bytes: Buffer): string {
  const isMapped = bytes.readUInt16BE(10) === 0xffff && bytes.subarray(0, 10).every((byte) => byte === 0);
  return formatAddress(isMapped ? bytes.subarray(12) : bytes);
}

/** Puts the tag over the last bytes. `vip`: of whom it speaks, where it does not say so itself. */
export function sealed(bytes: Buffer, seal: Seal, vip?: string): Buffer {
  bytes.set(tagOf(bytes, seal, vip), bytes.length - tagBytes);
  return bytes;
}

export function isSealed(bytes: Buffer, seal: Seal, vip?: string): boolean {
  return timingSafeEqual(tagOf(bytes, seal, vip), bytes.subarray(bytes.length - tagBytes));
}

function tagOf(bytes: Buffer, { key, pair }: Seal, vip: string | undefined): Buffer {
  const said = bytes.subarray(0, bytes.length - tagBytes);
  if (pair === undefined) return hmacSha256(key, said).subarray(0, tagBytes);
  const about = vip === undefined ? nothing : address16(vip);
  return hmacSha256(key, Buffer.concat([said, pair.ends, about])).subarray(0, tagBytes);
}
