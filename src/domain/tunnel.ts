/**
 * Every encapsulation between a director and a real server, and every kind of device of ours that takes it off: one entry
 * each, from which the plan, both codecs, the ledger, the filter and the programs read what they need.
 */
import { type Family, parseAddress } from './address.ts';

interface LinkTypeFacts {
  /** The device of ours of this type; there is one at most. */
  readonly device: string;
  /** In the names of those that stand beside others' tunnels, one for each director. */
  readonly letter: string;
  /** The kernel module that makes it. */
  readonly module: string;
  /** IP protocols of the packets that it takes in. */
  readonly protocols: readonly number[];
  /** Types of others' devices among which the kernel looks for the receiver of the same packets, as rtnetlink names them. */
  readonly rivals: readonly string[];
  /** The kernel takes it for a device of IPv4 whatever it carries: its rp_filter wants an address there, and to be loose. */
  readonly filteredAsIpv4: boolean;
  /**
   * What it takes packets by. `local`: they are for the real server's own address, whoever sends them. `external`: there is one of a kind
   * for every address (collect-metadata mode), which costs the kernel a description of the outer header for each packet.
   */
  readonly takes: 'local' | 'external' | 'nothing';
  /** What every device of ours is made with, of IFLA_INFO_DATA (linux/if_tunnel.h): attribute and its u8. */
  readonly fixed?: readonly (readonly [attribute: number, value: number])[];
}

/** By the name that rtnetlink has for it. */
export const linkTypes = {
  ipip: {
    device: 'cw-ipip',
    letter: 'i',
    module: 'ipip',
    protocols: [4],
    rivals: ['ipip', 'vti'],
    filteredAsIpv4: false,
    takes: 'local',
  },
  gre: {
    device: 'cw-gre',
    letter: 'g',
    module: 'ip_gre',
    protocols: [47],
    // gretap and erspan have a lookup of their own, and come first (ipgre_rcv).
    rivals: ['gre'],
    filteredAsIpv4: true,
    takes: 'local',
  },
  sit: {
    device: 'cw-sit',
    letter: 's',
    module: 'sit',
    protocols: [41],
    rivals: ['sit'],
    filteredAsIpv4: false,
    // IFLA_IPTUN_PROTO: "mode ip6ip", or it would take IPv4 in IPv4 too; path MTU discovery on.
    takes: 'local',
    fixed: [
      [9, 41],
      [10, 1],
    ],
  },
  ip6tnl: {
    device: 'cw-ip6tnl',
    letter: 't',
    module: 'ip6_tunnel',
    protocols: [4, 41],
    rivals: ['ip6tnl', 'vti6'],
    filteredAsIpv4: false,
    // IFLA_IPTUN_PROTO 0 carries IPv4 and IPv6 inside ("mode any").
    takes: 'external',
    fixed: [[9, 0]],
  },
  ip6gre: {
    device: 'cw-ip6gre',
    letter: 'r',
    module: 'ip6_gre',
    protocols: [47],
    rivals: ['ip6gre', 'ip6gretap', 'ip6erspan'],
    filteredAsIpv4: false,
    takes: 'external',
  },
  /** Takes nothing off: it bears the VIPs where no packet comes through a tunnel. */
  dummy: {
    device: 'cw-vip',
    letter: 'v',
    module: 'dummy',
    protocols: [],
    rivals: [],
    filteredAsIpv4: false,
    takes: 'nothing',
  },
} as const satisfies Readonly<Record<string, LinkTypeFacts>>;

/** A director's dummy, on which a routing daemon finds its VIPs: its own name, for the same host may be a real server of others. */
export const routedDevice = 'cw-director';

export type LinkType = keyof typeof linkTypes;
export const linkTypeNames = Object.keys(linkTypes) as [LinkType, ...LinkType[]];

export function factsOf(type: LinkType): LinkTypeFacts {
  return linkTypes[type];
}

