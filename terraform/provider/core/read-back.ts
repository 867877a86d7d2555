/** A resource as the coordinator has it, in the words of whoever declared it: what means the same is said as before. Pure. */
import type { Attribute, AttributeType } from './attribute.ts';
import { isDeepEqual } from './deep-equal.ts';
import { valueFrom, valuesFrom } from './document.ts';
import { inOneSpelling } from './forms.ts';
import { isList, isValues, type Value, type Values } from './value.ts';

/**
 * `said`: the values before, and the document that they come to with every default spelt out; `found`: the same document of what is
 * there now. Where the two documents agree, the values stay as they were, null among them: only what is other now is told.
 */
export function readBack(
  attributes: readonly Attribute[],
  said: { readonly values: Values; readonly document: object },
  found: object,
): Values {
  return Object.fromEntries(
    attributes.map(({ name, key, type }) => [
      name,
      part(key, type, said.values[name] ?? null, Reflect.get(said.document, key), Reflect.get(found, key)),
    ]),
  );
}

function part(key: string, type: AttributeType, value: Value, said: unknown, found: unknown): Value {
  if (isDeepEqual(said, found, type.kind === 'set')) return value;
  if (type.kind === 'object' && isValues(value) && isObject(said) && isObject(found))
    return readBack(type.attributes, { values: value, document: said }, found);
  if (type.kind === 'map' && isValues(value) && isObject(said) && isObject(found)) {
    const entries = Object.entries(found).map(([name, one]): [string, Value] => [
      name,
      name in value
        ? part(key, type.of, value[name] ?? null, Reflect.get(said, name), one)
        : valueFrom(type.of, one),
    ]);
    return Object.fromEntries(entries);
  }
  const now = valueFrom(type, found);
  if (!isList(now) || !isList(value)) return now;
  const spelt = new Map<Value, Value>(value.map((one) => [inOneSpelling(key, one), one]));
  return now.map((one) => spelt.get(inOneSpelling(key, one)) ?? one);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * As few words as it takes: what is optional and goes without saying is not said, so that whoever imports it need not write it down.
 * `isSame`: whether values still mean the same resource.
 */
export function inFewWords(
  attributes: readonly Attribute[],
  document: object,
  isSame: (values: Values) => boolean,
): Values {
  return shortened(attributes, valuesFrom(attributes, document), (values) => values, isSame);
}

/** `whole`: all values with these in their place. */
function shortened(
  attributes: readonly Attribute[],
  full: Values,
  whole: (values: Values) => Values,
  isSame: (values: Values) => boolean,
): Values {
  let values = full;
  for (const { name, type, use, fallback } of attributes) {
    const value = values[name] ?? null;
    const around = values;
    const put = (own: Value): Values => ({ ...around, [name]: own });
    if (value === null) continue;
    if (use === 'optional' && fallback === undefined && isSame(whole(put(null)))) values = put(null);
    else values = put(shortenedPart(type, value, (own) => whole(put(own)), isSame));
  }
  return values;
}

function shortenedPart(
  type: AttributeType,
  value: Value,
  whole: (value: Value) => Values,
  isSame: (values: Values) => boolean,
): Value {
  if (!isValues(value)) return value;
  if (type.kind === 'object') return shortened(type.attributes, value, whole, isSame);
  if (type.kind !== 'map') return value;
  let parts = value;
  for (const [key, one] of Object.entries(value)) {
    const around = parts;
    const put = (own: Value): Values => ({ ...around, [key]: own });
    parts = put(shortenedPart(type.of, one, (own) => whole(put(own)), isSame));
  }
  return parts;
}
