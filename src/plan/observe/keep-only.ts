import { remembered } from '../remembered.ts';

/** Forgets whoever is no more: what is remembered of a name takes no memory once the name is gone. */
export function keepOnly(known: Map<string, unknown>, named: readonly { readonly name: string }[]): void {
  const names = namesOf(named);
  for (const name of known.keys()) if (!names.has(name)) known.delete(name);
}

/** Of a list that is the same from time to time. */
export const namesOf = remembered(
  (named: readonly { readonly name: string }[]): ReadonlySet<string> =>
    new Set(named.map(({ name }) => name)),
);
