// A field that stands in a schema or a message and is converted nowhere is found here: each is walked, and must be met on every way.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { resourceToWire } from '../../src/api/convert-resource.ts';
import { loadApi } from '../../src/api/proto-services.ts';
import { type Resource, resourceId, resourceKinds } from '../../src/domain/resource.ts';
import { documentOf } from '../../src/resource/document.ts';
import { resourceSchemas } from '../../src/resource/schema.ts';
import { resourceKey } from '../../src/store/keys.ts';
import { decodeRecord, encodeRecord } from '../../src/store/record.ts';
import { resource } from '../api/arbitrary.ts';

/** Between them they have every value that a field may have, or nearly. */
const samples = fc
  .sample(resource, { numRuns: 600, seed: 7 })
  // A time that has a date.
  .map((one) => (one.kind === 'Override' ? { ...one, expiresAtMs: 1_800_000_000_000 } : one));

function samplesOf(kind: Resource['kind']): readonly Resource[] {
  return samples.filter((one) => one.kind === kind);
}

/** `health.port`: every path at which something stands, whatever the index in a list. */
function pathsIn(value: unknown, path = ''): string[] {
  if (Array.isArray(value)) return [path, ...value.flatMap((item) => pathsIn(item, path))];
  if (value === null || typeof value !== 'object') return value === undefined ? [] : [path];
  const own = Object.entries(value).flatMap(([key, item]) =>
    pathsIn(item, path === '' ? key : `${path}.${key}`),
  );
  return [path, ...own];
}

const { definition } = loadApi();

interface Field {
  readonly name: string;
  readonly typeName: string;
}

function fieldsOf(message: string): readonly Field[] | undefined {
  const found = definition[`causeway.v1.${message}`];
  return found === undefined || !('type' in found) ? undefined : (found.type as { field: Field[] }).field;
}

/** A map's entry, a scalar and a message within itself end a path. */
function messagePaths(message: string, path = '', within: readonly string[] = []): string[] {
  return (fieldsOf(message) ?? []).flatMap(({ name, typeName }) => {
    const own = path === '' ? name : `${path}.${name}`;
    return [
      own,
      ...(within.includes(typeName) || fieldsOf(typeName) === undefined
        ? []
        : messagePaths(typeName, own, [...within, typeName])),
    ];
  });
}

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
}

function schemaPaths(schema: JsonSchema, path = ''): string[] {
  const { properties = {}, items, anyOf = [], oneOf = [] } = schema;
  const inside = [...(items === undefined ? [] : [items]), ...anyOf, ...oneOf];
  return [
    ...Object.entries(properties).flatMap(([key, value]) => {
      const own = path === '' ? key : `${path}.${key}`;
      return [own, ...schemaPaths(value, own)];
    }),
    ...inside.flatMap((value) => schemaPaths(value, path)),
  ];
}

/** How long, for the coordinator to turn into a time; and one status, now a range: told back in the other form. */
const inwardOnly = new Set(['lastsMs', 'spec.for', 'spec.health.expectStatus']);

describe.each(resourceKinds)('every field of %s', (kind) => {
  const own = samplesOf(kind);
  const specKey = `${kind[0]?.toLowerCase()}${kind.slice(1)}`;

  test('of its message is filled from the domain; the way back is a round trip of its own', () => {
    const wires = own.map((one) => (resourceToWire(one) as Record<string, unknown>)[specKey]);
    const met = new Set(wires.flatMap((wire) => pathsIn(wire)));
    const fields = messagePaths(`${kind}Spec`);
    expect(fields).not.toEqual([]);
    expect(fields.filter((field) => !met.has(field) && !inwardOnly.has(field))).toEqual([]);
  });

  test('of its file is written back; reading is a round trip of its own', () => {
    const met = new Set(own.flatMap((one) => pathsIn(documentOf(one))));
    const fields = schemaPaths(z.toJSONSchema(resourceSchemas[kind], { io: 'input' }) as JsonSchema);
    expect(fields).not.toEqual([]);
    expect(fields.filter((field) => !met.has(field) && !inwardOnly.has(field))).toEqual([]);
  });

  test('of the domain is kept in the store', () => {
    for (const one of own) {
      const key = resourceKey(one);
      const record = decodeRecord(key, encodeRecord({ kind: 'resource', value: one }), 'memory');
      expect(record?.value, resourceId(one)).toEqual(one);
    }
  });
});
