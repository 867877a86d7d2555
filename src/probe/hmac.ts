/**
 * HMAC-SHA256 (RFC 2104) of short messages, many a second. Node's `createHmac` builds a stream for each: by itself in a cold
 * process it costs twice what two one-shot hashes do (measured: 100 and 53 µs).
 */
import { hash } from 'node:crypto';

/** A key's two prefixes, each one block of the hash. */
export interface ProbeKey {
  readonly inner: Buffer;
  readonly outer: Buffer;
}

const blockBytes = 64;
const digestBytes = 32;

/** The key of a snapshot (`ProbeSettings.keyHex`). */
export function probeKey(keyHex: string): ProbeKey {
  const given = Buffer.from(keyHex, 'hex');
  const secret = given.length > blockBytes ? sha256(given) : given;
  const block = Buffer.alloc(blockBytes);
  block.set(secret);
  return {
    inner: block.map((byte) => byte ^ 0x36) as Buffer,
    outer: block.map((byte) => byte ^ 0x5c) as Buffer,
  };
}

export function hmacSha256({ inner, outer }: ProbeKey, message: Uint8Array): Buffer {
  const first = Buffer.allocUnsafe(blockBytes + message.length);
  first.set(inner);
  first.set(message, blockBytes);
  const second = Buffer.allocUnsafe(blockBytes + digestBytes);
  second.set(outer);
  second.set(sha256(first), blockBytes);
  return sha256(second);
}

function sha256(bytes: Uint8Array): Buffer {
  return hash('sha256', bytes, 'buffer');
}
