/** How a route is written and read over rtnetlink (linux/rtnetlink.h, struct rtmsg). */
import { type Family, familyOf, formatAddress } from '../../domain/address.ts';
import type { Route } from '../../domain/host-state.ts';
import {
  type Attributes,
  attribute,
  concatBytes,
  nestedAttribute,
  parseAttributes,
  u32Attribute,
} from '../netlink/attribute.ts';
import {
  addressBytes,
  addressFamily,
  familyOfNumber,
  formatPrefix,
  parsePrefix,
  routeProtocolKernel,
  routeScope,
  routeType,
  routingTable,
} from './rtnetlink.ts';

/** RTA_*, RTAX_*. */
const rta = {
  destination: 1,
  source: 2,
  outgoing: 4,
  gateway: 5,
  priority: 6,
  preferredSource: 7,
  metrics: 8,
  multipath: 9,
  table: 15,
  mark: 16,
  via: 18,
} as const;
const metric = { mtu: 2, advertisedMss: 8 } as const;

const headerLength = 12;
const nexthopLength = 8;

/** A route as the kernel tells it: the device is a number, and its type may be any. */
export interface RouteReading {
  readonly family: Family;
  readonly table: number;
  /** RTN_*. */
  readonly type: number;
  readonly destination: string;
  readonly gateway: string | undefined;
  readonly linkIndex: number | undefined;
  readonly advertisedMss: number | undefined;
  /** Of the route itself, bytes; undefined where the device's holds. */
  readonly mtu: number | undefined;
  readonly preferredSource: string | undefined;
  /** Lower is preferred. */
  readonly priority: number;
}

/** RTM_NEWROUTE. `linkIndex` is the number of `route.link`. */
export function encodeRoute(route: Route, linkIndex: number | undefined): Uint8Array {
  const parts = identity(route, linkIndex, scopeOf(route));
  const { mtuBytes, advertisedMss } = route;
  const metrics = [
    ...(mtuBytes === undefined ? [] : [u32Attribute(metric.mtu, mtuBytes)]),
    ...(advertisedMss === undefined ? [] : [u32Attribute(metric.advertisedMss, advertisedMss)]),
  ];
  if (metrics.length > 0) parts.push(nestedAttribute(rta.metrics, metrics));
  // The table `local` is the kernel's: what stands there again must be as the kernel made it.
  if (route.type === 'local' && route.table === routingTable.local && route.family === 'ipv4') {
    parts.push(attribute(rta.preferredSource, parsePrefix(route.destination, 'ipv4').bytes));
  }
  return concatBytes(parts);
}

/** RTM_DELROUTE of the route with this destination, type, gateway and device, whatever its scope. */
export function encodeRouteDeletion(route: Route, linkIndex: number | undefined): Uint8Array {
  return concatBytes(identity(route, linkIndex, routeScope.nowhere));
}

/** RTM_GETROUTE of all routes of a family, of every table: only strict sockets can ask for one. */
export function encodeRouteDump(family: Family): Uint8Array {
  const header = new Uint8Array(headerLength);
  header[0] = addressFamily[family];
  return header;
}

/** RTM_GETROUTE: which way a packet of this host's to `address` would take; `from`: one that has its source already. `mark`: one that bears it. */
export function encodeRouteQuery(address: string, from?: string, mark?: number): Uint8Array {
  const family = familyOf(address);
  const bytes = addressBytes(address, family);
  const header = encodeRouteDump(family);
  header[1] = bytes.length * 8;
  const parts = [header, attribute(rta.destination, bytes)];
  if (from !== undefined) {
    header[2] = bytes.length * 8;
    parts.push(attribute(rta.source, addressBytes(from, family)));
  }
  if (mark !== undefined) parts.push(u32Attribute(rta.mark, mark));
  return concatBytes(parts);
}

/** Table of an RTM_NEWROUTE message, read without parsing the rest: hosts may have a million routes. */
export function routeTableOf(payload: Uint8Array): number | undefined {
  const short = payload[4];
  // Tables above 255 stand in an attribute, and the header says RT_TABLE_COMPAT (252).
  return short === 252 ? parseAttributes(payload, headerLength).u32(rta.table) : short;
}

/** RTN_* of an RTM_NEWROUTE message, read as cheaply. */
export function routeTypeOf(payload: Uint8Array): number | undefined {
  return payload[7];
}

