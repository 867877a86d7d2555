/** The VIPs of a snapshot, each once, in canonical order. */
import { compareAddresses, type Family, familyOf, hostPrefixLength } from '../domain/address.ts';
import type { InterfaceAddress } from '../domain/host-state.ts';
import { remembered } from './remembered.ts';

export function vipsOf({ services }: { readonly services: Services }): string[] {
  return [...ordered(services)];
}

type Services = readonly { readonly vips: readonly string[] }[];

/** Ordering a thousand addresses takes milliseconds, and one snapshot is asked by many. */
const ordered = remembered((services: Services): readonly string[] =>
  [...new Set(services.flatMap(({ vips }) => vips))].toSorted(compareAddresses),
);

export function ofFamily(vips: readonly string[], family: Family): string[] {
  return vips.filter((vip) => familyOf(vip) === family);
}

/** The VIP as a prefix of one host: `192.0.2.10/32`. */
export function hostPrefix(vip: string): string {
  return `${vip}/${hostPrefixLength(vip)}`;
}

/** The VIP on a device. An IPv6 VIP is deprecated from the start, else the kernel may choose it as an outer source address. */
export function vipAddress(vip: string, link: string): InterfaceAddress {
  const address = { link, address: vip, prefixLength: hostPrefixLength(vip) };
  return familyOf(vip) === 'ipv6' ? { ...address, preferredLifetimeSeconds: 0 } : address;
}
