/** How addresses travel in IPVS attributes: 16 bytes for either family, the family beside them. */
import { type Family, formatAddress, parseAddress } from '../../domain/address.ts';
import { CausewayError } from '../../domain/error.ts';
import type { SendBuffer } from '../netlink/wire.ts';
import { addressFamily, addressLength } from './constants.ts';

const dot = 46;
const zero = 48;

/** Writes 16 bytes of address at `at`; returns the kernel's number of its family. Throws `invalid` for what is none. */
export function writeAddress(target: SendBuffer, at: number, address: string): number {
  const { view } = target;
  view.setUint32(at + 4, 0);
  view.setUint32(at + 8, 0);
  view.setUint32(at + 12, 0);
  const quad = readQuad(address);
  if (quad >= 0) {
    view.setUint32(at, quad);
    return addressFamily.ipv4;
  }
  const bytes = parseAddress(address);
  if (bytes === undefined) throw noAddress(address);
  target.bytes.set(bytes, at);
  return bytes.length === 4 ? addressFamily.ipv4 : addressFamily.ipv6;
}

/**
 * The number that a plain dotted quad stands for, or -1 for anything else, which `parseAddress` then judges. Ten
 * thousand addresses go into a table, and this makes no object for any of them.
 */
function readQuad(text: string): number {
  let result = 0;
  let part = 0;
  let digits = 0;
  let dots = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === dot) {
      if (digits === 0 || dots === 3) return -1;
      result = result * 256 + part;
      part = 0;
      digits = 0;
      dots += 1;
      continue;
    }
    const digit = code - zero;
    if (digit < 0 || digit > 9 || (digits > 0 && part === 0)) return -1;
    part = part * 10 + digit;
    if (part > 255) return -1;
    digits += 1;
  }
  return dots === 3 && digits > 0 ? result * 256 + part : -1;
}

/** Bytes that an address takes of its attribute, which is of one length for both. */
export const addressBytes = { ipv4: 4, ipv6: addressLength } as const;

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

function noAddress(address: string): CausewayError {
  return new CausewayError({
    code: 'invalid',
    operation: 'encode IPVS address',
    subject: address,
    message: 'is no IP address',
  });
}
