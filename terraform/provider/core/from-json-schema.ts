/** The attributes of a resource, from the JSON Schema of its kind: what files can say, Terraform can. */
import type { Attribute, AttributeType } from './attribute.ts';
import { attributeName, inAttributeNames } from './attribute.ts';
import type { Value } from './value.ts';

/** What of JSON Schema those of Causeway use. */
export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly deprecated?: boolean;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: JsonSchema;
  readonly uniqueItems?: boolean;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | boolean;
}

/** Of a mapping with known keys. Older spellings are left out: nobody needs them in a new language. Throws for what has no counterpart. */
export function attributesFrom(schema: JsonSchema): readonly Attribute[] {
  return Object.entries(schema.properties ?? {})
    .filter(([, property]) => property.deprecated !== true)
    .map(([key, property]) => {
      const type = typeFrom(property, key);
      const isRequired = schema.required?.includes(key) === true;
      return {
        name: attributeName(key),
        key,
        type,
        use: isRequired ? 'required' : 'optional',
        ...(property.default === undefined ? {} : { fallback: fallbackOf(type, property.default) }),
        description: describe(property),
      };
    });
}

function typeFrom(schema: JsonSchema, where: string): AttributeType {
  const { type, anyOf, items, properties, additionalProperties } = schema;
  // One or a list of them: a list, which may have one.
  const list = anyOf?.find((one) => one.type === 'array');
  if (list !== undefined) return typeFrom(list, where);
  if (Array.isArray(type)) return { kind: 'string' };
  switch (type) {
    case 'string':
      return { kind: 'string' };
    case 'boolean':
      return { kind: 'bool' };
    case 'integer':
    case 'number':
      return { kind: 'number' };
    case 'array':
      // What may be there once only has no order either.
      if (items !== undefined)
        return { kind: schema.uniqueItems === true ? 'set' : 'list', of: typeFrom(items, where) };
      break;
    case 'object':
      if (properties !== undefined) return { kind: 'object', attributes: attributesFrom(schema) };
      if (typeof additionalProperties === 'object')
        return { kind: 'map', of: typeFrom(additionalProperties, where) };
      break;
  }
  throw new Error(`${where}: Terraform has no counterpart of ${JSON.stringify(schema)}`);
}

function fallbackOf(type: AttributeType, said: unknown): Value {
  if (type.kind === 'object') {
    const own = typeof said === 'object' && said !== null ? new Map(Object.entries(said)) : new Map();
    return Object.fromEntries(
      type.attributes.map((one) => {
        const value: unknown = own.get(one.key);
        return [one.name, value === undefined ? (one.fallback ?? null) : fallbackOf(one.type, value)];
      }),
    );
  }
  if (typeof said === 'string' || typeof said === 'number' || typeof said === 'boolean') return said;
  throw new Error(`Terraform has no counterpart of the default ${JSON.stringify(said)}`);
}

/** What it is for, what can stand there, and what does where nothing does. */
function describe(schema: JsonSchema): string {
  const { description, enum: choices, minimum, maximum, default: fallback } = schema;
  const sentences = [
    description === undefined ? '' : sentence(inAttributeNames(description)),
    choices === undefined ? '' : `One of ${choices.map((one) => `\`${one}\``).join(', ')}.`,
    minimum === undefined || maximum === undefined ? '' : `From ${minimum} to ${maximum}.`,
    fallback === undefined || typeof fallback === 'object' ? '' : `Default: \`${fallback}\`.`,
  ];
  return sentences.filter((one) => one !== '').join(' ');
}

function sentence(text: string): string {
  // Not where it begins with a value, or a protocol: `none: …`, `http, https: …`.
  const isWord = /^[a-z]+ /.test(text) && !text.startsWith('tcp ');
  const first = isWord ? text.charAt(0).toUpperCase() + text.slice(1) : text;
  return /[.!?]$/.test(first) ? first : `${first}.`;
}
