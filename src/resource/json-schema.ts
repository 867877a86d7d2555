/** The JSON Schema of each kind. It says what can be said in one; `parseResources` says the rest. */
import * as z from 'zod';
import { apiVersion, type ResourceKind, resourceKinds } from '../domain/resource.ts';
import { resourceSchemas } from './schema.ts';

/** As one value; `input`: with what a file may leave out. */
export function jsonSchemaOf(kind: ResourceKind): object {
  const { $schema, ...rest } = z.toJSONSchema(resourceSchemas[kind], { io: 'input' });
  return { $schema, title: `${kind} (${apiVersion})`, ...rest };
}

/** File name and text of each: `service.json`. */
export function jsonSchemas(): ReadonlyMap<string, string> {
  return new Map(
    resourceKinds.map((kind) => [
      `${kind.toLowerCase()}.json`,
      `${JSON.stringify(jsonSchemaOf(kind), undefined, 2)}\n`,
    ]),
  );
}
