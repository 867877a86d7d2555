/** How a device is written and read over rtnetlink (linux/if_link.h, linux/if_tunnel.h). */
import { formatAddress } from '../../domain/address.ts';
import type { Link, LinkType } from '../../domain/host-state.ts';
import {
  type Attributes,
  attribute,
  concatBytes,
  flagAttribute,
  nestedAttribute,
  parseAttributes,
  stringAttribute,
  u8Attribute,
  u32Attribute,
} from '../netlink/attribute.ts';
import { addressBytes } from './rtnetlink.ts';

/** IFLA_*, IFLA_INFO_*. */
const ifla = { name: 3, mtu: 4, master: 10, linkInfo: 18, extMask: 29 } as const;
const info = { kind: 1, data: 2 } as const;
/** IFLA_IPTUN_*: ipip, sit and ip6tnl. */
const iptun = { local: 2, remote: 3, protocol: 9, pathMtuDiscovery: 10, collectMetadata: 19 } as const;
/** IFLA_GRE_*: gre, ip6gre and what is built on them. */
const gre = { local: 6, remote: 7, collectMetadata: 18 } as const;
/** IFLA_VTI_*. */
const vti = { local: 4, remote: 5, collectMetadata: undefined } as const;

/** Where the kinds of tunnels that share a protocol with ours keep their ends. */
const tunnelAttributes: Readonly<
  Record<string, { local: number; remote: number; collectMetadata: number | undefined }>
> = {
  ipip: iptun,
  sit: iptun,
  ip6tnl: iptun,
  gre,
  gretap: gre,
  erspan: gre,
  ip6gre: gre,
  ip6gretap: gre,
  ip6erspan: gre,
  vti,
  vti6: vti,
};

const up = 0x1;
/** RTEXT_FILTER_SKIP_STATS: counters are half of a device's description. */
const skipStats = 1 << 3;
const protocolIpv6 = 41;
const protocolAny = 0;

const headerLength = 16;
const linkTypes: readonly string[] = [
  'ipip',
  'gre',
  'sit',
  'ip6tnl',
  'ip6gre',
  'dummy',
] satisfies readonly LinkType[];

/** What the kernel says of a device, whoever made it. */
export interface LinkReading {
  readonly index: number;
  readonly name: string;
  readonly mtu: number;
  readonly up: boolean;
  /** The driver's name for its kind; undefined for hardware and lo. */
  readonly kind: string | undefined;
  /** Number of the bridge, bond or VRF that it belongs to. */
  readonly master?: number;
  /** Its ends, where it is a tunnel of a kind that shares a protocol with one of ours; an absent end is any address. */
  readonly tunnel?: { readonly local?: string; readonly remote?: string; readonly external: boolean };
  /** The device as one that Causeway could have made. */
  readonly link: Link | undefined;
}

/** RTM_NEWLINK to make a device, down. Its settings must stand before it goes up. */
export function encodeLink(link: Link): Uint8Array {
  const data = tunnelData(link);
  const parts = [stringAttribute(info.kind, link.type)];
  if (data.length > 0) parts.push(nestedAttribute(info.data, data));
  return concatBytes([
    header(0, 0, 0),
    stringAttribute(ifla.name, link.name),
    nestedAttribute(ifla.linkInfo, parts),
  ]);
}

/** RTM_SETLINK that sets a device up. */
export function encodeLinkUp(name: string): Uint8Array {
  return concatBytes([header(0, up, up), stringAttribute(ifla.name, name)]);
}

/** RTM_GETLINK of one device by its name. */
export function encodeLinkQuery(name: string): Uint8Array {
  return concatBytes([
    header(0, 0, 0),
    u32Attribute(ifla.extMask, skipStats),
    stringAttribute(ifla.name, name),
  ]);
}

/** RTM_GETLINK of all devices. */
export function encodeLinkDump(): Uint8Array {
  return concatBytes([header(0, 0, 0), u32Attribute(ifla.extMask, skipStats)]);
}

