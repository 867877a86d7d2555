/** What a leader leaves to the next one, beside the flows: plain values, times since the epoch. */

/** Weights that the directors of a site were to have for a service. */
export interface SiteWeights {
  readonly service: string;
  readonly site: string;
  /** By real server. */
  readonly weights: Readonly<Record<string, number>>;
}

/** How a site stood with a service of which several sites claim the VIPs. Declared capacities. */
export interface KeptClaim {
  readonly site: string;
  readonly isWithdrawn: boolean;
  /** Absent: it never changed. */
  readonly changedAtMs?: number;
  readonly reachableConnections: number;
  readonly usableConnections: number;
}

export interface KeptMemory {
  /** How many ticks of late were leaps, by service. */
  readonly leaps: Readonly<Record<string, number>>;
  /** Names of the overrides that were in force. */
  readonly orders: readonly string[];
  /** By service. */
  readonly claims: Readonly<Record<string, readonly KeptClaim[]>>;
  /** By site of directors: names of the real servers to which all ways were down. */
  readonly cutOff: Readonly<Record<string, readonly string[]>>;
}
