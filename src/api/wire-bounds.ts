/** How much a message of the wire may hold, counted in its bytes before anything is made of them. */
import { CausewayError } from '../domain/error.ts';

/** Decoding costs by the item: a few bytes of the wire can be a whole object, so bytes alone are no bound. */
export interface WireLimits {
  readonly bytes: number;
  /** Messages, texts and numbers of lists, all together, however deep. */
  readonly items: number;
  /** Bytes of one text. */
  readonly textBytes: number;
  /** Messages in messages. */
  readonly depth: number;
}

/** What somebody may say of whom nothing is known yet: a hello with all of its labels is some kilobytes. */
export const strangerLimits: WireLimits = { bytes: 16_384, items: 512, textBytes: 1_024, depth: 4 };
/** A director of 24,000 real servers reports 2.5 MB, 300,000 items. */
export const agentLimits: WireLimits = { bytes: 4 << 20, items: 500_000, textBytes: 65_536, depth: 6 };
/** Thousands of resources in one apply. */
export const adminLimits: WireLimits = { bytes: 8 << 20, items: 300_000, textBytes: 65_536, depth: 8 };

/** A coordinator that asks says who it is, and little else. */
export const peerLimits: WireLimits = strangerLimits;

/** A part of a digest: versions of before put ten directors into one, of 24,000 real servers each. */
export const digestLimits: WireLimits = { bytes: 64 << 20, items: 5_000_000, textBytes: 65_536, depth: 8 };

/** What the counting needs of a message's definition; names are looked up in a table of all of them. */
export interface MessageShape {
  readonly field: readonly {
    readonly number: number;
    /** `TYPE_MESSAGE`, `TYPE_STRING`, … */
    readonly type: string;
    readonly typeName: string;
  }[];
}

export type ShapeOf = (typeName: string) => MessageShape | undefined;

const wireType = { varint: 0, fixed64: 1, delimited: 2, fixed32: 5 } as const;

/** Throws `refused` for what is too much, `invalid` for what is no message. One pass; nothing is copied. */
export function checkWire(
  bytes: Uint8Array,
  shape: MessageShape,
  shapeOf: ShapeOf,
  limits: WireLimits,
): void {
  if (bytes.length > limits.bytes) throw tooMuch(`${bytes.length} bytes`, `${limits.bytes} bytes`);
  let items = 0;

  function walk(from: number, to: number, type: MessageShape, depth: number): void {
    if (depth > limits.depth) throw tooMuch('messages in messages', `a depth of ${limits.depth}`);
    const fields = fieldsOf(type);
    let at = from;
    const varint = (): number => {
      let [value, scale] = [0, 1];
      for (let read = 0; read < 10; read++) {
        const byte = at < to ? bytes[at] : undefined;
        if (byte === undefined) break;
        at += 1;
        value += (byte & 0x7f) * scale;
        if (byte < 0x80) return value;
        scale *= 128;
      }
      throw damaged();
    };
    while (at < to) {
      const tag = varint();
      const field = fields.get(Math.floor(tag / 8));
      switch (tag % 8) {
        case wireType.varint:
          varint();
          break;
        case wireType.fixed64:
          at += 8;
          break;
        case wireType.fixed32:
          at += 4;
          break;
        case wireType.delimited: {
          const length = varint();
          if (length > to - at) throw damaged();
          items += 1;
          const inner = field?.type === 'TYPE_MESSAGE' ? shapeOf(field.typeName) : undefined;
          if (inner !== undefined) walk(at, at + length, inner, depth + 1);
          else if (length > limits.textBytes)
            throw tooMuch(`a text of ${length}`, `${limits.textBytes} bytes`);
          // Numbers of a list stand side by side, at least a byte each.
          else if (field !== undefined && !textTypes.has(field.type)) items += length;
          at += length;
          break;
        }
        default:
          throw damaged();
      }
      if (at > to) throw damaged();
      if (items > limits.items) throw tooMuch(`more than ${limits.items} items`, `${limits.items} of them`);
    }
  }

  walk(0, bytes.length, shape, 1);
}

const textTypes: ReadonlySet<string> = new Set(['TYPE_STRING', 'TYPE_BYTES', 'TYPE_MESSAGE']);

const known = new WeakMap<MessageShape, ReadonlyMap<number, MessageShape['field'][number]>>();

function fieldsOf(shape: MessageShape): ReadonlyMap<number, MessageShape['field'][number]> {
  const fields = known.get(shape) ?? new Map(shape.field.map((field) => [field.number, field]));
  known.set(shape, fields);
  return fields;
}

function tooMuch(found: string, limit: string): CausewayError {
  const message = `found ${found}, expected at most ${limit} in a message`;
  return new CausewayError({ code: 'refused', operation: 'read message', message });
}

function damaged(): CausewayError {
  return new CausewayError({ code: 'invalid', operation: 'read message', message: 'it is damaged' });
}
