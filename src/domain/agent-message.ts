/** What an agent says to its coordinator. */
import type { ExaminationReport } from './finding.ts';
import type { DirectorMember, RealServerMember } from './member.ts';
import type { ApplicationReport, ChoiceReport, DestinationReport, LoadReport, PathReport } from './report.ts';
import type { ReturnPathReport } from './return-path.ts';

/** Who is calling. */
export type AgentIdentity = (DirectorMember | Omit<RealServerMember, 'probeSlot'>) & {
  readonly programVersion: string;
};

/** Who is calling, and what it has applied; a coordinator that wants just that sends nothing. */
export type AgentHello = AgentIdentity & {
  /** 0: none yet. */
  readonly appliedVersion: number;
  /** Over the hashes of its sections where it takes sections, else over the whole. */
  readonly appliedChecksum: string;
  /** The store's revision that it was made from; absent or 0: it does not say. */
  readonly appliedRevision?: number;
  /** It is sent what has changed; absent: whole snapshots. */
  readonly takesSections?: boolean;
  /** Of one that takes sections: over the whole, for coordinators that know none. */
  readonly wholeChecksum?: string;
  /** The highest of its site's owners that it has heard of; absent or 0: none. */
  readonly epoch?: number;
};

/** A director fills paths and destinations, a real server applications and load. */
export interface AgentReport {
  readonly paths: readonly PathReport[];
  readonly destinations: readonly DestinationReport[];
  readonly applications: readonly ApplicationReport[];
  /** Undefined of a director, and of a real server whose program does not tell it. */
  readonly load: LoadReport | undefined;
  /** What on this host keeps its agent from its work, each a sentence with the remedy. */
  readonly troubles: readonly string[];
  /** Why the agent's kernel or host is not as its snapshot wants it; absent where it is, or the program does not tell. */
  readonly fault?: string;
  /** Why a director holds weights and deletions: it suspects itself. Empty where it does not. */
  readonly held: string;
  /** VIPs of which a director can serve nothing yet, or nothing any more; absent: none, or the program does not tell. */
  readonly idleVips?: readonly string[];
  /** Of a director: of services whose scheduler hashes. Absent: none, or the program does not tell; among changes, as before. */
  readonly choices?: readonly ChoiceReport[];
  /** What a director hears as a collector, by real server; absent: nothing, or it does not collect. */
  readonly returnPaths?: readonly ReturnPathReport[];
  /** What it found on its host; absent: it has not looked yet, or the program does not. Among changes, absent: as before. */
  readonly examination?: ExaminationReport;
}

/** A report that says nothing. */
export const emptyReport: AgentReport = {
  paths: [],
  destinations: [],
  applications: [],
  load: undefined,
  troubles: [],
  held: '',
};
