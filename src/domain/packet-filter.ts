/** Rules of others that may drop what comes in (nftables, legacy iptables), as much of them as can be judged. */

export type FilterField =
  | 'protocol'
  | 'incoming'
  | 'source'
  | 'destination'
  | 'destinationPort'
  | 'state'
  | 'family';

export type FilterValue =
  /** A protocol or port as its number, a device (`eth*` for all that begin so), an address, a state such as `new`, `ipv4` or `ipv6`. */
  | { readonly kind: 'is'; readonly text: string }
  | { readonly kind: 'range'; readonly from: number; readonly to: number }
  | { readonly kind: 'prefix'; readonly address: string; readonly length: number };

export interface FilterMatch {
  readonly field: FilterField;
  /** Any of them. */
  readonly values: readonly FilterValue[];
  readonly isNegated: boolean;
}

export type FilterVerdict =
  | { readonly kind: 'accept' | 'drop' | 'return' }
  | { readonly kind: 'jump' | 'goto'; readonly chain: string };

export interface FilterRule {
  readonly matches: readonly FilterMatch[];
  /** It asks for something else as well, of which nothing is known. */
  readonly isPartlyKnown: boolean;
  readonly verdict: FilterVerdict;
}

export interface FilterChain {
  readonly family: 'ip' | 'ip6' | 'inet';
  readonly table: string;
  readonly name: string;
  /** Of a chain that the kernel itself begins with, for what comes in; absent of one that others jump to. */
  readonly hook?: { readonly priority: number; readonly policy: 'accept' | 'drop' };
  readonly rules: readonly FilterRule[];
  /** Of iptables as it was before nft, whose tables nft does not know: they may bear the same names. */
  readonly legacy?: true;
}

export interface PacketFilters {
  readonly chains: readonly FilterChain[];
  /** Why there may be more rules of nft; absent: these are all. */
  readonly unread?: string;
  /** Likewise of legacy iptables. */
  readonly legacyUnread?: string;
}

/** A packet that must come in: the first of its connection. */
export interface ExpectedPacket {
  readonly family: 'ipv4' | 'ipv6';
  /** IP protocol. */
  readonly protocol: number;
  /** Device; absent: any. */
  readonly incoming?: string;
  /** Absent: anybody's. */
  readonly source?: string;
  readonly destination: string;
  readonly destinationPort?: number;
}
