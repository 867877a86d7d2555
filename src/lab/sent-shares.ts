// Where each site's directors sent new connections, by the kernel's own counters, and how shares compare.
import type { Status } from '../domain/status.ts';

/** Share of a site's new connections, by site of the real servers; by site of the directors. */
export type Shares = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** Between two looks; a director whose counters began anew in between is left out. */
export function sentShares(before: Status, after: Status): Shares {
  const counted = connectionsOf(before);
  return sharesOf(
    [...connectionsOf(after)].map(([key, { from, to, count }]) => ({
      from,
      to,
      count: count - (counted.get(key)?.count ?? 0),
    })),
  );
}

/** The mean of several looks, each as heavy as the others. */
export function meanShares(looks: readonly Shares[]): Shares {
  const entries = looks.flatMap((look) =>
    Object.entries(look).flatMap(([from, shares]) =>
      Object.entries(shares).map(([to, share]) => ({ from, to, count: share })),
    ),
  );
  return sharesOf(entries);
}

/** How much further the shares of a site moved than from the first look to the last; the largest of all sites'. */
export function wandering(looks: readonly Shares[]): number {
  const first = looks[0] ?? {};
  const last = looks.at(-1) ?? {};
  const way = (from: string): number =>
    looks.reduce((sum, look, index) => sum + distance(looks[index - 1]?.[from], look[from]), 0);
  return Math.max(0, ...Object.keys(last).map((from) => way(from) - distance(first[from], last[from])));
}

/** Half of the sum of all differences: the share that goes elsewhere. */
function distance(
  a: Readonly<Record<string, number>> = {},
  b: Readonly<Record<string, number>> = {},
): number {
  // Before the first look there was no way to go.
  if (Object.keys(a).length === 0) return 0;
  const sites = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...sites].reduce((sum, site) => sum + Math.abs((a[site] ?? 0) - (b[site] ?? 0)), 0) / 2;
}

function connectionsOf(status: Status) {
  return new Map(
    entriesOf(status).map(({ director, from, to, destination }) => [
      `${director} ${destination.service} ${destination.realServer}`,
      { from, to, count: destination.connections },
    ]),
  );
}

function entriesOf({ agents }: Status) {
  const sites = new Map(
    agents.filter(({ role }) => role === 'realserver').map(({ name, site }) => [name, site]),
  );
  return agents
    .filter(({ role }) => role === 'director')
    .flatMap(({ name, site, destinations }) =>
      destinations.map((destination) => ({
        director: name,
        from: site,
        to: sites.get(destination.realServer) ?? '',
        destination,
      })),
    );
}

function sharesOf(entries: readonly { from: string; to: string; count: number }[]): Shares {
  const shares: Record<string, Record<string, number>> = {};
  for (const [from, own] of Map.groupBy(entries, (entry) => entry.from)) {
    const total = own.reduce((sum, { count }) => sum + count, 0);
    const counts = Map.groupBy(own, ({ to }) => to);
    const share = (entries: readonly { count: number }[]) =>
      entries.reduce((sum, { count }) => sum + count, 0) / total;
    shares[from] = total > 0 ? Object.fromEntries([...counts].map(([to, some]) => [to, share(some)])) : {};
  }
  return shares;
}
