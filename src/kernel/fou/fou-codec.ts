/** How receive ports of FOU and GUE are written and read over generic netlink (linux/fou.h). */
import { familyOf, formatAddress } from '../../domain/address.ts';
import type { GuePort } from '../../domain/host-state.ts';
import { addressBytes, addressFamily, familyOfNumber } from '../link/rtnetlink.ts';
import { attribute, be16Attribute, concatBytes, parseAttributes, u8Attribute } from '../netlink/attribute.ts';
import { genericHeaderLength } from '../netlink/wire.ts';

/** FOU_GENL_NAME, and its version. */
export const fouFamilyName = 'fou';
const version = 1;
/** FOU_CMD_* */
const command = { add: 1, delete: 2, get: 3 } as const;
/** FOU_ATTR_* */
const fou = { port: 1, family: 2, type: 4, localV4: 6, localV6: 7, peerV4: 8, peerV6: 9 } as const;
/** FOU_ENCAP_GUE */
const gueType = 2;

/** A receive port, whoever made it. */
export interface FouReading {
  readonly family: 'ipv4' | 'ipv6';
  readonly port: number;
  /** Absent: every address of the family. */
  readonly address?: string;
  readonly isGue: boolean;
  /** It takes packets of one sender alone. */
  readonly isOfOnePeer: boolean;
}

export function encodeGuePort(kind: 'add' | 'delete', { address, port }: GuePort): Uint8Array {
  const family = familyOf(address);
  return concatBytes([
    header(command[kind]),
    be16Attribute(fou.port, port),
    u8Attribute(fou.family, addressFamily[family]),
    u8Attribute(fou.type, gueType),
    attribute(family === 'ipv4' ? fou.localV4 : fou.localV6, addressBytes(address, family)),
  ]);
}

export function encodeFouDump(): Uint8Array {
  return header(command.get);
}

/** Undefined where it is of a family that nobody knows. */
export function parseFouPort(payload: Uint8Array): FouReading | undefined {
  const attributes = parseAttributes(payload, genericHeaderLength);
  const family = familyOfNumber(attributes.u8(fou.family));
  const port = attributes.be16(fou.port);
  if (family === undefined || port === undefined) return undefined;
  const [local, peer] = family === 'ipv4' ? [fou.localV4, fou.peerV4] : [fou.localV6, fou.peerV6];
  const bytes = attributes.bytes(local);
  return {
    family,
    port,
    ...(bytes !== undefined && isSomebody(bytes) ? { address: formatAddress(bytes) } : {}),
    isGue: attributes.u8(fou.type) === gueType,
    isOfOnePeer: isSomebody(attributes.bytes(peer) ?? new Uint8Array()),
  };
}

function isSomebody(bytes: Uint8Array): boolean {
  return bytes.some((byte) => byte !== 0);
}

/** struct genlmsghdr */
function header(number: number): Uint8Array {
  return Uint8Array.of(number, version, 0, 0);
}
