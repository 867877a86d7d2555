/** What an IP address is: text at the edges, bytes on the wire, one canonical spelling (RFC 5952) in between. */

export type Family = 'ipv4' | 'ipv6';

/** The 4 or 16 bytes of an address, or undefined where the text is none. Zone ids are not accepted. */
export function parseAddress(text: string): Uint8Array | undefined {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text);
}

const [zero, nine, dot] = [0x30, 0x39, 0x2e];

/** Character by character: of large fleets very many are read. */
function parseIpv4(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(4);
  let [part, value, digits] = [0, 0, 0];
  for (let index = 0; index <= text.length; index += 1) {
    const code = index < text.length ? text.charCodeAt(index) : dot;
    if (code === dot) {
      if (digits === 0 || part > 3) return undefined;
      bytes[part] = value;
      part += 1;
      [value, digits] = [0, 0];
      continue;
    }
    // No leading zeros: some parsers read them as octal (CVE-2021-29921).
    if (code < zero || code > nine || (digits > 0 && value === 0)) return undefined;
    value = 10 * value + code - zero;
    digits += 1;
    if (value > 255) return undefined;
  }
  return part === 4 ? bytes : undefined;
}

function parseIpv6(text: string): Uint8Array | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const head = parseGroups(halves[0] ?? '', halves.length === 1);
  const tail = halves.length === 2 ? parseGroups(halves[1] ?? '', true) : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const bytes = new Uint8Array(16);
  for (const [index, group] of [...head, ...new Array<number>(missing).fill(0), ...tail].entries()) {
    bytes[2 * index] = group >> 8;
    bytes[2 * index + 1] = group & 0xff;
  }
  return bytes;
}

/** 16-bit groups of one side of `::`; a dotted quad may stand last (`::ffff:192.0.2.1`). */
function parseGroups(text: string, mayEndInIpv4: boolean): number[] | undefined {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    if (part.includes('.')) {
      const quad = mayEndInIpv4 && index === parts.length - 1 ? parseIpv4(part) : undefined;
      if (quad === undefined) return undefined;
      const [a = 0, b = 0, c = 0, d = 0] = quad;
      groups.push((a << 8) | b, (c << 8) | d);
    } else {
      if (!/^[0-9a-f]{1,4}$/i.test(part)) return undefined;
      groups.push(Number.parseInt(part, 16));
    }
  }
  return groups;
}

/** Canonical text of 4 or 16 bytes. */
export function formatAddress(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from(
    { length: 8 },
    (_, index) => ((bytes[2 * index] ?? 0) << 8) | (bytes[2 * index + 1] ?? 0),
  );
  const run = longestZeroRun(groups);
  const hex = groups.map((group) => group.toString(16));
  if (run.length < 2) return hex.join(':');
  return `${hex.slice(0, run.start).join(':')}::${hex.slice(run.start + run.length).join(':')}`;
}

function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  for (const [index, group] of groups.entries()) {
    if (group !== 0) start = index + 1;
    else if (index + 1 - start > best.length) best = { start, length: index + 1 - start };
  }
  return best;
}

/** The one spelling of an address, or undefined where the text is none. */
export function canonicalAddress(text: string): string | undefined {
  const bytes = parseAddress(text);
  return bytes === undefined ? undefined : formatAddress(bytes);
}

/** Of a socket's peer: an IPv4 address as such, also where the socket is one of IPv6. */
export function peerHost(address: string): string {
  const mapped = address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : '';
  return parseIpv4(mapped) === undefined ? address : mapped;
}

/** Family of an address already known to be one. */
export function familyOf(address: string): Family {
  return address.includes(':') ? 'ipv6' : 'ipv4';
}

/** Prefix length of a single host: 32 or 128. */
export function hostPrefixLength(address: string): number {
  return familyOf(address) === 'ipv4' ? 32 : 128;
}

/** Whether both addresses lie in the same network of that prefix length. */
export function sameNetwork(a: string, b: string, prefixLength: number): boolean {
  const left = parseAddress(a);
  const right = parseAddress(b);
  if (left === undefined || right === undefined || left.length !== right.length) return false;
  for (let bit = 0; bit < prefixLength; bit += 8) {
    const width = Math.min(8, prefixLength - bit);
    const mask = (0xff << (8 - width)) & 0xff;
    if (((left[bit >> 3] ?? 0) & mask) !== ((right[bit >> 3] ?? 0) & mask)) return false;
  }
  return true;
}

/** Order of addresses by family, then by their bytes: the canonical order in which things are programmed. A network stands where its address does. */
export function compareAddresses(a: string, b: string): number {
  const left = bytesOf(a);
  const right = bytesOf(b);
  if (left.length !== right.length) return left.length - right.length;
  for (let index = 0; index < left.length; index += 1) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

const none = new Uint8Array();

function bytesOf(text: string): Uint8Array {
  return parseAddress(text) ?? parseAddress(text.split('/')[0] ?? '') ?? none;
}

/** Texts that stand in the order of their addresses: where many are compared again and again, each is read once. */
export function sortableAddress(address: string): string {
  const bytes = parseAddress(address) ?? none;
  let key = bytes.length === 16 ? '6' : bytes.length === 4 ? '4' : '0';
  for (const byte of bytes) key += byte.toString(16).padStart(2, '0');
  return key;
}
