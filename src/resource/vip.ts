/** Which addresses can be VIPs: unicast ones that routers carry. */
import { formatAddress, parseAddress } from '../domain/address.ts';

export const vipExpected = 'a unicast IPv4 or IPv6 address without a prefix length, such as 192.0.2.10';

/** The canonical spelling, or undefined where `text` can be no VIP. */
export function canonicalVip(text: string): string | undefined {
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
