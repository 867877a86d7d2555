/** What the kernel's IPVS table holds, and every operation that changes it. */
import type { Family } from './address.ts';
import type { Thresholds } from './tuning.ts';
import type { TunnelType } from './tunnel.ts';

export const protocols = ['tcp', 'udp', 'sctp'] as const;
export type Protocol = (typeof protocols)[number];
export type Forwarding = 'tunnel' | 'direct' | 'masquerade';

/** `fallback`: pass over weight-0 destinations, which it would drop; `port`: hash the port too. */
export interface SchedulerFlags {
  readonly fallback: boolean;
  readonly port: boolean;
}

interface SchedulerFacts {
  /** What the largest share of a service gets; smaller ones by proportion. */
  readonly largestWeight: number;
  /** Weights are divided by their gcd, which must stay 1: one that came and went would move 30 % of its table. */
  readonly dividesByGcd: boolean;
  /** As it is used where nobody says otherwise; undefined where the kernel heeds none. */
  readonly flags: SchedulerFlags | undefined;
  /** A write of a weight sends it back to the head of its list; the others choose anew for each connection. */
  readonly beginsAnew: boolean;
  /** It compares connections, and so floods an empty server whatever its weight. */
  readonly comparesConnections: boolean;
  /** Whom its hash leads to weight 0 it refuses, and no flag has it look further. */
  readonly refusesAtZero: boolean;
}

const plain: SchedulerFacts = {
  largestWeight: 100,
  dividesByGcd: false,
  flags: undefined,
  beginsAnew: false,
  comparesConnections: false,
  refusesAtZero: false,
};

// They compare connections per weight, so they want a fine scale.
const comparing: SchedulerFacts = { ...plain, largestWeight: 1_000, comparesConnections: true };

/** Every scheduler that Causeway offers: all that the kernel has. */
export const schedulerFacts = {
  rr: plain,
  wrr: { ...plain, beginsAnew: true },
  wlc: comparing,
  sed: comparing,
  sh: { ...plain, flags: { fallback: true, port: false } },
  // ip_vs_mh.c keeps 6 bits of weight/gcd (IP_VS_MH_TAB_BITS / 2), so 63 levels; 61 is prime, so that the gcd of weights of
  // which one is 61 can only be 1 or, when all are equal, 61.
  mh: { ...plain, largestWeight: 61, dividesByGcd: true, flags: { fallback: true, port: true } },
  // Of weights it looks at 0 alone.
  lc: { ...plain, comparesConnections: true },
  nq: comparing,
  // By the destination's address, which is one VIP: all its clients meet at one real server, until that is overloaded.
  lblc: comparing,
  lblcr: comparing,
  // The same, whatever the load; it has no flags (ip_vs_dh.c).
  dh: { ...plain, refusesAtZero: true },
  // The heaviest has all.
  fo: plain,
  // A weight is so many active connections, beyond which the next heaviest has them.
  ovf: { ...plain, largestWeight: 1_000 },
  // Two drawn by weight, and of them the one with fewer connections per weight; since Linux 5.12.
  twos: comparing,
} as const satisfies Readonly<Record<string, SchedulerFacts>>;

export type Scheduler = keyof typeof schedulerFacts;

/** They choose by a hash of the client, so that two directors can choose alike. */
export const hashing: ReadonlySet<Scheduler> = new Set(['mh', 'sh']);

/** Those that directors of 0.1.0 know: they refuse a snapshot with any other. */
export const firstSchedulers: ReadonlySet<Scheduler> = new Set(['rr', 'wrr', 'wlc', 'sed', 'sh', 'mh']);

const noFlags: SchedulerFlags = Object.freeze({ fallback: false, port: false });

/** Its flags where nobody says otherwise. */
export function ownFlags(scheduler: Scheduler): SchedulerFlags {
  return schedulerFacts[scheduler].flags ?? noFlags;
}
export const schedulers = Object.keys(schedulerFacts) as [Scheduler, ...Scheduler[]];

