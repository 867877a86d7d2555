/** Numbers and headers that all rtnetlink messages share (linux/rtnetlink.h, linux/if_link.h). */

import type { Family } from '../../domain/address.ts';
import { formatAddress, parseAddress } from '../../domain/address.ts';
import { CausewayError } from '../../domain/error.ts';

export const rtm = {
  newLink: 16,
  deleteLink: 17,
  getLink: 18,
  setLink: 19,
  newAddress: 20,
  deleteAddress: 21,
  getAddress: 22,
  newRoute: 24,
  deleteRoute: 25,
  getRoute: 26,
  newRule: 32,
  deleteRule: 33,
  getRule: 34,
} as const;

/** RT_TABLE_*. */
export const routingTable = { main: 254, local: 255 } as const;

/** RT_SCOPE_*; `nowhere` in a deletion means any. */
export const routeScope = { universe: 0, link: 253, host: 254, nowhere: 255 } as const;

/**
 * RTPROT_KERNEL, for routes and rules of ours: systemd-networkd removes those of every other origin when it starts
 * (ManageForeignRoutes=, ManageForeignRoutingPolicyRules= in networkd.conf(5)).
 */
export const routeProtocolKernel = 2;

/** RTN_*. */
export const routeType = { unicast: 1, local: 2 } as const;

export const addressFamily = { any: 0, ipv4: 2, ipv6: 10 } as const;

export function familyOfNumber(number: number | undefined): Family | undefined {
  if (number === addressFamily.ipv4) return 'ipv4';
  return number === addressFamily.ipv6 ? 'ipv6' : undefined;
}

export interface Prefix {
  readonly bytes: Uint8Array;
  readonly length: number;
}

/** `192.0.2.10/32`, or `default`. Throws `invalid` where the text is neither, or of another family. */
export function parsePrefix(text: string, family: Family): Prefix {
  const size = family === 'ipv4' ? 4 : 16;
  if (text === 'default') return { bytes: new Uint8Array(size), length: 0 };
  const [address = '', lengthText = '', ...rest] = text.split('/');
  const bytes = parseAddress(address);
  const length = /^\d{1,3}$/.test(lengthText) ? Number(lengthText) : Number.NaN;
  if (bytes?.length !== size || !(length <= size * 8) || rest.length > 0) throw notOf(family, 'prefix', text);
  return { bytes, length };
}

export function formatPrefix(bytes: Uint8Array, length: number): string {
  return `${formatAddress(bytes)}/${length}`;
}

/** The bytes of an address of that family. Throws `invalid` where the text is none. */
export function addressBytes(text: string, family: Family): Uint8Array {
  const bytes = parseAddress(text);
  if (bytes?.length !== (family === 'ipv4' ? 4 : 16)) throw notOf(family, 'address', text);
  return bytes;
}

function notOf(family: Family, noun: string, text: string): CausewayError {
  const name = family === 'ipv4' ? 'IPv4' : 'IPv6';
  return new CausewayError({
    code: 'invalid',
    operation: 'encode',
    subject: text,
    message: `this is no ${name} ${noun}`,
  });
}
