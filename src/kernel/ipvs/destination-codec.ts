/** How a destination stands in netlink attributes. Lean both ways: a table has ten times as many as services. */
import type { Family } from '../../domain/address.ts';
import { CausewayError } from '../../domain/error.ts';
import type {
  Counters,
  Destination,
  DestinationState,
  Forwarding,
  Tunnel,
  TunnelType,
} from '../../domain/ipvs-table.ts';
import {
  attribute,
  be16Attribute,
  nestedAttribute,
  u8Attribute,
  u16Attribute,
  u32Attribute,
} from '../netlink/attribute.ts';
import { addressBytes, familyNumber, readAddress, readFamily } from './address-codec.ts';
import {
  addressLength,
  commandAttribute,
  destinationAttribute as field,
  forwardingMethod,
  tunnelFlag,
  tunnelType,
} from './constants.ts';
import { noCounters, readCounters } from './counters-codec.ts';

/** Every destination has the same attributes of the same lengths: a template is copied and its values patched. */
const template = nestedAttribute(commandAttribute.destination, [
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
const at = {
  address: 8,
  port: 28,
  forwarding: 36,
  weight: 44,
  family: 68,
  tunnelType: 76,
  tunnelPort: 84,
  tunnelFlags: 92,
} as const;

export const destinationLength = template.length;

/** Writes the nested attribute of a destination at `offset`. Throws `invalid` for an address that is none. */
export function writeDestination(
  target: DataView<ArrayBuffer>,
  offset: number,
  destination: Destination,
): void {
  const address = addressBytes(destination.address);
  const bytes = new Uint8Array(target.buffer, target.byteOffset + offset, destinationLength);
  bytes.set(template);
  bytes.set(address, at.address);
  target.setUint16(offset + at.port, destination.port, false);
  target.setUint32(offset + at.forwarding, forwardingMethod[destination.forwarding], true);
  target.setUint32(offset + at.weight, destination.weight, true);
  target.setUint16(offset + at.family, familyNumber(address), true);
  const { tunnel } = destination;
  if (destination.forwarding !== 'tunnel' || tunnel === undefined) return;
  target.setUint8(offset + at.tunnelType, tunnelType[tunnel.type]);
  target.setUint16(offset + at.tunnelPort, tunnel.port, false);
  target.setUint16(offset + at.tunnelFlags, tunnel.checksum ? tunnelFlag.checksum : 0, true);
}

/**
 * Reads a GET_DEST reply from `offset` on. `serviceFamily` stands in where an old kernel does not say the
 * destination's own. One pass and no object for an attribute.
 */
export function decodeDestination(
  payload: Uint8Array,
  offset: number,
  serviceFamily: Family,
): DestinationState {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const end = Math.min(payload.length, offset + view.getUint16(offset, true));
  let addressAt = -1;
  let family = serviceFamily;
  let port = 0;
  let weight = 0;
  let method = 0;
  let activeConnections = 0;
  let inactiveConnections = 0;
  let persistentConnections = 0;
  let tunnelKind = 0;
  let tunnelPort = 0;
  let tunnelFlags = 0;
  let statsAt = -1;
  let cursor = offset + 4;
  while (cursor + 4 <= end) {
    const length = view.getUint16(cursor, true);
    if (length < 4) break;
    const value = cursor + 4;
    // NLA_F_NESTED is masked: kernels since 5.2 set it on the statistics.
    switch (view.getUint16(cursor + 2, true) & 0x3fff) {
      case field.address:
        addressAt = value;
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
  if (addressAt < 0 || addressAt + 4 > end) throw incomplete();
  const forwarding = readForwarding(method);
  const tunnel = forwarding === 'tunnel' ? readTunnel(tunnelKind, tunnelPort, tunnelFlags) : undefined;
  return {
    address: readAddress(view, addressAt, family),
    port,
    weight,
    forwarding,
    ...(tunnel === undefined ? {} : { tunnel }),
    activeConnections,
    inactiveConnections,
    persistentConnections,
    counters: statsAt < 0 ? noCounters : readStats(view, statsAt),
  };
}

function readStats(view: DataView, attributeAt: number): Counters {
  return readCounters(view, attributeAt + 4, attributeAt + view.getUint16(attributeAt, true));
}

/** Local delivery and bypass, which only others program, count as direct: the packet keeps its destination. */
function readForwarding(method: number): Forwarding {
  if (method === forwardingMethod.masquerade) return 'masquerade';
  return method === forwardingMethod.tunnel ? 'tunnel' : 'direct';
}

function readTunnel(kind: number, port: number, flags: number): Tunnel {
  let type: TunnelType = 'ipip';
  if (kind === tunnelType.gue) type = 'gue';
  else if (kind === tunnelType.gre) type = 'gre';
  return { type, port, checksum: (flags & tunnelFlag.checksum) !== 0 };
}

function incomplete(): CausewayError {
  return new CausewayError({
    code: 'internal',
    operation: 'decode IPVS destination',
    message: 'the kernel left out the address',
  });
}
