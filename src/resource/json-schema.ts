/** The JSON Schema of each kind. It says what can be said in one; `parseResources` says the rest. */
import * as z from 'zod';
import { apiVersion } from '../domain/resource.ts';
import { resourceSchemas } from './schema.ts';

/** File name and text of each: `service.json`. */
export function jsonSchemas(): ReadonlyMap<string, string> {
  const files = Object.entries(resourceSchemas).map(([kind, schema]): [string, string] => {
    const { $schema, ...rest } = z.toJSONSchema(schema, { io: 'input' });
    const document = { $schema, title: `${kind} (${apiVersion})`, ...rest };
    return [`${kind.toLowerCase()}.json`, `${JSON.stringify(document, undefined, 2)}\n`];
  });
  return new Map(files);
}
