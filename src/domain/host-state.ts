/** What Causeway puts on a host beside IPVS (devices, addresses, routes, rules, sysctls, nft), and every operation on it. */
import { type Family, familyOf, hostPrefixLength } from './address.ts';
import type { Protocol } from './ipvs-table.ts';
import type { LinkType } from './tunnel.ts';

/** A device of ours. One serves every director, and is gone without a trace when deleted. */
export interface Link {
  readonly name: string;
  readonly type: LinkType;
  /** Collect-metadata mode. */
  readonly external: boolean;
  /** Local outer address. */
  readonly local?: string;
  /** It takes packets of this director alone, and leaves others' tunnels theirs. */
  readonly remote?: string;
  readonly up: boolean;
}

export interface InterfaceAddress {
  readonly link: string;
  readonly address: string;
  readonly prefixLength: number;
  /** IPv6 VIPs: 0, so that the kernel never picks the VIP as a source address. */
  readonly preferredLifetimeSeconds?: 0;
  readonly scope?: 'link';
}

export interface Route {
  readonly family: Family;
  readonly table: number;
  readonly type: 'unicast' | 'local';
  /** `192.0.2.10/32`, or `default`. */
  readonly destination: string;
  readonly gateway?: string;
  readonly link?: string;
  /** TCP MSS that the host advertises on connections over this route, bytes. */
  readonly advertisedMss?: number;
  /** MTU of the way, bytes, where it is less than the device's. */
  readonly mtuBytes?: number;
  /** Of a local route that is the kernel's for an address of somebody's on `link`: its prefix length. Without the address the route is nobody's. */
  readonly addressPrefixLength?: number;
}

/** RT_TABLE_LOCAL of linux/rtnetlink.h: the kernel's own. */
export const localTable = 255;

/** The address for whose sake the kernel has, or would have, this local route. */
export function addressOfRoute({ destination, link = 'lo', addressPrefixLength }: Route): InterfaceAddress {
  const [address = '', length] = destination.split('/');
  return { link, address, prefixLength: addressPrefixLength ?? Number(length) };
}

/** The route that the kernel keeps for an address of this host, in its own table (RT_TABLE_LOCAL). */
export function routeOfAddress({ link, address }: InterfaceAddress): Route {
  return {
    ...({ family: familyOf(address), table: localTable, type: 'local' } as const),
    ...{ destination: `${address}/${hostPrefixLength(address)}`, link },
  };
}

export interface Rule {
  readonly family: Family;
  readonly priority: number;
  readonly table: number;
  /** Source prefix: `192.0.2.10/32`. */
  readonly from?: string;
  /** The rule matches packets that did not come in by this interface. */
  readonly notIncoming?: string;
  /** The rule matches packets whose mark has none of these bits. */
  readonly unmarked?: number;
}

export interface Sysctl {
  /** Dotted: `net.ipv4.conf.cw-ipip.rp_filter`. */
  readonly name: string;
  readonly value: string;
  /** Of one that was set: what stood there before us. */
  readonly previous?: string;
}

/** The kernel takes GUE off what comes to this UDP port, and gives what is inside to the tunnel devices. */
export interface GuePort {
  /** The host's own, and no other of its addresses. */
  readonly address: string;
  readonly port: number;
}

/** What a packet may be for. */
export interface VipPort {
  readonly address: string;
  readonly protocol: Protocol;
  readonly port: number;
  /** Of a range, whose first is `port`; absent: that alone. */
  readonly lastPort?: number;
}

/** Ports of a VIP of which no two overlap. */
export interface MarkedPort extends VipPort {
  readonly mark: number;
}

/** One nft table of ours, by what it is for; `kernel/nft` turns it into nftables' JSON and back. */
export type NftTable =
  | {
      /** Out of our own devices comes only what these directors sent, and only to these ports of VIPs; others' tunnels are left alone. */
      readonly kind: 'closed-decapsulation';
      readonly name: string;
      readonly directors: readonly string[];
      readonly vips: readonly string[];
      /** Beside ICMP all that a VIP takes. */
      readonly ports: readonly VipPort[];
      /** Names of our tunnel devices. */
      readonly devices: readonly string[];
      /** UDP ports at which directors send GUE; absent: none. */
      readonly guePorts?: readonly number[];
      /** MSS that whoever connects to a VIP is told at most, bytes, so that full segments fit through the tunnel. */
      readonly maxSegmentBytes?: Partial<Record<Family, number>>;
    }
  | {
      /**
       * Probes choose their real server by source port: packets to `vips`:`probePort` get the port's mark. What comes for one of
       * `vips` and is neither IPVS's nor ICMP goes no further: no program of the host is reached by them.
       */
      readonly kind: 'probe-marks';
      readonly name: string;
      readonly vips: readonly string[];
      readonly probePort: number;
      readonly marks: readonly { readonly sourcePort: number; readonly mark: number }[];
      /** Clients' packets that find their virtual service by a mark; absent: none. */
      readonly services?: readonly MarkedPort[];
    };

