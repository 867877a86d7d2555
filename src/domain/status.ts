/** What `causeway status` shows. */
import type { Family } from './address.ts';
import type { AgentReport } from './agent-message.ts';
import type { LatencyEntry } from './report.ts';
import type { AgentRole } from './role.ts';

export interface AgentStatus extends Omit<AgentReport, 'idleVips' | 'choices' | 'returnPaths'> {
  readonly role: AgentRole;
  readonly name: string;
  readonly site: string;
  readonly address: string;
  readonly connected: boolean;
  readonly lastSeenMs: number;
  readonly wantedVersion: number;
  readonly appliedVersion: number;
  /** Why the wanted version is not applied; empty when all is well. */
  readonly refusal: string;
  /** How old its last report is, and with it all that it says; absent where there is none. */
  readonly reportAgeMs?: number;
  /** Of a summary: how many more of its paths need attention; absent: none. */
  readonly pathsLeftOut?: number;
}

export interface ServiceStatus {
  readonly name: string;
  readonly vips: readonly string[];
  /** `80/tcp`. */
  readonly ports: readonly string[];
  readonly realServers: number;
  /** Those of which something serves, by words that are not old. */
  readonly healthy: number;
  /** Of the healthy ones: those of which some port or VIP fails. Absent: none. */
  readonly partly?: number;
  /** Those that were well by words older than `lastWordForMs`, and how old the oldest is. Absent: none. */
  readonly old?: { readonly count: number; readonly ageMs: number };
  /** Sites at which its VIPs are withdrawn, by name. */
  readonly withdrawnAt: readonly string[];
  /** How many of its real servers are unsupervised. */
  readonly unsupervised: number;
  /** UDP payload, bytes, that reaches each of its real servers whole, by the family of the VIP; absent: it has no UDP port, or nobody to serve it. */
  readonly udpBytes?: Partial<Record<Family, number>>;
}

/**
 * What is missing at a real server that is reached all the same. `absent`: no agent answers directors, nor is one connected;
 * `unanswering`: it is connected, but answers no director's datagrams; `unconnected`: it answers directors, but is not connected.
 */
export const unsupervisedReasons = ['absent', 'unanswering', 'unconnected'] as const;

/** A real server whose kernel carries on by what was last known of it. */
export interface UnsupervisedServer {
  readonly realServer: string;
  readonly reason: (typeof unsupervisedReasons)[number];
  /** As far back as this coordinator knows. */
  readonly sinceMs: number;
}

export const drainStates = ['draining', 'drained', 'unknown'] as const;

/** A real server, or a director, that somebody ordered drained. */
export interface DrainStatus {
  readonly service: string;
  /** Empty where it is a director. */
  readonly realServer: string;
  readonly director?: string;
  /**
   * Of a real server: some director has it in its table still; none has; or no connected director has said. Of a director: its kernel
   * remembers connections of that service; none; or it is not connected.
   */
  readonly state: (typeof drainStates)[number];
  /** Of all directors: active ones, and of UDP all flows that their kernels still remember. */
  readonly connections: number;
}

export const disagreementSubjects = ['content', 'order'] as const;

/** Directors of a site that would not choose the same real server for a connection, though their scheduler hashes. */
export interface Disagreement {
  readonly service: string;
  readonly site: string;
  /** All of the site that were compared. */
  readonly directors: readonly string[];
  /** `order`: all is the same but for the order in which their kernels have it. */
  readonly about: (typeof disagreementSubjects)[number];
  readonly sinceMs: number;
  /** The first real server of which they have different weights. */
  readonly detail?: string;
}

/**
 * `proved`: what is sent from the VIP was heard at another site; `refuted`: it was not, while who sends it was; `partly`: of some real servers the one, of
 * others the other; `waiting`: they have just begun; `unknown`: nobody hears them, or they do not send.
 */
export const returnPathStates = ['proved', 'partly', 'refuted', 'waiting', 'unknown'] as const;

/** Whether what real servers of a site send from a VIP gets out of it. */
export interface ReturnPathStatus {
  readonly site: string;
  readonly vip: string;
  readonly state: (typeof returnPathStates)[number];
  /** Real servers. */
  readonly proved: number;
  readonly refuted: number;
  readonly unknown: number;
  /** The first of the refuted, and of the directors that hear them, but nothing from the VIP. */
  readonly refutedAt: readonly string[];
  readonly unheardBy: readonly string[];
}

/** A change that hosts make one after the other: the old way serves until all have the new one. */
export interface HandoverStatus {
  readonly kind: 'Site' | 'Service';
  readonly name: string;
  /** `realserver fra-r1`, `director fra-d1`; none: for a real server to come. */
  readonly waitsFor: readonly string[];
  /** None of those is connected and willing: it will not go on by itself. */
  readonly stuck: boolean;
}

/** A coordinator whose agents' words are shown, and how long ago it told them. */
export interface CoordinatorPart {
  readonly coordinator: string;
  readonly site: string;
  readonly ageMs: number;
}

export interface Status {
  /** Absent: all is told by the one that was asked. */
  readonly parts?: readonly CoordinatorPart[];
  readonly revision: number;
  /** Up to this revision of the store, agents have been told all that it wants of them; absent: it does not say. */
  readonly publishedRevision?: number;
  /** Absent: none. */
  readonly handovers?: readonly HandoverStatus[];
  /** Absent: none. */
  readonly disagreements?: readonly Disagreement[];
  readonly coordinator: string;
  readonly startedMs: number;
  /** What keeps the coordinator from its work, each a sentence with the remedy. */
  readonly troubles: readonly string[];
  readonly agents: readonly AgentStatus[];
  readonly services: readonly ServiceStatus[];
  /** By service and real server. */
  readonly drains: readonly DrainStatus[];
  /** By name. */
  readonly unsupervised: readonly UnsupervisedServer[];
  readonly latency: readonly LatencyEntry[];
  /** By site and VIP; absent: it does not say. */
  readonly returnPaths?: readonly ReturnPathStatus[];
  /** Of paths and applications only what needs attention is told, of destinations nothing: so it was asked for, or there are too many. */
  readonly isSummary?: boolean;
}

/** The operations that an apply would cause on one agent, each one line. */
export interface AgentPlan {
  readonly role: AgentRole;
  readonly name: string;
  readonly operations: readonly string[];
  /** Why the agent would refuse it; absent: it would not. */
  readonly refusal?: string;
}
