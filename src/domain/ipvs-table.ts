/** What the kernel's IPVS table holds, and every operation that changes it. */
import type { Family } from './address.ts';
import type { TunnelType } from './tunnel.ts';

export type Protocol = 'tcp' | 'udp' | 'sctp';
export type Forwarding = 'tunnel' | 'direct' | 'masquerade';
export const schedulers = ['rr', 'wrr', 'wlc', 'sed', 'sh', 'mh'] as const;
export type Scheduler = (typeof schedulers)[number];

/** A virtual service is known by its address, protocol and port, or by the firewall mark of its packets. */
export type VirtualServiceKey =
  | { readonly kind: 'address'; readonly protocol: Protocol; readonly address: string; readonly port: number }
  | { readonly kind: 'mark'; readonly mark: number; readonly family: Family };

export interface VirtualService {
  readonly key: VirtualServiceKey;
  /** Kernel name of the scheduler. Foreign services may use one that Causeway does not offer. */
  readonly scheduler: string;
  /** `fallback`: pass over weight-0 destinations (mh, sh); `port`: hash the port too. */
  readonly schedulerFlags: { readonly fallback: boolean; readonly port: boolean };
  /** Seconds a client sticks to its destination; 0 is off. */
  readonly persistenceSeconds: number;
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

/** Stable text of a destination within its service: `10.1.0.2:80`. */
export function destinationId(destination: Pick<Destination, 'address' | 'port'>): string {
  return endpoint(destination.address, destination.port);
}

export function endpoint(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
