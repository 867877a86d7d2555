/** How a destination stands in netlink attributes. Lean both ways: a table has ten times as many as services. */
import type { Family } from '../../domain/address.ts';
import { CausewayError } from '../../domain/error.ts';
import {
  type Destination,
  type DestinationState,
  type Forwarding,
  plainTunnel,
  type Tunnel,
} from '../../domain/ipvs-table.ts';
import { type TunnelType, tunnelFacts, tunnelTypeNames } from '../../domain/tunnel.ts';
import {
  attribute,
  be16Attribute,
  nestedAttribute,
  u8Attribute,
  u16Attribute,
  u32Attribute,
} from '../netlink/attribute.ts';
import { genericHeaderLength, type LocatedMessage, type SendBuffer } from '../netlink/wire.ts';
import { addressBytes, readAddress, readFamily, writeAddress } from './address-codec.ts';
import {
  addressLength,
  commandAttribute,
  destinationAttribute as field,
  forwardingMethod,
  shortestDestination,
  tunnelFlag,
} from './constants.ts';
import { noCounters, readStats } from './counters-codec.ts';

/** The kernel keeps a signed number, and refuses one below 0. */
const heaviest = 0x7fff_ffff;

/** Every destination has the same attributes of the same lengths: a template is copied and its values patched. */
export const destinationTemplate = nestedAttribute(commandAttribute.destination, [
  attribute(field.address, new Uint8Array(addressLength)),
  be16Attribute(field.port, 0),
  u32Attribute(field.forwarding, 0),
  u32Attribute(field.weight, 0),
  u32Attribute(field.upperThreshold, 0),
  u32Attribute(field.lowerThreshold, 0),
  u16Attribute(field.family, 0),
  u8Attribute(field.tunnelType, 0),
  be16Attribute(field.tunnelPort, 0),
  u16Attribute(field.tunnelFlags, 0),
]);

/** Where the values stand in the template: after a nested header of 4 bytes, each after a header of 4. */
const place = {
  address: 8,
  port: 28,
  forwarding: 36,
  weight: 44,
  upperThreshold: 52,
  lowerThreshold: 60,
  family: 68,
  tunnelType: 76,
  tunnelPort: 84,
  tunnelFlags: 92,
} as const;

/**
 * Puts a destination's values into the template that lies at `at`. Throws `invalid` for an address that is none and a
 * weight beyond the kernel's signed 32 bits.
 */
export function patchDestination(target: SendBuffer, at: number, destination: Destination): void {
  const { view } = target;
  const { weight, tunnel, thresholds } = destination;
  if (!(weight >= 0 && weight <= heaviest && Number.isInteger(weight))) throw badWeight(weight);
  view.setUint16(at + place.family, writeAddress(target, at + place.address, destination.address), true);
  view.setUint16(at + place.port, destination.port, false);
  view.setUint32(at + place.forwarding, forwardingMethod[destination.forwarding], true);
  view.setUint32(at + place.weight, weight, true);
  if (thresholds !== undefined) {
    view.setUint32(at + place.upperThreshold, thresholds.upper, true);
    view.setUint32(at + place.lowerThreshold, thresholds.lower, true);
  }
  if (destination.forwarding !== 'tunnel' || tunnel === undefined) return;
  view.setUint8(at + place.tunnelType, tunnelFacts(tunnel.type).ipvs);
  view.setUint16(at + place.tunnelPort, tunnel.port, false);
  view.setUint16(at + place.tunnelFlags, tunnel.checksum ? tunnelFlag.checksum : 0, true);
}

/**
 * Reads a GET_DEST reply. `serviceFamily` stands in where an old kernel does not say the
 * destination's own. One pass and no object for an attribute.
 */
