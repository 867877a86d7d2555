/** The VIPs of a snapshot, each once, in canonical order. */
import { compareAddresses, type Family, familyOf, hostPrefixLength } from '../domain/address.ts';
import type { InterfaceAddress } from '../domain/host-state.ts';
import { hostOf, isNetwork, widest } from '../domain/vip-network.ts';
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

/** The VIP as a prefix of one host, `192.0.2.10/32`; a network as it is. */
export function hostPrefix(vip: string): string {
  return isNetwork(vip) ? vip : `${vip}/${hostPrefixLength(vip)}`;
}

/** The VIP on a device. An IPv6 VIP is deprecated from the start, else the kernel may choose it as an outer source address. */
export function vipAddress(vip: string, link: string): InterfaceAddress {
  const address = { link, address: vip, prefixLength: hostPrefixLength(vip) };
  return familyOf(vip) === 'ipv6' ? { ...address, preferredLifetimeSeconds: 0 } : address;
}

/** As agents have them: of a network, its address at which it is asked. */
export const addressesOf = remembered((vips: readonly string[]): readonly string[] =>
  vips.some(isNetwork) ? vips.map(hostOf) : vips,
);

/** An object to be spread: those that are networks. */
export function networksOf(vips: readonly string[]): { readonly networks?: readonly string[] } {
  const networks = vips.filter(isNetwork);
  return networks.length === 0 ? {} : { networks };
}

type Networks = { readonly networks?: readonly string[] };

/** The network of which a VIP stands for the whole; undefined: it stands for itself. While it is made wider or narrower there are two: the wider. */
export function networkOf({ networks = [] }: Networks, vip: string): string | undefined {
  const own = networks.filter((network) => hostOf(network) === vip);
  return own.length < 2 ? own[0] : own.reduce(widest);
}

/** By VIP: all that it stands for, as nftables and routes spell it; itself where that is no network. */
export function wholeOf(services: readonly Networks[]): (vip: string) => string {
  const whole = new Map<string, string>();
  for (const one of services.flatMap(({ networks = [] }) => networks))
    whole.set(hostOf(one), widest(whole.get(hostOf(one)) ?? one, one));
  return (vip) => whole.get(vip) ?? vip;
}
