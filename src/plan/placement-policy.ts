/** What every placement policy is given and gives: the shape behind which they are interchangeable. */
import type { RealServerMember } from '../domain/member.ts';
import type { LatencyEntry } from '../domain/report.ts';
import type { Service } from '../domain/resource.ts';
import type { SnapshotDestination } from '../domain/snapshot.ts';
import type { RealServerWeights } from '../domain/world.ts';

/** A real server with the policy declared for it. */
export type PlannedRealServer = RealServerMember & {
  /** 0..1000. */
  readonly weight: number;
  readonly drain: boolean;
};

export interface PlacementInput {
  readonly service: Service;
  /** Site of the directors that the placement is for. */
  readonly fromSite: string;
  /** Those that the service selects and the director can reach. */
  readonly realServers: readonly PlannedRealServer[];
  readonly latency: readonly LatencyEntry[];
  /** Decided elsewhere for this service and site; undefined where nothing is known yet. Only `optimal` looks at it. */
  readonly planned?: RealServerWeights | undefined;
}

export type PlacedDestination = Omit<SnapshotDestination, 'drained'>;

export type PlacementPolicyFunction = (input: PlacementInput) => readonly PlacedDestination[];

/** Whether new connections may go to it at all. */
export function isEligible(realServer: PlannedRealServer): boolean {
  return !realServer.drain && realServer.weight > 0;
}

/** Capacity × policy weight. A capacity nobody declared counts as 1: missing is never zero. */
export function strength(realServer: PlannedRealServer): number {
  return Math.max(1, realServer.capacity) * realServer.weight;
}
