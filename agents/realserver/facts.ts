/** What a real server must know of its host before it can plan: the link that holds its address, its MTU, its gateways. */
import type { Family } from '../../src/domain/address.ts';
import type { Host } from '../../src/kernel/host.ts';
import type { RealServerFacts } from '../../src/plan/real-server-host.ts';
import { holderOf } from '../shared/own-address.ts';

export interface HostFacts extends RealServerFacts {
  /** Prefix length of the RIP on its link; tells who shares the link. */
  readonly prefixLength: number;
}

/** Where the kernel does not say otherwise: Ethernet's. */
const usualMtuBytes = 1_500;

/** Error `invalid` where no interface has the address. */
export async function readFacts(
  host: Pick<Host, 'interfaceAddresses' | 'defaultRoute'>,
  address: string,
): Promise<HostFacts> {
  const { link, prefixLength } = holderOf(await host.interfaceAddresses(), address);
  const [v4, v6] = await Promise.all((['ipv4', 'ipv6'] as const).map((family) => wayOut(host, link, family)));
  return {
    address,
    prefixLength,
    link,
    mtuBytes: v4?.mtu ?? v6?.mtu ?? usualMtuBytes,
    ...(v4?.gateway === undefined ? {} : { gatewayV4: v4.gateway }),
    ...(v6?.gateway === undefined ? {} : { gatewayV6: v6.gateway }),
  };
}

/** The default route by the link of the RIP: replies leave where the tunnels arrive. */
async function wayOut(host: Pick<Host, 'defaultRoute'>, link: string, family: Family) {
  const route = await host.defaultRoute(family);
  return route?.link === link ? route : undefined;
}
