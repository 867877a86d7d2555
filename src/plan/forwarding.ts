/** In which way a director reaches a real server. */
import { sameNetwork } from '../domain/address.ts';
import type { Forwarding } from '../domain/ipvs-table.ts';
import type { DirectorMember, RealServerMember } from '../domain/member.ts';
import type { ForwardingPolicy, Service } from '../domain/resource.ts';

/** Whether both stand on one link: in one site, and each in the network of the other's prefix. */
export function shareLink(director: DirectorMember, realServer: RealServerMember): boolean {
  return (
    director.site === realServer.site &&
    sameNetwork(director.address, realServer.address, director.prefixLength) &&
    sameNetwork(director.address, realServer.address, realServer.prefixLength)
  );
}

/**
 * The way that a policy asks for, or undefined where it leads nowhere: without a shared link, `direct` would send the
 * packet to a router, which sends it back to the VIP; and replies under `masquerade` find their director only within its site.
 */
export function wayUnder(
  policy: ForwardingPolicy,
  director: DirectorMember,
  realServer: RealServerMember,
): Forwarding | undefined {
  switch (policy) {
    case 'auto':
      return shareLink(director, realServer) ? 'direct' : 'tunnel';
    case 'tunnel':
      return 'tunnel';
    case 'direct':
      return shareLink(director, realServer) ? 'direct' : undefined;
    case 'masquerade':
      return director.site === realServer.site ? 'masquerade' : undefined;
  }
}

/**
 * The one way from a director to a real server for all services that both have; undefined where there is none. A probe
 * vouches for one way only, so `auto` follows what another of these services states; two that state different ways
 * are refused at apply (the first by name decides, should they stand all the same).
 */
export function wayBetween(
  director: DirectorMember,
  realServer: RealServerMember,
  services: readonly Service[],
): Forwarding | undefined {
  const possible = services.filter(
    ({ forwarding }) => wayUnder(forwarding, director, realServer) !== undefined,
  );
  const deciding = possible.find(({ forwarding }) => forwarding !== 'auto') ?? possible[0];
  return deciding === undefined ? undefined : wayUnder(deciding.forwarding, director, realServer);
}
