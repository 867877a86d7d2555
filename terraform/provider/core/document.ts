/** The values of attributes as the document of a resource file, and back. */
import type { PathStep } from '../../../src/resource/mistake.ts';
import type { Attribute, AttributeType } from './attribute.ts';
import { attributesOf } from './attribute.ts';
import { isKnown, isList, isValues, unknown, type Value, type Values } from './value.ts';

/** What nobody has said, or nobody knows yet, is left out; a list with something unknown as a whole. */
export function documentFrom(attributes: readonly Attribute[], values: Values): Record<string, unknown> {
  const entries = attributes.flatMap(({ name, key, type }): [string, unknown][] => {
    const value = values[name] ?? null;
    if (value === null || value === unknown) return [];
    if (attributesOf(type) === undefined && !isKnown(value)) return [];
    if (isList(value) && value.includes(unknown)) return [];
    return [[key, partFrom(type, value)]];
  });
  return Object.fromEntries(entries);
}

function partFrom(type: AttributeType, value: Value): unknown {
  if (type.kind === 'object') return isValues(value) ? documentFrom(type.attributes, value) : value;
  if (!('of' in type)) return value;
  if (isList(value)) return value.map((one) => partFrom(type.of, one));
  if (!isValues(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, one]) => one !== unknown && one !== null)
      .map(([key, one]) => [key, partFrom(type.of, one)]),
  );
}

/** Every attribute is there, null where the document says nothing. */
export function valuesFrom(attributes: readonly Attribute[], document: object): Values {
  return Object.fromEntries(
    attributes.map(({ name, key, type }) => [name, valueFrom(type, Reflect.get(document, key))]),
  );
}

/** Of a part of a document. */
export function valueFrom(type: AttributeType, part: unknown): Value {
  if (part === undefined || part === null) return null;
  switch (type.kind) {
    case 'string':
      return String(part);
    case 'number':
    case 'bool':
      return part as Value;
    case 'list':
    case 'set':
      return (Array.isArray(part) ? part : [part]).map((one) => valueFrom(type.of, one));
    case 'map':
      return Object.fromEntries(Object.entries(part).map(([key, one]) => [key, valueFrom(type.of, one)]));
    case 'object':
      return valuesFrom(type.attributes, part);
  }
}

export type AttributeStep =
  | { readonly attribute: string }
  | { readonly key: string }
  | { readonly index: number };
export type AttributePath = readonly AttributeStep[];

/** Where Terraform shows what is wrong at `path` inside a document: as far as that has a counterpart. Elements of a set have no place. */
export function attributePath(attributes: readonly Attribute[], path: readonly PathStep[]): AttributePath {
  const [first, ...rest] = path;
  const attribute = attributes.find(({ key }) => key === first);
  if (attribute === undefined) return [];
  return [{ attribute: attribute.name }, ...pathInside(attribute.type, rest)];
}

function pathInside(type: AttributeType, path: readonly PathStep[]): AttributePath {
  const [first, ...rest] = path;
  if (first === undefined || type.kind === 'set') return [];
  if (type.kind === 'object') return attributePath(type.attributes, path);
  if (!('of' in type)) return [];
  const step = type.kind === 'list' ? { index: Number(first) } : { key: String(first) };
  return [step, ...pathInside(type.of, rest)];
}
