/** Values on their way from and to Terraform: MessagePack, in which an extension stands for what is not known. */
import { decode, ExtData, encode } from '@msgpack/msgpack';
import type { Attribute, AttributeType } from './attribute.ts';
import { unknown, type Value, type Values } from './value.ts';

/** What go-cty writes: extension 0 with one byte. What it knows of an unknown (extension 12) is not needed to plan. */
const unknownExtension = new ExtData(0, new Uint8Array([0]));

/** Null: there is none, as of a resource that is not there yet. Throws where it is no such value. */
export function valuesFromWire(attributes: readonly Attribute[], bytes: Uint8Array): Values | null {
  if (bytes.length === 0) return null;
  const value = fromWire({ kind: 'object', attributes }, decode(bytes));
  return value as Values | null;
}

export function valuesToWire(values: Values | null): Buffer {
  return Buffer.from(encode(toWire(values)));
}

function fromWire(type: AttributeType, raw: unknown): Value {
  if (raw instanceof ExtData) return unknown;
  if (raw === null || raw === undefined) return null;
  switch (type.kind) {
    case 'string':
      if (typeof raw === 'string') return raw;
      break;
    case 'bool':
      if (typeof raw === 'boolean') return raw;
      break;
    case 'number': {
      // What fits into neither an integer nor a float of theirs comes as a decimal.
      const number = typeof raw === 'string' && raw.trim() !== '' ? Number(raw) : raw;
      if (typeof number === 'number' && !Number.isNaN(number)) return number;
      break;
    }
    case 'list':
    case 'set':
      if (Array.isArray(raw)) return raw.map((one) => fromWire(type.of, one));
      break;
    case 'map':
      if (typeof raw === 'object')
        return Object.fromEntries(Object.entries(raw).map(([key, one]) => [key, fromWire(type.of, one)]));
      break;
    case 'object':
      if (typeof raw === 'object' && !Array.isArray(raw)) {
        const found = new Map<string, unknown>(Object.entries(raw));
        return Object.fromEntries(
          type.attributes.map(({ name, type: own }) => [name, fromWire(own, found.get(name))]),
        );
      }
      break;
  }
  throw new Error(`found ${JSON.stringify(raw)}, expected a ${type.kind}`);
}

function toWire(value: Value): unknown {
  if (value === unknown) return unknownExtension;
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(toWire);
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, toWire(one)]));
}

/** A state that is stored as JSON, perhaps by an older version: what is no attribute any more is left out. */
export function valuesFromState(attributes: readonly Attribute[], json: string): Values | null {
  return fromWire({ kind: 'object', attributes }, JSON.parse(json)) as Values | null;
}

/** A type as the protocol writes it: `["set","string"]`. */
export function typeText(type: AttributeType): unknown {
  if (type.kind === 'object')
    return ['object', Object.fromEntries(type.attributes.map((one) => [one.name, typeText(one.type)]))];
  return 'of' in type ? [type.kind, typeText(type.of)] : type.kind;
}
