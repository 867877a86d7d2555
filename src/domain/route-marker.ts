/**
 * An address that makes a host's kernel look its ways up anew. Over IPv6 whoever remembers a way (IPVS, for each destination) hears of no route
 * that comes in front of it in another table (ip6_dst_check: only that of the way's own place counts); an address that comes or goes makes
 * everybody look again (rt_genid_bump_ipv6). So beside such routes stands a link-local address on lo, another for other routes: it reaches
 * nothing, and no routing daemon tells of it.
 */
const prefix = 'fe80::4357:';

/** `routes`: what tells them from others. */
export function routeMarker(routes: readonly string[]): string {
  // FNV-1a, 32 bits.
  let hash = 0x811c_9dc5;
  for (const letter of routes.toSorted().join(' '))
    hash = Math.imul(hash ^ letter.charCodeAt(0), 0x0100_0193) >>> 0;
  // Neither part is 0, so that there is one spelling.
  const parts = [(hash >>> 16) | 0x1000, (hash & 0xffff) | 0x1000];
  return prefix + parts.map((part) => part.toString(16)).join(':');
}

export function isRouteMarker(address: string): boolean {
  return address.startsWith(prefix);
}
