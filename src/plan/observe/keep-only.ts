/** Forgets whoever is no more: what is remembered of a name takes no memory once the name is gone. */
export function keepOnly(known: Map<string, unknown>, named: readonly { readonly name: string }[]): void {
  const names = new Set(named.map(({ name }) => name));
  for (const name of known.keys()) if (!names.has(name)) known.delete(name);
}
