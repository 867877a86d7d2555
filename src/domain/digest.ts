/** What is observed at one site, as a value that travels between coordinators. */
import type { ExaminationReport } from './finding.ts';
import type {
  ApplicationReport,
  ChoiceReport,
  DestinationReport,
  LatencyEntry,
  LoadReport,
  PathReport,
} from './report.ts';
import type { ReturnPathReport } from './return-path.ts';
import type { AgentRole } from './role.ts';

/** What coordinators tell each other of an agent, beside what it measures. */
export interface AgentStanding {
  readonly role: AgentRole;
  readonly name: string;
  readonly isConnected: boolean;
  /** Milliseconds since the epoch; 0: never. */
  readonly lastSeenMs: number;
  /** How old its report was when the digest was taken; undefined: it has not reported. */
  readonly reportAgeMs: number | undefined;
  /** Of the snapshot that it should have; undefined: it has not connected. */
  readonly wantedVersion: number | undefined;
  readonly applied: { readonly version: number; readonly checksum: string; readonly revision?: number };
  readonly refusal: string;
  readonly troubles: readonly string[];
  readonly held: string;
  readonly fault?: string;
  readonly idleVips?: readonly string[];
  readonly choices?: readonly ChoiceReport[];
  readonly returnPaths?: readonly ReturnPathReport[];
  /** What it found on its host; absent: it has not said. */
  readonly examination?: ExaminationReport;
}

/** What one director measured to one real server over one window. */
export interface RttSample extends LatencyEntry {
  /** Probes answered. */
  readonly answered: number;
}

/** Of a part of a site's agents, or all: digests of parts, merged, are the digest of all. */
export interface SiteDigest {
  /** Who took it. */
  readonly coordinator: string;
  readonly site: string;
  /** Milliseconds since the epoch by the clock of whoever took it: no other clock is compared with it. */
  readonly takenAtMs: number;
  /** Up to this revision of the store, agents there have been told all that it wants of them. */
  readonly publishedRevision: number;
  readonly agents: readonly AgentStanding[];
  /** What clients bring, as each director's kernel counts it. */
  readonly demands: readonly {
    readonly director: string;
    readonly destinations: readonly DestinationReport[];
  }[];
  /** What real servers say of themselves. */
  readonly servers: readonly {
    readonly realServer: string;
    readonly applications: readonly ApplicationReport[];
    readonly load: LoadReport | undefined;
  }[];
  /** How each director sees its ways. */
  readonly paths: readonly { readonly director: string; readonly paths: readonly PathReport[] }[];
  readonly rtt: readonly RttSample[];
  /** What that coordinator itself hears of return paths, of whatever site; absent: what it told before stands. */
  readonly collected?: readonly ReturnPathReport[];
}