/** RTM_F_CLONED. */
const learnt = 0x200;

/**
 * Whether an RTM_NEWROUTE message of a dump tells what the kernel has learnt of a way (a path MTU, a redirect): sockets that are not strict are told
 * that too, by the table of the route that it was learnt of. It is no route: nobody made it, and it goes by itself.
 */
export function isLearnt(payload: Uint8Array): boolean {
  // Of the flags' four bytes, low byte first, the second.
  return ((payload[9] ?? 0) & (learnt >> 8)) !== 0;
}

/** Route of an RTM_NEWROUTE message, or undefined where its family is another. */
export function parseRoute(payload: Uint8Array): RouteReading | undefined {
  const family = familyOfNumber(payload[0]);
  if (family === undefined) return undefined;
  const attributes = parseAttributes(payload, headerLength);
  const length = payload[1] ?? 0;
  const zero = new Uint8Array(family === 'ipv4' ? 4 : 16);
  const destination = attributes.bytes(rta.destination) ?? zero;
  const source = attributes.bytes(rta.preferredSource);
  const hop = nexthopOf(attributes);
  const metrics = attributes.nested(rta.metrics);
  return {
    family,
    table: attributes.u32(rta.table) ?? payload[4] ?? 0,
    type: payload[7] ?? 0,
    destination: length === 0 ? 'default' : formatPrefix(destination, length),
    gateway: hop.gateway,
    linkIndex: hop.linkIndex,
    advertisedMss: metrics?.u32(metric.advertisedMss),
    mtu: metrics?.u32(metric.mtu),
    preferredSource: source === undefined ? undefined : formatAddress(source),
    priority: attributes.u32(rta.priority) ?? 0,
  };
}

/** The only next hop, or the first of several. */
function nexthopOf(route: Attributes): { gateway: string | undefined; linkIndex: number | undefined } {
  const multipath = route.bytes(rta.multipath);
  if (multipath === undefined || multipath.length < nexthopLength) {
    return { gateway: gatewayOf(route), linkIndex: route.u32(rta.outgoing) };
  }
  const view = new DataView(multipath.buffer, multipath.byteOffset, multipath.byteLength);
  const end = Math.min(view.getUint16(0, true), multipath.length);
  const attributes = parseAttributes(multipath.subarray(0, end), nexthopLength);
  return { gateway: gatewayOf(attributes), linkIndex: view.getInt32(4, true) };
}

function gatewayOf(attributes: Attributes): string | undefined {
  // RTA_VIA: a 16-bit family, then an address of it (an IPv6 gateway of an IPv4 route).
  const bytes = attributes.bytes(rta.gateway) ?? attributes.bytes(rta.via)?.subarray(2);
  return bytes === undefined ? undefined : formatAddress(bytes);
}

function identity(route: Route, linkIndex: number | undefined, scope: number): Uint8Array[] {
  const prefix = parsePrefix(route.destination, route.family);
  const header = new Uint8Array(headerLength);
  header[0] = addressFamily[route.family];
  header[1] = prefix.length;
  header[4] = route.table < 256 ? route.table : 0;
  header[5] = scope === routeScope.nowhere ? 0 : routeProtocolKernel;
  header[6] = scope;
  header[7] = routeType[route.type];
  const parts = [header, u32Attribute(rta.table, route.table)];
  if (prefix.length > 0) parts.push(attribute(rta.destination, prefix.bytes));
  if (route.gateway !== undefined) parts.push(gatewayAttribute(route.gateway, route.family));
  if (linkIndex !== undefined) parts.push(u32Attribute(rta.outgoing, linkIndex));
  return parts;
}

function gatewayAttribute(gateway: string, family: Family): Uint8Array {
  const own = familyOf(gateway);
  const bytes = addressBytes(gateway, own);
  if (own === family) return attribute(rta.gateway, bytes);
  return attribute(rta.via, concatBytes([Uint8Array.of(addressFamily[own], 0), bytes]));
}

function scopeOf(route: Route): number {
  // The IPv6 side of the kernel knows no scopes.
  if (route.family === 'ipv6') return routeScope.universe;
  if (route.type === 'local') return routeScope.host;
  return route.gateway === undefined ? routeScope.link : routeScope.universe;
}
