/** Which addresses packets from elsewhere can be sent to: what a VIP must be, and the address of a host that takes part. */
import { familyOf, formatAddress, hostPrefixLength, parseAddress } from './address.ts';

/**
 * The canonical spelling, or undefined where `text` is no address that routers carry packets to: unspecified, loopback,
 * link-local, multicast, reserved (240/4) and broadcast ones are none, nor is IPv4 in an IPv6 disguise.
 */
export function canonicalUnicast(text: string): string | undefined {
  const bytes = parseAddress(text);
  if (bytes === undefined) return undefined;
  const [first = 0, second = 0] = bytes;
  if (bytes.length === 4) {
    const linkLocal = first === 169 && second === 254;
    return first === 0 || first === 127 || first >= 224 || linkLocal ? undefined : formatAddress(bytes);
  }
  const multicast = first === 0xff;
  const linkLocal = first === 0xfe && (second & 0xc0) === 0x80;
  // ::/96 and ::ffff:0:0/96 hold the unspecified and loopback addresses and IPv4 in disguise.
  const disguised = bytes.subarray(0, 10).every((byte) => byte === 0);
  return multicast || linkLocal || disguised ? undefined : formatAddress(bytes);
}

/** Whether it is the first or the last address of its IPv4 network, which name the network and all of its hosts. */
export function namesNetwork(address: string, prefixLength: number): boolean {
  if (familyOf(address) !== 'ipv4' || prefixLength >= hostPrefixLength(address) - 1) return false;
  const number = [...(parseAddress(address) ?? [])].reduce((sum, byte) => sum * 256 + byte, 0);
  const hosts = 2 ** (32 - prefixLength);
  return number % hosts === 0 || number % hosts === hosts - 1;
}
