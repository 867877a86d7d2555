/** The canonical orders: every coordinator and every agent lists the same things in the same order. */

/** Order by code units: the same on every host, whatever its locale. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** Real servers stand by site, then by name. */
export function compareBySiteAndName(
  a: { readonly site: string; readonly name: string },
  b: { readonly site: string; readonly name: string },
): number {
  return compareText(a.site, b.site) || compareText(a.name, b.name);
}

export function byName<T extends { readonly name: string }>(items: readonly T[]): T[] {
  return items.toSorted((a, b) => compareText(a.name, b.name));
}