export function decodeDestination(
  { view, start, end }: LocatedMessage,
  serviceFamily: Family,
): DestinationState {
  let addressAt = -1;
  let addressEnd = 0;
  let family = serviceFamily;
  let port = 0;
  let weight = 0;
  let method = 0;
  let activeConnections = 0;
  let inactiveConnections = 0;
  let persistentConnections = 0;
  let upper = 0;
  let lower = 0;
  let tunnelKind = 0;
  let tunnelPort = 0;
  let tunnelFlags = 0;
  let statsAt = -1;
  // Behind the generic header and that of the one nested attribute.
  let cursor = start + genericHeaderLength + 4;
  while (cursor + 4 <= end) {
    // Length and type in one; NLA_F_NESTED is masked.
    const header = view.getUint32(cursor, true);
    const length = header & 0xffff;
    const type = (header >>> 16) & 0x3fff;
    if (length < (shortestDestination[type] ?? 4) || cursor + length > end) throw incomplete();
    const value = cursor + 4;
    switch (type) {
      case field.address:
        addressAt = value;
        addressEnd = cursor + length;
        break;
      case field.port:
        port = view.getUint16(value, false);
        break;
      case field.forwarding:
        method = view.getUint32(value, true) & 7;
        break;
      case field.weight:
        weight = view.getUint32(value, true);
        break;
      case field.upperThreshold:
        upper = view.getUint32(value, true);
        break;
      case field.lowerThreshold:
        lower = view.getUint32(value, true);
        break;
      case field.activeConnections:
        activeConnections = view.getUint32(value, true);
        break;
      case field.inactiveConnections:
        inactiveConnections = view.getUint32(value, true);
        break;
      case field.persistentConnections:
        persistentConnections = view.getUint32(value, true);
        break;
      case field.family:
        family = readFamily(view.getUint16(value, true));
        break;
      case field.stats:
        if (statsAt < 0) statsAt = cursor;
        break;
      case field.stats64:
        statsAt = cursor;
        break;
      case field.tunnelType:
        tunnelKind = view.getUint8(value);
        break;
      case field.tunnelPort:
        tunnelPort = view.getUint16(value, false);
        break;
      case field.tunnelFlags:
        tunnelFlags = view.getUint16(value, true);
        break;
    }
    cursor += (length + 3) & ~3;
  }
  if (addressAt < 0 || addressAt + addressBytes[family] > addressEnd) throw incomplete();
  const address = readAddress(view, addressAt, family);
  const counters = statsAt < 0 ? noCounters : readStats(view, statsAt);
  const forwarding = readForwarding(method);
  // Spelt out twice: spreading objects together costs as much as reading the message.
  if (forwarding !== 'tunnel') {
    const plain = {
      address,
      port,
      weight,
      forwarding,
      activeConnections,
      inactiveConnections,
      persistentConnections,
      counters,
    };
    return upper === 0 && lower === 0 ? plain : { ...plain, thresholds: { upper, lower } };
  }
  const tunnelled = {
    address,
    port,
    weight,
    forwarding,
    tunnel: readTunnel(tunnelKind, tunnelPort, tunnelFlags),
    activeConnections,
    inactiveConnections,
    persistentConnections,
    counters,
  };
  return upper === 0 && lower === 0 ? tunnelled : { ...tunnelled, thresholds: { upper, lower } };
}

/** Local delivery and bypass, which only others program, count as direct: the packet keeps its destination. */
function readForwarding(method: number): Forwarding {
  if (method === forwardingMethod.masquerade) return 'masquerade';
  return method === forwardingMethod.tunnel ? 'tunnel' : 'direct';
}

/** Types by the kernel's number. */
const typeOf = new Map<number, TunnelType>(tunnelTypeNames.map((type) => [tunnelFacts(type).ipvs, type]));

function readTunnel(kind: number, port: number, flags: number): Tunnel {
  const type = typeOf.get(kind) ?? plainTunnel.type;
  if (type === plainTunnel.type && port === 0 && flags === 0) return plainTunnel;
  return { type, port, checksum: (flags & tunnelFlag.checksum) !== 0 };
}

function badWeight(weight: number): CausewayError {
  return new CausewayError({
    code: 'invalid',
    operation: 'encode IPVS destination',
    subject: `weight ${weight}`,
    message: `a weight is a whole number from 0 to ${heaviest}`,
  });
}

function incomplete(): CausewayError {
  return new CausewayError({
    code: 'internal',
    operation: 'decode IPVS destination',
    message: 'the kernel left out the address, or cut something short',
  });
}
