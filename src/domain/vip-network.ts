/** VIPs that are a whole network, `192.0.2.0/28`: every address of it is served. */
import { familyOf, formatAddress, parseAddress, sortableAddress } from './address.ts';
import { isIn, parseNetwork } from './network.ts';
import { canonicalUnicast } from './vip.ts';

/** Prefix lengths that one may have: no longer ones, for a host is no network. */
export const vipNetworkBits = { ipv4: { from: 16, to: 31 }, ipv6: { from: 48, to: 127 } } as const;

export const vipExpected =
  'a unicast IPv4 or IPv6 address, such as 192.0.2.10, or a network, such as 192.0.2.0/28 (from /16, IPv6: from /48)';

/** The canonical spelling of an address or a network; undefined where the text is none that routers carry packets to, or has bits of a host. */
export function canonicalVip(text: string): string | undefined {
  if (!isNetwork(text)) return canonicalUnicast(text);
  const network = parseNetwork(text);
  if (network === undefined) return undefined;
  const { address, prefixLength } = network;
  const { from, to } = vipNetworkBits[familyOf(address)];
  const isWhole = lastOf(address, prefixLength, 0) === address;
  const ends = [hostOf(`${address}/${prefixLength}`), lastOf(address, prefixLength, 0xff)];
  if (prefixLength < from || prefixLength > to || !isWhole) return undefined;
  return ends.some((end) => canonicalUnicast(end) === undefined) ? undefined : `${address}/${prefixLength}`;
}

export function isNetwork(vip: string): boolean {
  return vip.includes('/');
}

/** The address at which Causeway itself asks: the VIP, or the second of its network, for the first names all of it. */
export function hostOf(vip: string): string {
  if (!isNetwork(vip)) return vip;
  const [address = ''] = vip.split('/');
  const bytes = parseAddress(address);
  if (bytes === undefined) return address;
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) | 1;
  return formatAddress(bytes);
}

/** Whether any address is of both. */
export function shareAddress(a: string, b: string): boolean {
  const [first, second] = [parseNetwork(a), parseNetwork(b)];
  if (first === undefined || second === undefined) return false;
  return first.prefixLength <= second.prefixLength
    ? isIn(first, second.address)
    : isIn(second, first.address);
}

/** Of many networks the one in which an address is, by what stands there; each address is read once. */
export function networkLookup<T>(
  networks: readonly (readonly [string, T])[],
): (address: string) => T | undefined {
  const byLength = new Map<number, Map<string, T>>();
  for (const [network, value] of networks) {
    const [address = '', length = ''] = network.split('/');
    const known = byLength.get(Number(length)) ?? new Map<string, T>();
    byLength.set(Number(length), known.set(address, value));
  }
  return (address) => {
    for (const [length, known] of byLength) {
      const found = known.get(lastOf(address, length, 0));
      if (found !== undefined) return found;
    }
    return undefined;
  };
}

/** Of many places, addresses and networks, those that share an address with one, by what stands there, in their order; each is read once. */
export function placesSharing<T>(
  places: readonly (readonly [place: string, value: T])[],
): (place: string) => readonly T[] {
  const all = places.map(([place, value], index) => {
    const length = lengthOf(place);
    return { index, value, length, key: keyOf(place) };
  });
  const byLength = new Map<number, Map<string, (typeof all)[number][]>>();
  for (const one of all) {
    const known = byLength.get(one.length) ?? new Map<string, (typeof all)[number][]>();
    byLength.set(one.length, known);
    const prefix = prefixOf(one.key, one.length);
    const there = known.get(prefix);
    if (there === undefined) known.set(prefix, [one]);
    else there.push(one);
  }
  let inOrder: typeof all | undefined;

  function within(key: string, length: number): typeof all {
    if (length === hostLength) return [];
    inOrder ??= all.toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
    const prefix = prefixOf(key, length);
    let [from, to] = [0, inOrder.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if ((inOrder[middle]?.key ?? '') < key) from = middle + 1;
      else to = middle;
    }
    const found: typeof all = [];
    for (let at = from; at < inOrder.length; at += 1) {
      const one = inOrder[at];
      if (one === undefined || prefixOf(one.key, length) !== prefix) break;
      if (one.length > length) found.push(one);
    }
    return found;
  }

  return (place) => {
    const [key, length] = [keyOf(place), lengthOf(place)];
    const around = [...byLength].flatMap(([own, known]) =>
      own > length ? [] : (known.get(prefixOf(key, own)) ?? []),
    );
    return [...around, ...within(key, length)].sort((a, b) => a.index - b.index).map(({ value }) => value);
  };
}

/** Of these places, those that are wider than one of them and have it as a part. */
export function widerOf(places: readonly string[]): (place: string) => readonly string[] {
  const sharing = placesSharing(places.filter(isNetwork).map((network) => [network, network] as const));
  return (place) => {
    const length = lengthOf(place);
    return sharing(place).filter((network) => lengthOf(network) < length);
  };
}

/** Of two networks with one address at which they are asked: the one that has the other as its part. */
export function widest(a: string, b: string): string {
  return lengthOf(a) <= lengthOf(b) ? a : b;
}

/** Of an address: more than of any network. */
const hostLength = 129;

function lengthOf(place: string): number {
  return isNetwork(place) ? Number(place.split('/')[1]) : hostLength;
}

/** A text in which a network's addresses begin alike: the family, then hexadecimal digits. */
function keyOf(place: string): string {
  return sortableAddress(place.split('/')[0] ?? '');
}

function prefixOf(key: string, length: number): string {
  const digits = 1 + (length >> 2);
  const bits = length & 3;
  const whole = key.slice(0, digits);
  return bits === 0 || length === hostLength
    ? whole
    : `${whole}.${Number.parseInt(key[digits] ?? '0', 16) >> (4 - bits)}`;
}

/** With all bits of the host as `filler` has them. */
function lastOf(address: string, prefixLength: number, filler: 0 | 0xff): string {
  const bytes = parseAddress(address) ?? new Uint8Array();
  const filled = bytes.map((byte, index) => {
    const own = Math.min(8, Math.max(0, prefixLength - 8 * index));
    const mask = (0xff << (8 - own)) & 0xff;
    return (byte & mask) | (filler & ~mask & 0xff);
  });
  return formatAddress(filled);
}
