/** Rules of others that may drop what comes in (nftables, legacy iptables), as much of them as can be judged. */

export type FilterField =
  | 'protocol'
  | 'incoming'
  | 'source'
  | 'destination'
  | 'destinationPort'
  | 'state'
  /** `yes`: of a TCP segment that begins a connection; `no`: of any other. */
  | 'syn'
  | 'outgoing'
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
  /** Among what is asked is whether a reply would leave by the device that the packet came in by. */
  readonly asksReversePath?: true;
}

/** Where packets meet a chain; absent: where they come in. */
export type FilterPoint = 'output' | 'forward';

export interface FilterChain {
  readonly family: 'ip' | 'ip6' | 'inet';
  readonly table: string;
  readonly name: string;
  /** Of a chain that the kernel itself begins with; absent of one that others jump to. */
  readonly hook?: {
    readonly priority: number;
    readonly policy: 'accept' | 'drop';
    readonly point?: FilterPoint;
  };
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

/** A packet that must pass: the first of its connection, where nothing else is said. */
export interface ExpectedPacket {
  readonly family: 'ipv4' | 'ipv6';
  /** IP protocol. */
  readonly protocol: number;
  readonly point?: FilterPoint;
  /** Device; absent: any. */
  readonly incoming?: string;
  /** Absent: anybody's. */
  readonly source?: string;
  /** Absent: anybody. */
  readonly destination?: string;
  readonly destinationPort?: number;
  /** As connection tracking has it; absent: `new`. */
  readonly state?: 'established' | 'invalid';
  /** Of TCP: a later segment than the first. */
  readonly syn?: 'no';
}
