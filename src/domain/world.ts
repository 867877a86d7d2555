/** Everything that is decided from: what operators declared, who takes part, what was measured. */
import type { LiveCoordinator } from './coordinator.ts';
import type { Handover } from './handover.ts';
import type { IpvsSettings } from './ipvs-settings.ts';
import type { DirectorMember, Member, RealServerMember } from './member.ts';
import type { ProbeKeys, ProbeSettings } from './probe.ts';
import type { LatencyEntry } from './report.ts';
import type { Override, RealServer, Service, Site } from './resource.ts';
import type { ReturnPathRecord } from './return-path.ts';

/** Weights by real server. */
export type RealServerWeights = ReadonlyMap<string, number>;
/** What is decided elsewhere: by service, then by site of directors. */
export type PlannedWeights = ReadonlyMap<string, ReadonlyMap<string, RealServerWeights>>;

/** Why, and since when (ms since the epoch), the VIPs of a service are withdrawn at a site. Declared capacities. */
export interface Withdrawal {
  readonly sinceMs: number;
  readonly reachableConnections: number;
  readonly usableConnections: number;
}
/** By site of directors; only where they are withdrawn. */
export type ServiceWithdrawals = ReadonlyMap<string, Withdrawal>;
/** By service. */
export type Withdrawals = ReadonlyMap<string, ServiceWithdrawals>;

/** A member that takes no part: for everybody else it is as if it were not there. */
export interface LeftOut {
  readonly member: Member;
  /** A sentence without its beginning and end: `its address 127.0.0.1 is …`. */
  readonly reason: string;
}

export interface World {
  readonly sites: readonly Site[];
  readonly services: readonly Service[];
  /** Policies declared for real servers; a real server without one has weight 100 and is not drained. */
  readonly realServerPolicies: readonly RealServer[];
  /** Where a decision is made from it, those in force alone; the store keeps expired ones until they are swept. */
  readonly overrides: readonly Override[];
  readonly directors: readonly DirectorMember[];
  readonly realServers: readonly RealServerMember[];
  /** Those that live; absent: none is known. */
  readonly coordinators?: readonly LiveCoordinator[];
  /** Members of which nothing else in here knows. */
  readonly leftOut?: readonly LeftOut[];
  /** Addresses of the coordinator's own host; absent where nobody has told. */
  readonly ownAddresses?: readonly string[];
  readonly latency: readonly LatencyEntry[];
  /** In no order; absent: nothing is known. */
  readonly returnPaths?: readonly ReturnPathRecord[];
  readonly plannedWeights: PlannedWeights;
  readonly withdrawals: Withdrawals;
  readonly probe: ProbeSettings;
  /** Absent: none is chosen. */
  readonly ipvs?: IpvsSettings;
  /** Absent: all probes are made with the one key of `probe`. */
  readonly probeKeys?: ProbeKeys | undefined;
  /** Changes under way; absent: none. */
  readonly handovers?: readonly Handover[];
  /** Names of services deleted on purpose and not declared again. */
  readonly deletedServices: readonly string[];
}
