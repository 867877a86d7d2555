/** How netlink attributes (type, length, value, aligned to 4) are written and read: linux/netlink.h, struct nlattr. */
import { CausewayError } from '../../domain/error.ts';
import { align4 } from './wire.ts';

const attributeHeader = 4;
const nestedFlag = 0x8000;
/** Without NLA_F_NESTED and NLA_F_NET_BYTEORDER. */
const typeMask = 0x3fff;

const utf8 = new TextDecoder();
const utf8Encoder = new TextEncoder();

/** One attribute, padded. */
export function attribute(type: number, value: Uint8Array): Uint8Array {
  const bytes = start(type, value.length);
  bytes.set(value, attributeHeader);
  return bytes;
}

/** An attribute without a value: its presence is the message. */
export function flagAttribute(type: number): Uint8Array {
  return start(type, 0);
}

/** An attribute that holds attributes, marked NLA_F_NESTED as strict validation wants. */
export function nestedAttribute(type: number, parts: readonly Uint8Array[]): Uint8Array {
  return attribute(type | nestedFlag, concatBytes(parts));
}

export function u8Attribute(type: number, value: number): Uint8Array {
  const bytes = start(type, 1);
  bytes[attributeHeader] = value;
  return bytes;
}

export function u16Attribute(type: number, value: number): Uint8Array {
  const bytes = start(type, 2);
  viewOf(bytes).setUint16(attributeHeader, value, true);
  return bytes;
}

/** A 16-bit number in network order, as ports are. */
export function be16Attribute(type: number, value: number): Uint8Array {
  const bytes = start(type, 2);
  viewOf(bytes).setUint16(attributeHeader, value, false);
  return bytes;
}

export function u32Attribute(type: number, value: number): Uint8Array {
  const bytes = start(type, 4);
  viewOf(bytes).setUint32(attributeHeader, value, true);
  return bytes;
}

/** A text with the NUL that the kernel's NLA_NUL_STRING wants. */
export function stringAttribute(type: number, text: string): Uint8Array {
  return attribute(type, utf8Encoder.encode(`${text}\0`));
}

export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}

function start(type: number, valueLength: number): Uint8Array {
  const length = attributeHeader + valueLength;
  if (length > 0xffff) throw failure(`attribute ${type & typeMask} of ${length} bytes is longer than 65535`);
  const bytes = new Uint8Array(align4(length));
  const view = viewOf(bytes);
  view.setUint16(0, length, true);
  view.setUint16(2, type, true);
  return bytes;
}

/** The attributes of one level. A getter gives undefined where the attribute is absent or shorter than its kind. */
export class Attributes {
  /** In the order of the message; a type may stand several times. */
  readonly list: readonly { readonly type: number; readonly value: Uint8Array }[];
  readonly #values = new Map<number, Uint8Array>();

  constructor(list: readonly { readonly type: number; readonly value: Uint8Array }[]) {
    this.list = list;
    for (const { type, value } of list) this.#values.set(type, value);
  }

  has(type: number): boolean {
    return this.#values.has(type);
  }

  bytes(type: number): Uint8Array | undefined {
    return this.#values.get(type);
  }

  u8(type: number): number | undefined {
    return this.#view(type, 1)?.getUint8(0);
  }

  u16(type: number): number | undefined {
    return this.#view(type, 2)?.getUint16(0, true);
  }

  be16(type: number): number | undefined {
    return this.#view(type, 2)?.getUint16(0, false);
  }

  u32(type: number): number | undefined {
    return this.#view(type, 4)?.getUint32(0, true);
  }

  be32(type: number): number | undefined {
    return this.#view(type, 4)?.getUint32(0, false);
  }

  /** The text before the first NUL. */
  string(type: number): string | undefined {
    const value = this.#values.get(type);
    if (value === undefined) return undefined;
    const end = value.indexOf(0);
    return utf8.decode(end < 0 ? value : value.subarray(0, end));
  }

  nested(type: number): Attributes | undefined {
    const value = this.#values.get(type);
    return value === undefined ? undefined : parseAttributes(value);
  }

  #view(type: number, length: number): DataView | undefined {
    const value = this.#values.get(type);
    return value === undefined || value.length < length ? undefined : viewOf(value);
  }
}

/** The attributes behind a header of `offset` bytes. Throws `internal` where that, or a length, does not fit. */
export function parseAttributes(bytes: Uint8Array, offset = 0): Attributes {
  if (bytes.length < offset) throw failure(`a header of ${offset} bytes does not fit ${bytes.length}`);
  const view = viewOf(bytes);
  const list: { type: number; value: Uint8Array }[] = [];
  let at = offset;
  while (at + attributeHeader <= bytes.length) {
    const length = view.getUint16(at, true);
    if (length < attributeHeader || at + length > bytes.length) {
      throw failure(`a length of ${length} at offset ${at} does not fit ${bytes.length} bytes`);
    }
    list.push({
      type: view.getUint16(at + 2, true) & typeMask,
      value: bytes.subarray(at + attributeHeader, at + length),
    });
    at += align4(length);
  }
  return new Attributes(list);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function failure(message: string): CausewayError {
  return new CausewayError({ code: 'internal', operation: 'handle netlink attributes', message });
}
