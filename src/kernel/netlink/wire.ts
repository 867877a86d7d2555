/**
 * How netlink messages lie in a datagram (RFC 3549, linux/netlink.h): a 16-byte header each, aligned to 4.
 * Numbers are in the host's order, which is little-endian on every platform that the native addon supports.
 */
import { CausewayError } from '../../domain/error.ts';

export const headerLength = 16;
/** struct genlmsghdr: command, version, two reserved bytes. */
export const genericHeaderLength = 4;

export const messageType = { noop: 1, error: 2, done: 3 } as const;

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

/** A message where it lies in its datagram. One object serves all messages of a datagram: it is not to be kept. */
export interface LocatedMessage {
  type: number;
  flags: number;
  sequence: number;
  /** The payload is what lies between `start` and `end` of `view`, and of `bytes`. */
  start: number;
  end: number;
  readonly view: DataView;
  readonly bytes: Uint8Array;
}

/** Where datagrams are put together; used again for the next one, so every byte is written, padding too. */
export interface SendBuffer {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly view: DataView<ArrayBuffer>;
}

export function createSendBuffer(length: number): SendBuffer {
  const bytes = new Uint8Array(length);
  return { bytes, view: new DataView(bytes.buffer) };
}

export function align4(length: number): number {
  return (length + 3) & ~3;
}

/** Bytes that a message with such a payload takes in a datagram, padding included. */
export function messageSize(payloadLength: number): number {
  return align4(headerLength + payloadLength);
}

/** Writes a header; the port id stays 0, for which the kernel puts the sender's. */
export function writeHeader(
  { view }: SendBuffer,
  offset: number,
  payloadLength: number,
  type: number,
  flags: number,
  sequence: number,
): void {
  view.setUint32(offset, headerLength + payloadLength, true);
  view.setUint16(offset + 4, type, true);
  view.setUint16(offset + 6, flags, true);
  view.setUint32(offset + 8, sequence, true);
  view.setUint32(offset + 12, 0, true);
}

/** Writes a whole message; returns where the next one begins. */
export function writeMessage(
  target: SendBuffer,
  offset: number,
  message: NetlinkMessage,
  flags: number,
  sequence: number,
): number {
  const { payload } = message;
  writeHeader(target, offset, payload.length, message.type, flags, sequence);
  target.bytes.set(payload, offset + headerLength);
  const end = offset + headerLength + payload.length;
  const next = align4(end);
  target.bytes.fill(0, end, next);
  return next;
}

/** Visits the messages of a datagram. Throws `internal` where a length does not fit. */
export function forEachMessage(datagram: Uint8Array, visit: (message: LocatedMessage) => void): void {
  const view = new DataView(datagram.buffer, datagram.byteOffset, datagram.byteLength);
  const message: LocatedMessage = { type: 0, flags: 0, sequence: 0, start: 0, end: 0, view, bytes: datagram };
  const size = datagram.byteLength;
  let offset = 0;
  while (offset + headerLength <= size) {
    const length = view.getUint32(offset, true);
    if (length < headerLength || offset + length > size) throw malformed(offset, length);
    message.type = view.getUint16(offset + 4, true);
    message.flags = view.getUint16(offset + 6, true);
    message.sequence = view.getUint32(offset + 8, true);
    message.start = offset + headerLength;
    message.end = offset + length;
    visit(message);
    offset += align4(length);
  }
}

function malformed(offset: number, length: number): CausewayError {
  return new CausewayError({
    code: 'internal',
    operation: 'parse netlink message',
    message: `a length of ${length} at offset ${offset} does not fit the datagram`,
  });
}

/** The message as something to keep. */
export function toReply({ type, flags, bytes, start, end }: LocatedMessage): NetlinkReply {
  return { type, flags, payload: bytes.subarray(start, end) };
}

/**
 * The errno that an ERROR or DONE message carries, positive; 0 is success, as is a DONE without one. Undefined for any
 * other message.
 */
export function verdict({ type, view, start, end }: LocatedMessage): number | undefined {
  if (type !== messageType.error && type !== messageType.done) return undefined;
  return end - start < 4 ? 0 : Math.abs(view.getInt32(start, true));
}
