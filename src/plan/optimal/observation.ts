/** What a coordinator has made of its agents' reports: all that the optimal placement is planned from besides the world. */
import type { CapacityState } from '../estimate/capacity.ts';
import type { Demand } from '../estimate/demand.ts';
import type { Standing } from '../estimate/staleness.ts';
import { remembered } from '../remembered.ts';

export interface Observation {
  readonly demands: readonly ObservedDemand[];
  readonly servers: readonly ObservedServer[];
  readonly sites: readonly ObservedSite[];
  /** Active connections by service, from a director's site to a real server's. */
  readonly active: readonly ObservedActive[];
  /** Sites of whose directors none is heard: for them nothing is decided anew. Absent: none. */
  readonly silentSites?: ReadonlySet<string>;
}

/** What the clients of a site's directors want of a service; absent where nothing was ever heard. */
export interface ObservedDemand {
  readonly service: string;
  readonly site: string;
  readonly demand: Demand;
  readonly newPerSecond: number | undefined;
  readonly activeConnections: number;
  readonly ageMs: number;
  /** A leader that has just begun has not heard all directors there: it is more than this. */
  readonly isPart?: boolean;
}

export interface ObservedServer {
  readonly name: string;
  readonly capacity: CapacityState;
  /** By service that it carries. */
  readonly services: readonly ServerService[];
}

export interface ServerService {
  readonly service: string;
  /** Counts as healthy, panic considered. */
  readonly isHealthy: boolean;
  /** Failed from two vantage points, or by its own word. */
  readonly isConfirmedDown: boolean;
  readonly isPanic: boolean;
  /** 0..1000. */
  readonly slowStartPerMille: number;
  readonly holdDownPerMille: number;
}

export interface ObservedSite {
  readonly site: string;
  readonly standing: Standing;
}

export interface ObservedActive {
  readonly service: string;
  readonly from: string;
  readonly to: string;
  readonly connections: number;
}

/** The real servers of an observation by name, which every part of a step asks for. */
export const observedByName = remembered(
  (servers: Observation['servers']): ReadonlyMap<string, ObservedServer> =>
    new Map(servers.map((server) => [server.name, server])),
);
