/** What a leader has learnt of real servers and sites, as it is kept for the next one: plain values, times since the epoch. */

/** A part of it: small, so that a change at one real server of very many is a small write. */
export interface KeptEstimates {
  /** Its name. */
  readonly part: string;
  readonly servers: readonly KeptServer[];
  readonly sites: readonly KeptSite[];
  readonly panics: readonly KeptPanic[];
}

/** Of which something is other than of a real server that was always well and carries what it declares. */
export interface KeptServer {
  readonly name: string;
  /** Measured of what it declares, parts per million; absent: about as much. */
  readonly measuredPpm?: number;
  readonly courses: readonly KeptCourse[];
}

/** How it stood with one service. */
export interface KeptCourse {
  readonly service: string;
  /** `unknown`, `confirmed`: failed, as seen from one vantage point, or from two. */
  readonly state: 'healthy' | 'unknown' | 'confirmed';
  /** Within memory; oldest first. */
  readonly failedAtMs: readonly number[];
  /** When it was well again after the last failure; absent: it is not, or never failed. */
  readonly recoveredAtMs?: number;
  /** When it was first well, or well again; absent: it always was. */
  readonly wellSinceMs?: number;
}

/** A site of real servers that has long said nothing, or has just come back. */
export interface KeptSite {
  readonly site: string;
  readonly newestAtMs: number;
  readonly returnedAtMs?: number;
}

/** A service of which so much failed at once that what is not known counts as healthy. */
export interface KeptPanic {
  readonly service: string;
  readonly sinceMs: number;
  /** Capacity that was healthy before. */
  readonly beforeConnections: number;
}
