/** How an address of a device is written and read over rtnetlink (linux/if_addr.h). */
import { type Family, familyOf, formatAddress } from '../../domain/address.ts';
import type { InterfaceAddress } from '../../domain/host-state.ts';
import { attribute, concatBytes, parseAttributes, u32Attribute } from '../netlink/attribute.ts';
import { addressBytes, addressFamily, familyOfNumber, routeScope } from './rtnetlink.ts';

/** IFA_*. */
const ifa = { address: 1, local: 2, cacheInfo: 6, flags: 8 } as const;
/** IFA_F_NODAD: a VIP stands on many hosts on purpose, and a tentative address answers nobody. */
const noDuplicateDetection = 0x02;
const forever = 0xffff_ffff;

const headerLength = 8;

/** An address as the kernel tells it: the device is a number. */
export interface AddressReading {
  readonly linkIndex: number;
  readonly family: Family;
  readonly address: string;
  readonly prefixLength: number;
  readonly preferredLifetimeSeconds: number;
  readonly scope: number;
}

/** RTM_NEWADDR. */
export function encodeAddress(address: InterfaceAddress, linkIndex: number): Uint8Array {
  const parts = identity(address, linkIndex);
  if (address.preferredLifetimeSeconds === 0) {
    // struct ifa_cacheinfo: preferred, valid, created, updated; the last two are the kernel's.
    const cacheInfo = new Uint8Array(16);
    new DataView(cacheInfo.buffer).setUint32(4, forever, true);
    parts.push(attribute(ifa.cacheInfo, cacheInfo));
  }
  if (familyOf(address.address) === 'ipv6') parts.push(u32Attribute(ifa.flags, noDuplicateDetection));
  return concatBytes(parts);
}

/** RTM_DELADDR. */
export function encodeAddressDeletion(address: InterfaceAddress, linkIndex: number): Uint8Array {
  return concatBytes(identity(address, linkIndex));
}

/** RTM_GETADDR of all addresses. */
export function encodeAddressDump(): Uint8Array {
  return new Uint8Array(headerLength);
}

/** Address of an RTM_NEWADDR message, or undefined where its family is another. */
export function parseAddressMessage(payload: Uint8Array): AddressReading | undefined {
  const family = familyOfNumber(payload[0]);
  if (family === undefined) return undefined;
  const attributes = parseAttributes(payload, headerLength);
  // With a peer, LOCAL is ours and ADDRESS the peer's.
  const bytes = attributes.bytes(ifa.local) ?? attributes.bytes(ifa.address);
  if (bytes?.length !== (family === 'ipv4' ? 4 : 16)) return undefined;
  return {
    linkIndex: new DataView(payload.buffer, payload.byteOffset).getUint32(4, true),
    family,
    address: formatAddress(bytes),
    prefixLength: payload[1] ?? 0,
    // The first of struct ifa_cacheinfo.
    preferredLifetimeSeconds: attributes.u32(ifa.cacheInfo) ?? forever,
    scope: payload[3] ?? 0,
  };
}

/** The reading in Causeway's words. IPv6 derives the scope from the address, so there it says nothing of its own. */
export function interfaceAddressOf(reading: AddressReading, link: string): InterfaceAddress {
  return {
    link,
    address: reading.address,
    prefixLength: reading.prefixLength,
    ...(reading.preferredLifetimeSeconds === 0 ? { preferredLifetimeSeconds: 0 as const } : {}),
    ...(reading.scope === routeScope.link && reading.family === 'ipv4' ? { scope: 'link' as const } : {}),
  };
}

function identity(address: InterfaceAddress, linkIndex: number): Uint8Array[] {
  const family = familyOf(address.address);
  const bytes = addressBytes(address.address, family);
  const header = new Uint8Array(headerLength);
  header[0] = addressFamily[family];
  header[1] = address.prefixLength;
  header[3] = address.scope === 'link' ? routeScope.link : routeScope.universe;
  new DataView(header.buffer).setUint32(4, linkIndex, true);
  return [header, attribute(ifa.local, bytes), attribute(ifa.address, bytes)];
}
