/** The largest datagram that reaches every real server of a service whole; it cannot be clamped as TCP's segments are. Pure. */
import { type Family, familyOf } from '../domain/address.ts';
import type { Service, Site } from '../domain/resource.ts';
import { defaultTunnelType } from '../domain/tunnel.ts';
import { overheadOf, udpHeaderBytes } from './tunnel-device.ts';

/** Of a link of which nothing is known: Ethernet's. */
const usualMtuBytes = 1_500;

interface ReachedServer {
  readonly address: string;
  readonly site: string;
}

/**
 * UDP payload, bytes, by the family of the VIP; none without UDP ports or real servers. `mtuOf`: the largest packet that gets through to one from
 * every director, as measured; where that is not known its links are taken for Ethernet's.
 */
export function udpSizes<S extends ReachedServer>(
  service: Pick<Service, 'vips' | 'ports' | 'forwarding'>,
  servers: readonly S[],
  siteOf: (name: string) => Pick<Site, 'tunnel'> | undefined,
  mtuOf: (server: S) => number | undefined,
): Partial<Record<Family, number>> {
  if (servers.length === 0 || !service.ports.some(({ protocol }) => protocol === 'udp')) return {};
  const sizes: Partial<Record<Family, number>> = {};
  for (const inner of new Set(service.vips.map(familyOf))) {
    const through = servers.map((server) => {
      const outer = familyOf(server.address);
      const overhead = overheadOf(siteOf(server.site)?.tunnel ?? defaultTunnelType, outer);
      // Measured by a VIP of the family of the underlay: where that goes directly, one of the other goes in a tunnel.
      const isOther = service.forwarding !== 'tunnel' && inner !== outer;
      const isTunnelled = inner !== outer || service.forwarding === 'tunnel' || service.forwarding === 'auto';
      const measured = mtuOf(server);
      if (measured !== undefined) return measured - (isOther ? overhead : 0);
      return usualMtuBytes - (isTunnelled ? overhead : 0);
    });
    sizes[inner] = Math.min(...through) - udpHeaderBytes[inner];
  }
  return sizes;
}
