/** What an agent says to its coordinator. */
import type { DirectorMember, RealServerMember } from './member.ts';
import type { ApplicationReport, DestinationReport, LoadReport, PathReport } from './report.ts';

/** Who is calling, and what it has applied; a coordinator that wants just that sends nothing. */
export type AgentHello = (DirectorMember | Omit<RealServerMember, 'probeSlot'>) & {
  /** 0: none yet. */
  readonly appliedVersion: number;
  readonly appliedChecksum: string;
  /** The store's revision that it was made from; absent or 0: it does not say. */
  readonly appliedRevision?: number;
  readonly programVersion: string;
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