/** All that one program wants of its host. `absentRoutes` are routes of the kernel's own making that must go. */
export interface HostState {
  readonly links: readonly Link[];
  readonly addresses: readonly InterfaceAddress[];
  readonly routes: readonly Route[];
  readonly absentRoutes: readonly Route[];
  readonly rules: readonly Rule[];
  readonly sysctls: readonly Sysctl[];
  readonly nft: readonly NftTable[];
  readonly guePorts: readonly GuePort[];
}

export const emptyHostState: HostState = {
  links: [],
  addresses: [],
  routes: [],
  absentRoutes: [],
  rules: [],
  sysctls: [],
  nft: [],
  guePorts: [],
};

export type HostOperation =
  | { readonly kind: 'add-link'; readonly link: Link }
  | { readonly kind: 'set-link-up'; readonly link: Link }
  | { readonly kind: 'delete-link'; readonly link: Link }
  | { readonly kind: 'add-address'; readonly address: InterfaceAddress }
  | { readonly kind: 'delete-address'; readonly address: InterfaceAddress }
  | { readonly kind: 'replace-route'; readonly route: Route }
  | { readonly kind: 'delete-route'; readonly route: Route }
  /** Takes away a route that the kernel made (in `absentRoutes`); undone by putting it back. */
  | { readonly kind: 'withdraw-route'; readonly route: Route }
  | { readonly kind: 'add-rule'; readonly rule: Rule }
  | { readonly kind: 'delete-rule'; readonly rule: Rule }
  | { readonly kind: 'set-sysctl'; readonly sysctl: Sysctl; readonly previous: string }
  | { readonly kind: 'load-nft'; readonly table: NftTable }
  | { readonly kind: 'delete-nft'; readonly name: string }
  | { readonly kind: 'add-gue-port'; readonly guePort: GuePort }
  | { readonly kind: 'delete-gue-port'; readonly guePort: GuePort };

/** As ip has it: `link cw-ipip type ipip local 10.1.0.11`. */
function describeLink({ name, type, external, local, remote }: Link): string {
  const ends = [
    ...(external ? ['external'] : []),
    ...(local === undefined ? [] : ['local', local]),
    ...(remote === undefined ? [] : ['remote', remote]),
  ];
  return ['link', name, 'type', type, ...ends].join(' ');
}

/** One line for people and logs: `add address 192.0.2.10/32 on cw-ipip`. */
export function describeHostOperation(operation: HostOperation): string {
  switch (operation.kind) {
    case 'add-link':
      return `add ${describeLink(operation.link)}`;
    case 'set-link-up':
      return `set link ${operation.link.name} up`;
    case 'delete-link':
      return `delete link ${operation.link.name}`;
    case 'add-address':
    case 'delete-address': {
      const verb = operation.kind === 'add-address' ? 'add' : 'delete';
      const { address, prefixLength, link } = operation.address;
      return `${verb} address ${address}/${prefixLength} on ${link}`;
    }
    case 'replace-route':
      return `replace ${describeRoute(operation.route)}`;
    case 'delete-route':
      return `delete ${describeRoute(operation.route)}`;
    case 'withdraw-route':
      return `withdraw ${describeRoute(operation.route)}`;
    case 'add-rule':
      return `add ${describeRule(operation.rule)}`;
    case 'delete-rule':
      return `delete ${describeRule(operation.rule)}`;
    case 'set-sysctl':
      return `set sysctl ${operation.sysctl.name} = ${operation.sysctl.value} (was ${operation.previous})`;
    case 'load-nft':
      return `load nft table ${operation.table.name} (${operation.table.kind})`;
    case 'delete-nft':
      return `delete nft table ${operation.name}`;
    case 'add-gue-port':
    case 'delete-gue-port': {
      const { address, port } = operation.guePort;
      return `${operation.kind === 'add-gue-port' ? 'add' : 'delete'} GUE port ${port} of ${address}`;
    }
  }
}

function describeRoute(route: Route): string {
  const words = [`route ${route.type} ${route.destination}`];
  if (route.gateway !== undefined) words.push(`via ${route.gateway}`);
  if (route.link !== undefined) words.push(`dev ${route.link}`);
  words.push(`table ${route.table}`);
  if (route.advertisedMss !== undefined) words.push(`advmss ${route.advertisedMss}`);
  if (route.mtuBytes !== undefined) words.push(`mtu ${route.mtuBytes}`);
  return words.join(' ');
}

function describeRule(rule: Rule): string {
  const words = [`rule ${rule.priority}:`];
  if (rule.from !== undefined) words.push(`from ${rule.from}`);
  if (rule.notIncoming !== undefined) words.push(`not iif ${rule.notIncoming}`);
  if (rule.unmarked !== undefined) words.push(`fwmark 0x0/0x${rule.unmarked.toString(16)}`);
  words.push(`lookup ${rule.table}`);
  return words.join(' ');
}
