/**
 * How netlink messages lie in a datagram (RFC 3549, linux/netlink.h): a 16-byte header each, aligned to 4.
 * Numbers are in the host's order, which is little-endian on every platform that the native addon supports.
 */
import { CausewayError } from '../../domain/error.ts';

export const headerLength = 16;

export const messageType = { noop: 1, error: 2, done: 3, overrun: 4 } as const;

/** NLM_F_*; the meaning of 0x100 and above depends on the kind of request. */
export const messageFlag = {
  request: 0x1,
  multi: 0x2,
  ack: 0x4,
  dumpInterrupted: 0x10,
  dump: 0x300,
  replace: 0x100,
  exclusive: 0x200,
  create: 0x400,
  append: 0x800,
} as const;

/** What a request carries beyond its header. */
export interface NetlinkMessage {
  readonly type: number;
  /** NLM_F_* beside those that the kind of request implies. */
  readonly flags?: number;
  readonly payload: Uint8Array;
}

export interface NetlinkReply {
  readonly type: number;
  readonly flags: number;
  /** A view into the received datagram, which nothing else writes to. */
  readonly payload: Uint8Array;
}

export interface ReceivedMessage extends NetlinkReply {
  readonly sequence: number;
}

export function align4(length: number): number {
  return (length + 3) & ~3;
}

/** Bytes that a message with such a payload takes in a datagram, padding included. */
export function messageSize(payloadLength: number): number {
  return align4(headerLength + payloadLength);
}

/** Writes a message at `offset` of a zeroed target; returns where the next one begins. */
export function writeMessage(
  target: DataView<ArrayBuffer>,
  offset: number,
  message: { readonly type: number; readonly flags: number; readonly payload: Uint8Array },
  sequence: number,
): number {
  const { payload } = message;
  target.setUint32(offset, headerLength + payload.length, true);
  target.setUint16(offset + 4, message.type, true);
  target.setUint16(offset + 6, message.flags, true);
  target.setUint32(offset + 8, sequence, true);
  // The port id stays 0: the kernel fills in the sender's.
  new Uint8Array(target.buffer, target.byteOffset).set(payload, offset + headerLength);
  return offset + messageSize(payload.length);
}

/** One message as a datagram of its own. */
export function encodeMessage(
  type: number,
  flags: number,
  sequence: number,
  payload: Uint8Array,
): Uint8Array {
  const bytes = new Uint8Array(messageSize(payload.length));
  writeMessage(new DataView(bytes.buffer), 0, { type, flags, payload }, sequence);
  return bytes;
}

/** The messages of a datagram. Throws `internal` where a length does not fit. */
export function parseMessages(datagram: Uint8Array): ReceivedMessage[] {
  const view = new DataView(datagram.buffer, datagram.byteOffset, datagram.byteLength);
  const messages: ReceivedMessage[] = [];
  let offset = 0;
  while (offset + headerLength <= datagram.length) {
    const length = view.getUint32(offset, true);
    if (length < headerLength || offset + length > datagram.length) throw malformed(offset, length);
    messages.push({
      type: view.getUint16(offset + 4, true),
      flags: view.getUint16(offset + 6, true),
      sequence: view.getUint32(offset + 8, true),
      payload: datagram.subarray(offset + headerLength, offset + length),
    });
    offset += align4(length);
  }
  return messages;
}

function malformed(offset: number, length: number): CausewayError {
  return new CausewayError({
    code: 'internal',
    operation: 'parse netlink message',
    message: `a length of ${length} at offset ${offset} does not fit the datagram`,
  });
}

/** The positive errno that opens an ERROR or DONE payload; 0 is success. A DONE without one counts as success. */
export function readErrno(payload: Uint8Array): number {
  if (payload.length < 4) return 0;
  return -new DataView(payload.buffer, payload.byteOffset, payload.byteLength).getInt32(0, true);
}