/** RTM_DELLINK by index, so that a device of the same name made meanwhile is safe. */
export function encodeLinkDeletion(index: number): Uint8Array {
  return header(index, 0, 0);
}

/** Device of an RTM_NEWLINK message, or undefined where it has no name. */
export function parseLink(payload: Uint8Array): LinkReading | undefined {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const attributes = parseAttributes(payload, headerLength);
  const name = attributes.string(ifla.name);
  if (name === undefined) return undefined;
  const linkInfo = attributes.nested(ifla.linkInfo);
  const kind = linkInfo?.string(info.kind);
  const isUp = (view.getUint32(8, true) & up) !== 0;
  const data = linkInfo?.nested(info.data);
  const master = attributes.u32(ifla.master);
  const tunnel = tunnelOf(kind, data);
  return {
    index: view.getInt32(4, true),
    name,
    mtu: attributes.u32(ifla.mtu) ?? 0,
    up: isUp,
    kind,
    ...(master === undefined ? {} : { master }),
    ...(tunnel === undefined ? {} : { tunnel }),
    link: ownLink(name, kind, data, isUp),
  };
}

function tunnelData(link: Link): Uint8Array[] {
  switch (link.type) {
    case 'dummy':
      return [];
    case 'ipip':
      return link.external ? [flagAttribute(iptun.collectMetadata)] : [];
    case 'ip6tnl': {
      // Protocol 0 carries IPv4 and IPv6 inside ("mode any").
      const protocol = u8Attribute(iptun.protocol, protocolAny);
      return link.external ? [protocol, flagAttribute(iptun.collectMetadata)] : [protocol];
    }
    case 'gre':
    case 'ip6gre':
      return link.external ? [flagAttribute(gre.collectMetadata)] : [];
    case 'sit': {
      // "mode ip6ip": without it a sit device would take IPv4 in IPv4 too.
      const parts = [u8Attribute(iptun.protocol, protocolIpv6), u8Attribute(iptun.pathMtuDiscovery, 1)];
      if (link.local !== undefined) parts.unshift(attribute(iptun.local, addressBytes(link.local, 'ipv4')));
      return parts;
    }
  }
}

function tunnelOf(kind: string | undefined, data: Attributes | undefined): LinkReading['tunnel'] {
  const attributes = kind === undefined ? undefined : tunnelAttributes[kind];
  if (attributes === undefined) return undefined;
  const end = (number: number) => {
    const bytes = data?.bytes(number);
    return bytes?.some((byte) => byte !== 0) ? formatAddress(bytes) : undefined;
  };
  const [local, remote] = [end(attributes.local), end(attributes.remote)];
  const { collectMetadata } = attributes;
  return {
    ...(local === undefined ? {} : { local }),
    ...(remote === undefined ? {} : { remote }),
    external: collectMetadata !== undefined && data?.has(collectMetadata) === true,
  };
}

function ownLink(
  name: string,
  kind: string | undefined,
  data: Attributes | undefined,
  isUp: boolean,
): Link | undefined {
  const type = linkTypes.find((known): known is LinkType => known === kind);
  if (type === undefined) return undefined;
  const external = data?.has(
    type === 'gre' || type === 'ip6gre' ? gre.collectMetadata : iptun.collectMetadata,
  );
  const local = type === 'sit' ? data?.bytes(iptun.local) : undefined;
  const bound = local?.some((byte) => byte !== 0) ? { local: formatAddress(local) } : {};
  return { name, type, external: external ?? false, ...bound, up: isUp };
}

/** struct ifinfomsg of family AF_UNSPEC. */
function header(index: number, flags: number, change: number): Uint8Array {
  const bytes = new Uint8Array(headerLength);
  const view = new DataView(bytes.buffer);
  view.setInt32(4, index, true);
  view.setUint32(8, flags, true);
  view.setUint32(12, change, true);
  return bytes;
}
