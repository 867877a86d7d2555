/** In which order the real servers of a site are taken when not all of them can be: the same everywhere, spread over all. */
import { compareText } from '../order.ts';

/** FNV-1a, 32 bit: draft-eastlake-fnv, sections 2 and 5. */
const fnvOffsetBasis = 0x811c9dc5;
const fnvPrime = 0x01000193;

const utf8 = new TextEncoder();

export function fnv1a32(text: string): number {
  let hash = fnvOffsetBasis;
  for (const byte of utf8.encode(text)) hash = Math.imul(hash ^ byte, fnvPrime);
  return hash >>> 0;
}

/**
 * The finaliser of MurmurHash3 (Appleby, `fmix32`). FNV-1a hardly mixes its last byte into the upper bits: of names that differ
 * in a last digit alone, some would be first four times as often as others.
 */
function mixed(hash: number): number {
  let mix = hash;
  mix = Math.imul(mix ^ (mix >>> 16), 0x85ebca6b);
  mix = Math.imul(mix ^ (mix >>> 13), 0xc2b2ae35);
  return (mix ^ (mix >>> 16)) >>> 0;
}

/**
 * Rendezvous hashing, highest random weight first (Thaler and Ravishankar, IEEE/ACM Transactions on Networking 6(1), 1998):
 * who joins or leaves moves nobody else. Each director site and service has its own order, so that small shares do not all
 * meet at the same real server.
 */
export function rendezvousOrder<T extends { readonly name: string }>(
  directorSite: string,
  service: string,
  items: readonly T[],
): T[] {
  return items
    .map((item) => ({ item, rank: mixed(fnv1a32(`${directorSite}\0${service}\0${item.name}`)) }))
    .toSorted((a, b) => b.rank - a.rank || compareText(a.item.name, b.item.name))
    .map(({ item }) => item);
}
