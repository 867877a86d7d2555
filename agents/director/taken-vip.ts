/** Which VIPs a director must leave alone, as they are this host's already in a way that can't be moved. Pure. */
import type { Route } from '../../src/domain/host-state.ts';
import { named } from '../../src/domain/named.ts';
import { isOwnDeviceName, routedDevice } from '../../src/domain/tunnel.ts';

/**
 * Why none of this may be claimed here, or undefined. A VIP that is merely an address of a card, or that a cloud's agent made local
 * there, is no obstacle: that local route is moved like the one on lo, and put back by `--cleanup`.
 */
export function takenVip(
  vips: readonly string[],
  address: string,
  strays: readonly Route[],
): string | undefined {
  if (vips.includes(address))
    return (
      `the VIP ${address} is this director's own address: what it sends and hears itself would be taken for clients; give the service ` +
      'another VIP, or the director another address (--address)'
    );
  const served = strays.filter(({ link }) => link !== routedDevice && isOwnDeviceName(link ?? ''));
  if (served.length === 0) return undefined;
  const places = served.map(({ destination, link }) => `${destination} on ${link}`);
  return (
    `this very host is a real server of ${named(places)}: one host cannot be both for the same VIP; have the service select other real ` +
    'servers, or stop that agent here and clean up after it (causeway-realserver --cleanup)'
  );
}
