/** How IPVS treats a virtual service beyond its scheduler: what Services say of it beside the defaults, carried as one value to the kernel. */
import type { Family } from './address.ts';
import type { SchedulerFlags } from './ipvs-table.ts';

/** Connections of one destination, active and inactive, by each director's own count: above `upper` it gets no new ones until fewer than `lower`. */
export interface Thresholds {
  readonly upper: number;
  /** 0: three quarters of `upper` (ip_vs_dest_totalconns in ip_vs_conn.c). */
  readonly lower: number;
}

/** What is absent is as by default; where nothing is said there is no such value at all. */
export interface ServiceTuning {
  /** Absent: as suits the scheduler. */
  readonly schedulerFlags?: SchedulerFlags;
  /** Clients of one network stick together; bits of it. Absent: each for itself. */
  readonly persistencePrefix?: Readonly<Record<Family, number>>;
  /** Each datagram is scheduled anew. */
  readonly onePacket?: true;
  readonly thresholds?: Thresholds;
}

export const singleClient = { ipv4: 32, ipv6: 128 } as const satisfies Readonly<Record<Family, number>>;

/** The kernel counts connections in signed 32 bits. */
export const thresholdLimit = 0x7fff_ffff;

/** Undefined where all is as by default. */
export function tuningOf(parts: ServiceTuning): ServiceTuning | undefined {
  return Object.keys(parts).length === 0 ? undefined : parts;
}
