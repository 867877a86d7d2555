/** How a device is written and read over rtnetlink (linux/if_link.h, linux/if_tunnel.h). */
import { familyOf, formatAddress } from '../../domain/address.ts';
import type { Link } from '../../domain/host-state.ts';
import { factsOf, linkTypeNames } from '../../domain/tunnel.ts';
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
/** Where the kinds of tunnels that share a protocol with ours keep their ends: IFLA_IPTUN_*, IFLA_GRE_*, IFLA_VTI_*. */
const iptun = { local: 2, remote: 3, external: 19 } as const;
const gre = { local: 6, remote: 7, external: 18 } as const;
const vti = { local: 4, remote: 5, external: undefined } as const;
const endsOf: Readonly<
  Record<string, { readonly local: number; readonly remote: number; readonly external: number | undefined }>
> = {
  ipip: iptun,
  sit: iptun,
  ip6tnl: iptun,
  gre,
  ip6gre: gre,
  ip6gretap: gre,
  ip6erspan: gre,
  vti,
  vti6: vti,
};

const up = 0x1;
/** RTEXT_FILTER_SKIP_STATS: counters are half of a device's description. */
const skipStats = 1 << 3;

const headerLength = 16;

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

function tunnelData({ type, external, local, remote }: Link): Uint8Array[] {
  const ends = endsOf[type];
  const parts: Uint8Array[] = [];
  if (ends !== undefined && local !== undefined)
    parts.push(attribute(ends.local, addressBytes(local, familyOf(local))));
  if (ends !== undefined && remote !== undefined)
    parts.push(attribute(ends.remote, addressBytes(remote, familyOf(remote))));
  for (const [kind, value] of factsOf(type).fixed ?? []) parts.push(u8Attribute(kind, value));
  if (ends?.external !== undefined && external) parts.push(flagAttribute(ends.external));
  return parts;
}

function tunnelOf(kind: string | undefined, data: Attributes | undefined): LinkReading['tunnel'] {
  const attributes = kind === undefined ? undefined : endsOf[kind];
  if (attributes === undefined) return undefined;
  const end = (number: number) => {
    const bytes = data?.bytes(number);
    return bytes?.some((byte) => byte !== 0) ? formatAddress(bytes) : undefined;
  };
  const [local, remote] = [end(attributes.local), end(attributes.remote)];
  const { external } = attributes;
  return {
    ...(local === undefined ? {} : { local }),
    ...(remote === undefined ? {} : { remote }),
    external: external !== undefined && data?.has(external) === true,
  };
}

function ownLink(
  name: string,
  kind: string | undefined,
  data: Attributes | undefined,
  isUp: boolean,
): Link | undefined {
  const type = linkTypeNames.find((known) => known === kind);
  if (type === undefined) return undefined;
  const { external = false, local, remote } = tunnelOf(kind, data) ?? {};
  const bound = { ...(local === undefined ? {} : { local }), ...(remote === undefined ? {} : { remote }) };
  return { name, type, external, ...bound, up: isUp };
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
