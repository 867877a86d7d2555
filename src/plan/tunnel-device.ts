/** Which tunnel devices a real server needs, what each carries, and what they cost in bytes. */
import { type Family, familyOf } from '../domain/address.ts';
import type { Link } from '../domain/host-state.ts';
import { factsOf, type LinkType, type TunnelType, tunnelFacts } from '../domain/tunnel.ts';

export interface TunnelDevice {
  readonly link: Link;
  /** Families of the VIPs whose packets it decapsulates. */
  readonly carries: readonly Family[];
}

const outerHeaderBytes: Readonly<Record<Family, number>> = { ipv4: 20, ipv6: 40 };
/** Bytes that it puts before each packet. */
export function overheadOf(tunnel: TunnelType, outer: Family): number {
  return outerHeaderBytes[outer] + tunnelFacts(tunnel).overheadBytes;
}

/** IP and TCP headers without options. */
export const segmentHeaderBytes: Readonly<Record<Family, number>> = { ipv4: 40, ipv6: 60 };

/** IP and UDP headers. */
export const udpHeaderBytes: Readonly<Record<Family, number>> = { ipv4: 28, ipv6: 48 };

/**
 * TCP MSS to advertise so that a full segment fits through the tunnel, bytes: 1440 for IPv4 in IPIP over IPv4 at an MTU of 1500.
 */
export function mssThrough(tunnel: TunnelType, inner: Family, outer: Family, mtuBytes: number): number {
  return mtuBytes - overheadOf(tunnel, outer) - segmentHeaderBytes[inner];
}

/** Devices on a real server at `address` for VIPs of these families. */
export function tunnelDevices(
  tunnel: TunnelType,
  address: string,
  families: readonly Family[],
): readonly TunnelDevice[] {
  const byInner = tunnelFacts(tunnel).devices[familyOf(address)];
  const types = [...new Set(families.map((family) => byInner[family]))];
  return types.map((type) => ({
    link: deviceOf(type, address),
    carries: families.filter((family) => byInner[family] === type),
  }));
}

/** The device of ours of that type, up; `address`: the real server's own. */
export function deviceOf(type: LinkType, address: string): Link {
  const { device, takes } = factsOf(type);
  const local = takes === 'local' ? { local: address } : {};
  return { name: device, type, external: takes === 'external', ...local, up: true };
}
