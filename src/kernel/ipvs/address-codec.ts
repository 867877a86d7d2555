/** How addresses travel in IPVS attributes: 16 bytes for either family, the family beside them. */
import { type Family, formatAddress, parseAddress } from '../../domain/address.ts';
import { CausewayError } from '../../domain/error.ts';
import { addressFamily, addressLength } from './constants.ts';

/** The 4 or 16 bytes of an address. Throws `invalid` where the text is none. */
export function addressBytes(address: string): Uint8Array {
  const bytes = parseAddress(address);
  if (bytes !== undefined) return bytes;
  throw new CausewayError({
    code: 'invalid',
    operation: 'encode IPVS address',
    subject: address,
    message: 'is no IP address',
  });
}

export function familyNumber(bytes: Uint8Array): number {
  return bytes.length === 4 ? addressFamily.ipv4 : addressFamily.ipv6;
}

/** The bytes of an address, followed by zeros up to the kernel's union. */
export function paddedAddress(bytes: Uint8Array): Uint8Array {
  const padded = new Uint8Array(addressLength);
  padded.set(bytes);
  return padded;
}

export function readFamily(number: number): Family {
  return number === addressFamily.ipv6 ? 'ipv6' : 'ipv4';
}

/** Text of the address whose bytes begin at `at`. */
export function readAddress(view: DataView, at: number, family: Family): string {
  if (family === 'ipv4') {
    return `${view.getUint8(at)}.${view.getUint8(at + 1)}.${view.getUint8(at + 2)}.${view.getUint8(at + 3)}`;
  }
  return formatAddress(new Uint8Array(view.buffer, view.byteOffset + at, addressLength));
}
