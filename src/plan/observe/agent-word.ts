/** What is known of one agent, wherever it is connected: what plans and status are made from. */
import type { AgentReport } from '../../domain/agent-message.ts';
import type { AgentRole } from '../../domain/role.ts';

export interface AgentWord {
  readonly role: AgentRole;
  readonly name: string;
  readonly isConnected: boolean;
  readonly report: AgentReport;
  /** When its last report came, monotonic ms of whoever reads; −∞: never. */
  readonly reportedAtMs: number;
  /** Milliseconds since the epoch; 0: never. */
  readonly lastSeenMs: number;
  /** What it should have; undefined until it connects for the first time. */
  readonly wanted: { readonly version: number } | undefined;
  /** `revision`: the latest of the store's that is known to want just what it has; 0: not known. */
  readonly applied: { readonly version: number; readonly checksum: string; readonly revision?: number };
  /** Why it did not apply what is wanted; empty when all is well or nothing was heard yet. */
  readonly refusal: string;
}

/** What a collector of return paths hears, by its name. */
export interface ReturnPathWord {
  readonly name: string;
  readonly report: Pick<AgentReport, 'returnPaths'>;
}

export interface AgentWords {
  find(role: AgentRole, name: string): AgentWord | undefined;
  /** Of one role, or all. */
  connected(role?: AgentRole): readonly AgentWord[];
  /** Of coordinators that are collectors themselves, lately; absent: of none. */
  collected?(): readonly ReturnPathWord[];
}
