/** What the weights of one service are decided from, for the directors of one site. */
import type { Scheduler } from '../../domain/ipvs-table.ts';
import type { AppVerdict } from '../../domain/probe.ts';

/** How much of the director site's demand goes to one site; decided elsewhere. */
export interface SiteFlow {
  readonly site: string;
  /** Integer, in thousandths of a concurrent connection. */
  readonly milliConnections: number;
}

export interface WeighedRealServer {
  readonly name: string;
  readonly site: string;
  /** Integer, in thousandths of a concurrent connection. */
  readonly capacityMilliConnections: number;
  /** 0..1000; 1000 is fully warm. */
  readonly slowStartPerMille: number;
  /** 0..1000; 1000 is not held down. */
  readonly holdDownPerMille: number;
  /** `unhealthy` is confirmed. What is not confirmed counts as healthy: the director's own probe is the second judge. */
  readonly health: AppVerdict;
  readonly isDrained: boolean;
  readonly isEligible: boolean;
}

export interface WeightInput {
  readonly directorSite: string;
  readonly service: string;
  readonly scheduler: Scheduler;
  readonly flows: readonly SiteFlow[];
  readonly realServers: readonly WeighedRealServer[];
  /** Weights that were applied last, by real server; absent at first. */
  readonly previous?: ReadonlyMap<string, number> | undefined;
  /** At this site; absent or 0 where nobody knows it. */
  readonly newConnectionsPerSecond?: number | undefined;
  /** No director of this site is heard: what they were told last stays. Absent: one is. */
  readonly isSilent?: boolean;
  /** A write must not be suppressed. */
  readonly safety: boolean;
  /** Rather a confirmed-unhealthy real server than none. Never a drained or an ineligible one. */
  readonly failOpen: boolean;
  /** Real servers that a site keeps at least where its share rounds away everywhere; 1 unless given. */
  readonly apertureSize?: number;
}