/**
 * A virtual service is known by its address, protocol and port, or by the firewall mark of its packets. `what` says to people which
 * packets bear the mark; the kernel knows nothing of it.
 */
export type VirtualServiceKey =
  | { readonly kind: 'address'; readonly protocol: Protocol; readonly address: string; readonly port: number }
  | { readonly kind: 'mark'; readonly mark: number; readonly family: Family; readonly what?: string };

export interface VirtualService {
  readonly key: VirtualServiceKey;
  /** Kernel name of the scheduler. Foreign services may use one that Causeway does not offer. */
  readonly scheduler: string;
  readonly schedulerFlags: SchedulerFlags;
  /** Seconds a client sticks to its destination; 0 is off. */
  readonly persistenceSeconds: number;
  /** Bits of the network whose clients stick together; absent: each client for itself. Meaningful with persistence. */
  readonly persistencePrefix?: number;
  /** Of UDP each datagram is scheduled anew. */
  readonly onePacket?: true;
}

/** Encapsulation towards a destination; only a type with a UDP port has a checksum flag. */
export interface Tunnel {
  readonly type: TunnelType;
  /** UDP port; 0 for the types without. */
  readonly port: number;
  readonly checksum: boolean;
}

/** What the kernel does where no tunnel's attributes are named. */
export const plainTunnel: Tunnel = Object.freeze({ type: 'ipip', port: 0, checksum: false });

export interface Destination {
  readonly address: string;
  readonly port: number;
  /** 0 is quiesced: running connections go on, new ones go elsewhere. */
  readonly weight: number;
  readonly forwarding: Forwarding;
  /** Meaningful with forwarding `tunnel`. */
  readonly tunnel?: Tunnel;
  /** Absent: none. */
  readonly thresholds?: Thresholds;
}

export interface ServiceEntry {
  readonly service: VirtualService;
  readonly destinations: readonly Destination[];
}

/** Services with their destinations, in the order in which they are programmed. */
export type IpvsTable = readonly ServiceEntry[];

/** Totals since the entry was made. */
export interface Counters {
  readonly connections: number;
  readonly packetsIn: number;
  readonly packetsOut: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

export interface DestinationState extends Destination {
  readonly activeConnections: number;
  readonly inactiveConnections: number;
  readonly persistentConnections: number;
  readonly counters: Counters;
}

/** What a read of the kernel returns: the table, with counters. */
export interface ServiceState {
  readonly service: VirtualService;
  readonly counters: Counters;
  readonly destinations: readonly DestinationState[];
}

export type IpvsOperation =
  | { readonly kind: 'add-service'; readonly service: VirtualService }
  | { readonly kind: 'edit-service'; readonly service: VirtualService; readonly from: VirtualService }
  | { readonly kind: 'delete-service'; readonly key: VirtualServiceKey }
  | { readonly kind: 'add-destination'; readonly key: VirtualServiceKey; readonly destination: Destination }
  | {
      readonly kind: 'edit-destination';
      readonly key: VirtualServiceKey;
      readonly destination: Destination;
      readonly from: Destination;
    }
  | {
      readonly kind: 'delete-destination';
      readonly key: VirtualServiceKey;
      readonly destination: Destination;
    };

/** Stable text of a key: `tcp 192.0.2.10:80`, `udp [2001:db8::1]:53`, `mark 0x43570001 ipv4`. */
export function serviceId(key: VirtualServiceKey): string {
  if (key.kind === 'mark') return `mark 0x${key.mark.toString(16)} ${key.family}`;
  return `${key.protocol} ${endpoint(key.address, key.port)}`;
}

/** The same for people: `mark 0x43812345 ipv4 (192.0.2.10 8000-8100/tcp)`. */
export function serviceName(key: VirtualServiceKey): string {
  return key.kind === 'mark' && key.what !== undefined ? `${serviceId(key)} (${key.what})` : serviceId(key);
}

/** Stable text of a destination within its service: `10.1.0.2:80`. */
export function destinationId(destination: Pick<Destination, 'address' | 'port'>): string {
  return endpoint(destination.address, destination.port);
}

export function endpoint(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
