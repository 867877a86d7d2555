/** What agents tell the coordinator, and what the coordinator makes of it. */
import type { Protocol } from './ipvs-table.ts';
import type { AppVerdict } from './probe.ts';

export type PathState = 'up' | 'down' | 'gone' | 'unknown';

/** Whether the real server's agent answers datagrams. Absent is news about the agent: the path is the kernel's to tell. */
export type AgentPresence = 'present' | 'absent' | 'unknown';

/**
 * What a TCP handshake through the tunnel proves on this way. `works`: that the kernel there lives. `unanswered`: nothing, for none
 * is completed (filtered, or nobody listens). `proxied`: nothing, for a port known to be closed completes one as well.
 */
export type KnockState = 'works' | 'unanswered' | 'proxied' | 'unknown';

/** A director's view of the way to one real server, over its last window. */
export interface PathReport {
  readonly realServer: string;
  readonly state: PathState;
  readonly sinceMs: number;
  /** Round trip through the tunnel, µs; 0 where nothing was answered. */
  readonly rttP50Us: number;
  readonly rttP90Us: number;
  /** Lost probes in the window, 0..1. */
  readonly loss: number;
  readonly answered: number;
  readonly agent: AgentPresence;
  readonly knock: KnockState;
  /** VIPs that are lost there while others answer; absent where none is. */
  readonly lostVips?: readonly string[];
  /** The largest packet that gets through to it whole, the client's IP header included, as it was measured; absent: it is not known. */
  readonly mtuBytes?: number;
}

/** What one real server carried of one service through this director, over all VIPs and ports, from the kernel's counters. */
export interface DestinationReport {
  readonly service: string;
  readonly realServer: string;
  /** Weight now in the kernel; −1 where the destination is not there. */
  readonly weight: number;
  /** Of UDP all flows that the kernel still remembers: it knows no state of theirs. */
  readonly activeConnections: number;
  /** Since `countedSinceMs`, whatever became of the kernel's entries: while that time stays the same, these only grow. */
  readonly connections: number;
  readonly bytesIn: number;
  /** When counting began, or began anew, ms since the epoch; 0 before. */
  readonly countedSinceMs: number;
  /** What the director makes of its application, by datagram or by knock; absent where it does not tell. */
  readonly verdict?: AppVerdict;
}

/** A port of a service at one of its VIPs that fails its check. */
export interface FailingEnd {
  readonly vip: string;
  readonly port: number;
  readonly protocol: Protocol;
  readonly sinceMs: number;
  /** `connection refused`, `status 503`. */
  readonly reason: string;
}

/** More of them help nobody who reads. */
export const failingEndLimit = 16;

/** Verdict of a real server's own checks of one service: of any of its ports at any of its VIPs. */
export interface ApplicationReport {
  readonly service: string;
  readonly verdict: AppVerdict;
  readonly sinceMs: number;
  /** Why nothing of it is healthy; empty when something is. */
  readonly reason: string;
  /** The first of those that fail, and how many there are; absent where none does, or the program does not tell. */
  readonly failing?: { readonly ends: readonly FailingEnd[]; readonly count: number };
}

/** How loaded a real server is. Undefined is not known, which is never the same as 0. */
export interface LoadReport {
  /** Established TCP connections to the VIPs and ports of its services. */
  readonly connections: number | undefined;
  /** Of the declared capacity; 1 is full. Above 1 it carries more than it was built for. */
  readonly connectionsUtil: number | undefined;
  readonly cpuUtil: number | undefined;
  /** The fullest accept queue of its services. */
  readonly backlogUtil: number | undefined;
}

/** How full a real server is: the fullest of what is known; undefined where nothing is. */
export function utilOf({ connectionsUtil, cpuUtil, backlogUtil }: LoadReport): number | undefined {
  const known = [connectionsUtil, cpuUtil, backlogUtil].filter((util) => util !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}

/** RTT between two sites as the coordinator accepted it; own site included. Pairs nobody measured are absent. */
export interface LatencyEntry {
  readonly from: string;
  readonly to: string;
  readonly p50Us: number;
  readonly p90Us: number;
  readonly loss: number;
}

/** By what a director's kernel chooses by hash for a service. Where two directors say the same, a connection that moves goes on. */
export interface ChoiceReport {
  readonly service: string;
  /** Sum over scheduler, flags, settings, and destinations with their weights. */
  readonly content: string;
  /** Sum over the order in which the kernel has the destinations. */
  readonly order: string;
  /** Since when both are as they are, milliseconds since the epoch by the director's clock. */
  readonly sinceMs: number;
}
