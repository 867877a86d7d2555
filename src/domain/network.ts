/** A network as people write it: `10.1.0.0/16`, `2001:db8::/32`, or one host. */
import { canonicalAddress, hostPrefixLength, sameNetwork } from './address.ts';

export interface Network {
  readonly address: string;
  readonly prefixLength: number;
}

/** Undefined where the text is none. */
export function parseNetwork(text: string): Network | undefined {
  const [, host = '', length] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const address = canonicalAddress(host);
  if (address === undefined) return undefined;
  const most = hostPrefixLength(address);
  const prefixLength = length === undefined ? most : Number(length);
  return prefixLength > most ? undefined : { address, prefixLength };
}

export function isIn({ address, prefixLength }: Network, other: string): boolean {
  return sameNetwork(address, other, prefixLength);
}
