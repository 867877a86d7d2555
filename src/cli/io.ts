/** All that the commands need of the world, so that tests can be the world. */

import type {
  ChangeResult,
  DenyResult,
  HistoryAnswer,
  HistoryQuestion,
  PlanResult,
  ProbeKeyRotation,
  RemoveResult,
  RollbackPlan,
  RollbackResult,
} from '../api/handlers.ts';
import type { TlsMaterial } from '../api/tls-files.ts';
import type { Clock } from '../domain/clock.ts';
import type { Denial } from '../domain/denial.ts';
import type { HostExamination } from '../domain/host-examination.ts';
import type { WhatIfAnswer, WhatIfChange, WhyAnswer, WhyQuestion } from '../domain/question.ts';
import type { RemovableId, Resource, ResourceId, ResourceKind } from '../domain/resource.ts';
import type { ChangeTerms, RevisionChange } from '../domain/revision.ts';
import type { Status } from '../domain/status.ts';
import type { ExaminationRequest } from './doctor-host.ts';

/** The coordinator, as the commands see it. Each call has a deadline and throws `CausewayError`. */
export interface Admin {
  /** Writes all, or, when there are problems, nothing. Throws `conflict` and `refused` as its terms want. */
  apply(
    resources: readonly Resource[],
    options: ChangeTerms & { readonly force: boolean; readonly strict?: boolean },
  ): Promise<ChangeResult>;
  /** Throws `not-found` where there is none. */
  get(id: ResourceId): Promise<Resource>;
  list(kind?: ResourceKind): Promise<{ readonly resources: readonly Resource[] }>;
  /** All or none. Throws `not-found` where there is none, `refused` where one is in use; as `apply`. */
  remove(
    ids: readonly RemovableId[],
    options?: ChangeTerms & { readonly force?: boolean; readonly absentAllowed?: boolean },
  ): Promise<RemoveResult>;
  /** Throws `not-found` for a revision that is not kept; as `apply`. */
  rollback(to: number, options: ChangeTerms & { readonly force: boolean }): Promise<RollbackResult>;
  planRollback(to: number): Promise<RollbackPlan>;
  history(question: HistoryQuestion): Promise<HistoryAnswer>;
  /** Undefined is now. Throws `not-found` for a revision that is not kept. */
  difference(from: number | undefined, to: number | undefined): Promise<readonly RevisionChange[]>;
  /** A summary tells only what needs attention of paths and applications, and nothing of destinations. */
  status(options?: { readonly isSummary?: boolean; readonly withExaminations?: boolean }): Promise<Status>;
  backup(): Promise<string>;
  /** All that there are then. Throws `invalid` where the CA has not signed one. */
  deny(denials: readonly Denial[]): Promise<DenyResult>;
  rotateProbeKeys(): Promise<ProbeKeyRotation>;
  plan(resources: readonly Resource[], options?: { readonly strict?: boolean }): Promise<PlanResult>;
  /** What removing these would cause. Throws `not-found`. */
  planRemoval(ids: readonly RemovableId[]): Promise<PlanResult>;
  /** Throws `not-found` with the alternatives, `unavailable` before the first plan. */
  explain(question: WhyQuestion): Promise<WhyAnswer>;
  /** As `explain`. Of one service, or of all. */
  whatIf(changes: readonly WhatIfChange[], service?: string): Promise<WhatIfAnswer>;
  close(): void;
}

export interface CliIo {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `tls` undefined: plaintext. */
  readonly connect: (options: {
    readonly address: string;
    readonly timeoutMs: number;
    readonly tls: TlsMaterial | undefined;
  }) => Admin;
  /** Text of a file; throws an error with a `code` where it can't. `-` is standard input. */
  readonly readFile: (path: string) => string;
  /** Replaces a file, or makes it, readable by its owner alone; durable when it resolves. */
  readonly writeFile: (path: string, text: string) => Promise<void>;
  readonly exists: (path: string) => boolean;
  /** Names in a directory; undefined where `path` is none. */
  readonly readDirectory: (path: string) => readonly string[] | undefined;
  readonly clock: Clock;
  /** Looks at the host that this runs on; changes nothing. Throws where there is no netlink. */
  readonly examine: (request: ExaminationRequest) => Promise<HostExamination>;
  /** Standard output is a terminal: it may be redrawn. */
  readonly terminal: boolean;
  /** For what goes on until the user interrupts it, such as `status --watch`; called once. */
  readonly interruption: () => AbortSignal;
}
