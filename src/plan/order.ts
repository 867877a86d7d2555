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

/** Where in a list that stands by name that name stands, or would stand: found by halving, as there are very many. */
export function placeOf<T>(all: readonly T[], nameOf: (one: T) => string, name: string): number {
  let begin = 0;
  for (let end = all.length; begin < end; ) {
    const middle = Math.floor((begin + end) / 2);
    const one = all[middle];
    if (one !== undefined && compareText(nameOf(one), name) < 0) begin = middle + 1;
    else end = middle;
  }
  return begin;
}

export function byName<T extends { readonly name: string }>(items: readonly T[]): T[] {
  return items.toSorted((a, b) => compareText(a.name, b.name));
}