/** How GUE's packets are written. */
export interface GueSettings {
  /** UDP port of the real servers. */
  readonly port: number;
  /** The outer UDP header has a checksum; without one it is 0, over IPv6 as well (RFC 6935). */
  readonly checksum: boolean;
}

/** The device of this type for one director: `cw-i0a010002` for 10.1.0.2. A device's name has 15 letters at most. */
export function deviceForDirector(type: LinkType, director: string): string {
  const bytes = parseAddress(director) ?? new Uint8Array();
  const digits = bytes.length === 4 ? hexOf(bytes) : shortHash(bytes);
  return `cw-${linkTypes[type].letter}${digits}`;
}

/** It bears a name that only devices of ours of this type bear. */
export function isOwnDevice(type: LinkType, name: string): boolean {
  const { device, letter } = linkTypes[type];
  if (name === device || (type === 'dummy' && name === routedDevice)) return true;
  return new RegExp(`^cw-${letter}([0-9a-f]{8}|[0-9a-f]{10})$`).test(name);
}

/** Whoever has such a name, of whatever type. */
export function isOwnDeviceName(name: string): boolean {
  return linkTypeNames.some((type) => isOwnDevice(type, name));
}

function hexOf(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** 40 bits of FNV-1a: of a thousand directors two have the same once in two million sites. */
function shortHash(bytes: Uint8Array): string {
  let hash = 0xcbf2_9ce4_8422_2325n;
  for (const byte of bytes) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100_0000_01b3n);
  return (hash & 0xff_ffff_ffffn).toString(16).padStart(10, '0');
}

interface TunnelTypeFacts {
  /** IP_VS_CONN_F_TUNNEL_TYPE_* (linux/ip_vs.h). */
  readonly ipvs: number;
  /** What it puts between the outer and the inner IP header, bytes. */
  readonly overheadBytes: number;
  /** UDP port of the real server where nothing else is said; 0 where packets bear none. */
  readonly port: number;
  /** Types of device that take it off, by the families of outer and inner header. */
  readonly devices: Readonly<Record<Family, Readonly<Record<Family, LinkType>>>>;
}

/** No device of type ipip takes IPv6 in IPv4: sit does. */
const ipInIp = {
  ipv4: { ipv4: 'ipip', ipv6: 'sit' },
  ipv6: { ipv4: 'ip6tnl', ipv6: 'ip6tnl' },
} as const;

export const tunnelTypes = {
  ipip: { ipvs: 0, overheadBytes: 0, port: 0, devices: ipInIp },
  gre: {
    ipvs: 2,
    overheadBytes: 4,
    port: 0,
    devices: { ipv4: { ipv4: 'gre', ipv6: 'gre' }, ipv6: { ipv4: 'ip6gre', ipv6: 'ip6gre' } },
  },
  // UDP 8 and GUE 4. The kernel's receive port hands what is inside to the devices of IP in IP (gue_udp_recv), with or without checksum.
  gue: { ipvs: 1, overheadBytes: 12, port: 6080, devices: ipInIp },
} as const satisfies Readonly<Record<string, TunnelTypeFacts>>;

export type TunnelType = keyof typeof tunnelTypes;
export const tunnelTypeNames = Object.keys(tunnelTypes) as [TunnelType, ...TunnelType[]];

export function tunnelFacts(type: TunnelType): TunnelTypeFacts {
  return tunnelTypes[type];
}

export const defaultTunnelType: TunnelType = 'ipip';

/** Where a site says nothing else. */
export const defaultGue: GueSettings = { port: tunnelTypes.gue.port, checksum: false };

/** A tunnel type, and what belongs to it alone. */
export interface TunnelSettings {
  readonly tunnel: TunnelType;
  /** With `gue`; absent: as by default. */
  readonly gue?: GueSettings;
}

export function gueOf({ tunnel, gue = defaultGue }: TunnelSettings): GueSettings | undefined {
  return bearsPort(tunnel) ? gue : undefined;
}

/** UDP carries it. */
export function bearsPort(type: TunnelType): boolean {
  return tunnelTypes[type].port !== 0;
}
