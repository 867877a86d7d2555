/** Which tunnel devices a real server needs, what each carries, and what they cost in bytes. */
import { type Family, familyOf } from '../domain/address.ts';
import { CausewayError } from '../domain/error.ts';
import type { Link } from '../domain/host-state.ts';
import type { TunnelType } from '../domain/ipvs-table.ts';

export interface TunnelDevice {
  readonly link: Link;
  /** Families of the VIPs whose packets it decapsulates. */
  readonly carries: readonly Family[];
}

const outerHeaderBytes: Readonly<Record<Family, number>> = { ipv4: 20, ipv6: 40 };
const encapsulationBytes: Readonly<Record<TunnelType, number>> = { ipip: 0, gre: 4, gue: 12 };
/** IP and TCP headers without options. */
const innerHeaderBytes: Readonly<Record<Family, number>> = { ipv4: 40, ipv6: 60 };

/**
 * TCP MSS to advertise so that a full segment fits through the tunnel, bytes: 1440 for IPv4 in IPIP over IPv4 at an MTU of 1500.
 */
export function mssThrough(tunnel: TunnelType, inner: Family, outer: Family, mtuBytes: number): number {
  return mtuBytes - outerHeaderBytes[outer] - encapsulationBytes[tunnel] - innerHeaderBytes[inner];
}

/** Devices on a real server at `address` for VIPs of these families. Throws `unsupported` for gue. */
export function tunnelDevices(
  tunnel: TunnelType,
  address: string,
  families: readonly Family[],
): readonly TunnelDevice[] {
  const outer = familyOf(address);
  switch (tunnel) {
    case 'ipip':
      if (outer === 'ipv6') return [{ link: external('cw-ip6tnl', 'ip6tnl'), carries: families }];
      // No external device takes IPv6 in IPv4: sit does, bound to our own address.
      return families.map((family) =>
        family === 'ipv4'
          ? { link: external('cw-ipip', 'ipip'), carries: ['ipv4'] }
          : {
              link: { name: 'cw-sit', type: 'sit', external: false, local: address, up: true },
              carries: ['ipv6'],
            },
      );
    case 'gre':
      if (outer === 'ipv6') return [{ link: external('cw-ip6gre', 'ip6gre'), carries: families }];
      return [{ link: external('cw-gre', 'gre'), carries: families }];
    case 'gue':
      throw new CausewayError({
        code: 'unsupported',
        operation: 'plan tunnel device',
        subject: 'gue',
        message: 'this version makes ipip and gre devices only: set the tunnel of the site to one of them',
      });
  }
}

function external(name: string, type: Link['type']): Link {
  return { name, type, external: true, up: true };
}
