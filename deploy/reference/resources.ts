// What resource files may say, from their JSON Schemas.
import { jsonSchemas } from '../../src/resource/json-schema.ts';
import { code, type Row, table } from './tables.ts';

/** The part of a JSON Schema that is told. */
interface Schema {
  readonly title?: string;
  readonly description?: string;
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly additionalProperties?: Schema | boolean;
}

export function resourcesPage(): string {
  const parts = [
    '# Resources',
    '',
    'YAML, several documents a file: `apiVersion: causeway/v1`, `kind`, `metadata.name`, `spec`. The JSON Schemas stand in `deploy/schema/`, for editors;',
    'what they cannot say (addresses, what refers to what) `causeway plan` and `causeway apply` check, with file and line.',
    '',
  ];
  for (const text of jsonSchemas().values()) {
    const schema: Schema = JSON.parse(text);
    const { spec } = schema.properties ?? {};
    parts.push(`## ${schema.title?.split(' ')[0]}`, '');
    parts.push(
      table(['key of `spec`', 'value', 'default', 'what'], spec === undefined ? [] : [...rows(spec, '')]),
    );
  }
  return parts.join('\n');
}

function* rows(schema: Schema, path: string): Generator<Row> {
  const required = new Set(schema.required);
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const here = path === '' ? name : `${path}.${name}`;
    const isMapping = property.properties !== undefined;
    const missing = required.has(name) ? 'must be set' : '';
    const fallback =
      isMapping || property.default === undefined ? missing : code(JSON.stringify(property.default));
    if (!isMapping || property.description !== undefined)
      yield [code(here), valueText(property), fallback, property.description ?? ''];
    if (isMapping) yield* rows(property, here);
    if (property.items?.properties !== undefined) yield* rows(property.items, `${here}[]`);
  }
}

function valueText(schema: Schema): string {
  const { anyOf, items, additionalProperties, minimum, maximum } = schema;
  if (schema.const !== undefined) return code(String(schema.const));
  if (schema.enum !== undefined) return schema.enum.map((value) => code(String(value))).join(', ');
  if (anyOf !== undefined) return [...new Set(anyOf.map(valueText))].join(', or ');
  if (items !== undefined)
    return items.properties === undefined ? `list of ${valueText(items)}` : 'list of mappings';
  if (typeof additionalProperties === 'object') return `mapping to ${valueText(additionalProperties)}`;
  if (schema.properties !== undefined) return 'mapping';
  if (minimum !== undefined && maximum !== undefined) return `${schema.type}, ${minimum} to ${maximum}`;
  return schema.type ?? 'any';
}
