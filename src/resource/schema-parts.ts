/** What the schemas of all kinds are made of; each part knows what is expected in its place. */
import * as z from 'zod';
import { apiVersion } from '../domain/resource.ts';
import { nameExpected, namePattern } from './names.ts';
import { parseShare, shareExpected, sharePattern } from './share-text.ts';

// Each schema's error text is the `expected` of a mistake; parse.ts adds what was found and where.

/** A mapping with these keys and no others. */
export function mapping<S extends z.core.$ZodLooseShape>(shape: S) {
  const keys = Object.keys(shape).join(', ');
  return z.strictObject(shape, {
    error: ({ code }) =>
      code === 'unrecognized_keys' ? `one of the keys ${keys}` : `a mapping with the keys ${keys}`,
  });
}

export function matching(pattern: RegExp, expected: string) {
  return z.string({ error: expected }).regex(pattern, { error: expected });
}

export function oneOf<const T extends readonly string[]>(values: T) {
  return z.enum(values, { error: `one of ${values.join(', ')}` });
}

export function integer(from: number, to: number) {
  const expected = `a whole number from ${from} to ${to}`;
  return z
    .number({ error: expected })
    .int({ error: expected })
    .min(from, { error: expected })
    .max(to, { error: expected });
}

export const share = matching(sharePattern, shareExpected).refine((text) => parseShare(text) !== undefined, {
  error: shareExpected,
});

export const flag = z.boolean({ error: 'true or false' });

export function list<T extends z.ZodType>(item: T, expected: string) {
  return z.array(item, { error: expected }).min(1, { error: expected });
}

/** A list whose order says nothing; that each stands in it once, coherence says, with its place. */
export function set<T extends z.ZodType>(item: T, expected: string) {
  return list(item, expected).meta({ uniqueItems: true });
}

/** `name`: where not every name will do. */
export function resource<const K extends string, S extends z.ZodType>(
  kind: K,
  spec: S,
  name: z.ZodType<string, string> = matching(namePattern, nameExpected),
) {
  return mapping({
    apiVersion: z.literal(apiVersion, { error: apiVersion }),
    kind: z.literal(kind, { error: kind }),
    metadata: mapping({ name }),
    spec,
  });
}
