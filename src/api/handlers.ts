/** What a server of the API needs behind it, in the domain's words. Handlers throw a CausewayError to refuse. */
import type { AgentHello, AgentReport } from '../domain/agent-message.ts';
import type { Caller } from '../domain/caller.ts';
import type { Denial } from '../domain/denial.ts';
import type { SiteDigest } from '../domain/digest.ts';
import type { CausewayError } from '../domain/error.ts';
import type { WhatIfAnswer, WhatIfChange, WhyAnswer, WhyQuestion } from '../domain/question.ts';
import type { Problem, RemovableId, Resource, ResourceId, ResourceKind } from '../domain/resource.ts';
import type { ChangeTerms, Revision, RevisionChange } from '../domain/revision.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import type { AgentPlan, Status } from '../domain/status.ts';
import type { CertificateFacts } from '../pki/certificate.ts';
import type { Called } from './called.ts';
import type { Manifest } from './manifest.ts';

/** `over`: an order whose time has passed, with which nothing is done. */
export const outcomes = ['created', 'changed', 'unchanged', 'over'] as const;
export type Outcome = (typeof outcomes)[number];

export interface ChangeResult {
  /** Empty: all is stored. */
  readonly problems: readonly Problem[];
  /** What is not there yet, and may still come; absent: nothing. */
  readonly warnings?: readonly Problem[];
  readonly revision: number;
  /** One for each resource, in their order. */
  readonly outcomes: readonly Outcome[];
  /** Of the revision of the history; absent: nothing was changed, so that there is none. */
  readonly number?: number;
  /** With it, what was changed; for who listens here, the caller is not told. */
  readonly changes?: readonly RevisionChange[];
}

export interface RemoveResult extends Pick<ChangeResult, 'number' | 'changes'> {
  /** One for each, in their order. */
  readonly outcomes: readonly RemoveOutcome[];
  /** Of the store. */
  readonly revision: number;
}

export const removeOutcomes = ['deleted', 'absent'] as const;
export type RemoveOutcome = (typeof removeOutcomes)[number];

/** With what had to be changed for it. */
export interface RollbackResult extends ChangeResult {
  readonly resources: readonly ResourceId[];
  readonly removals: readonly RemovableId[];
  /** What was changed since, and stays all the same. */
  readonly leftAlone: readonly RemovableId[];
}

/** `over`: nothing that it could be about is good any more. */
export const denyOutcomes = ['added', 'known', 'over'] as const;
export type DenyOutcome = (typeof denyOutcomes)[number];

export interface ProbeKeyRotation {
  /** False: another one is under way already, and this is what is known of it. */
  readonly isBegun: boolean;
  /** Of the new secret. */
  readonly epoch: number;
  /** Since the epoch: directors ask with it from then on, when all real servers have learnt of it. */
  readonly usedFromMs: number;
}

export interface DenyResult {
  /** One for each, in their order. */
  readonly outcomes: readonly DenyOutcome[];
  /** All that there are now. */
  readonly denials: readonly Denial[];
}

export interface HistoryQuestion {
  /** How many at most, the newest first. */
  readonly limit: number;
  /** Of this resource alone. */
  readonly of?: RemovableId | undefined;
}

export interface HistoryAnswer {
  /** Newest first. Of very many resources only the first are named. */
  readonly revisions: readonly (Revision & { readonly touchedCount: number })[];
  /** What is kept; 0: nothing. */
  readonly oldest: number;
  readonly newest: number;
}

export interface PlanResult {
  readonly problems: readonly Problem[];
  /** As of an apply. */
  readonly warnings?: readonly Problem[];
  /** As of an apply; absent or none for removals. */
  readonly outcomes?: readonly Outcome[];
  readonly agents: readonly AgentPlan[];
  /** Why it would be refused all the same: for who asks, or but for terms that say it is meant; absent: it would not. */
  readonly refusal?: string;
}

export interface RollbackPlan
  extends PlanResult,
    Pick<RollbackResult, 'resources' | 'removals' | 'leftAlone'> {}

export type ResourceEvent =
  | { readonly type: 'put'; readonly resource: Resource; readonly revision: number }
  /** Only kind and name of the resource are known to be meant. */
  | { readonly type: 'delete'; readonly resource: ResourceId; readonly revision: number }
  /** The present state is complete. */
  | { readonly type: 'synced'; readonly revision: number };

/** By whom something is asked. */
export interface Calling {
  readonly caller: Caller;
}

/** What takes long is made in slices, and given up when whoever asked has gone or waits no longer. */
export interface Asking extends Calling {
  readonly signal?: AbortSignal | undefined;
}

export interface AdminHandlers {
  apply(
    resources: readonly Resource[],
    options: Calling & ChangeTerms & { readonly force: boolean; readonly strict?: boolean },
  ): Promise<ChangeResult>;
  get(id: ResourceId, call: Calling): Promise<Resource>;
  list(
    kind: ResourceKind | undefined,
    call: Calling,
  ): Promise<{ readonly resources: readonly Resource[]; readonly revision: number }>;
  /** All of them or none; of those that are absent already nothing goes, where that is allowed. */
  remove(
    ids: readonly RemovableId[],
    options: Calling & ChangeTerms & { readonly force?: boolean; readonly absentAllowed?: boolean },
  ): Promise<RemoveResult>;
  /** Everything but overrides as it was after that revision; 0: before the first. */
  rollback(to: number, options: Calling & ChangeTerms & { readonly force: boolean }): Promise<RollbackResult>;
  planRollback(to: number, options: Asking): Promise<RollbackPlan>;
  history(question: HistoryQuestion, call: Calling): Promise<HistoryAnswer>;
  /** Between how it was after these revisions; undefined: how it is now. */
  difference(
    from: number | undefined,
    to: number | undefined,
    call: Calling,
  ): Promise<readonly RevisionChange[]>;
  /** Adds these to the certificates that nobody is to believe any more. `invalid` where the CA has not signed one of them. */
  deny(denials: readonly Denial[], call: Calling): Promise<DenyResult>;
  /** Begins another secret of the probes now. */
  rotateProbeKeys(call: Calling): Promise<ProbeKeyRotation>;
  /** The whole store as one text. */
  backup(call: Calling): Promise<string>;
  status(
    options: Asking & { readonly isSummary?: boolean; readonly withExaminations?: boolean },
  ): Promise<Status>;
  plan(resources: readonly Resource[], options: Asking & { readonly strict?: boolean }): Promise<PlanResult>;
  /** What removing these would cause. */
  planRemoval(ids: readonly RemovableId[], options: Asking): Promise<PlanResult>;
  explain(question: WhyQuestion, call: Calling): Promise<WhyAnswer>;
  /** Of one service, or of all. */
  whatIf(
    changes: readonly WhatIfChange[],
    service: string | undefined,
    options: Asking,
  ): Promise<WhatIfAnswer>;
  watch(
    kind: ResourceKind | undefined,
    options: Calling & { readonly signal: AbortSignal },
  ): AsyncIterable<ResourceEvent>;
}

/** The coordinator's end of one agent's stream. */
export interface AgentStream {
  /** Host and port it called from. */
  readonly peer: string;
  /**
   * The newest snapshot wins: one not yet written when the next comes is never sent. Never blocks. To an agent that takes sections
   * with its manifest, whose checksum it then has.
   */
  send(snapshot: Snapshot, manifest?: Manifest): void;
  /** It has just this: what is sent next is told as changes of it. */
  holds(manifest: Manifest): void;
  /** These are all coordinators that there are now, by `host:port`; absent: it can't be told. */
  names?(coordinators: readonly string[]): void;
  /** It has ended: nobody waits to be served on it any more; absent: it can't be told. */
  isOver?(): boolean;
  /** Ends the stream; with an error, for that reason. */
  close(reason?: CausewayError): void;
}

/** What the coordinator hears from one agent after its hello. */
export interface AgentSession {
  /** `host:port` of all coordinators that there are; absent: the agent is told none. */
  readonly coordinators?: readonly string[];
  /** What the agent has, where that is known: it says the same checksum. */
  readonly held?: Manifest | undefined;
  /** Of this coordinator as the owner of the agent's site; absent or 0: none. */
  readonly epoch?: number;
  /** What has not changed since the one before is the same value. */
  report(report: AgentReport): void;
  /** `held`: what it now has, where that is known. */
  acknowledge(version: number, held?: Manifest): void;
  refuse(version: number, reason: string): void;
  /** The stream is over. Called once, last. */
  closed(): void;
}

export interface AgentHandlers {
  /** Registers the caller. A throw refuses it. */
  connect(hello: AgentHello, stream: AgentStream, call: Calling): Promise<AgentSession>;
}

export interface RenewalHandlers {
  /**
   * The next certificate of who calls with this one, for the key of a request (PKCS #10, DER): in PEM, the issuer's behind it. A throw refuses
   * it.
   */
  renew(request: Uint8Array, call: Calling & { readonly certificate: CertificateFacts }): Promise<string>;
}

export interface PeerHandlers {
  /**
   * All that is known of the agents that are connected here, then each site anew as it changes; with `once`, only the first. `asker`: its
   * name, as it says.
   */
  observe(
    asker: string,
    options: Calling & { readonly once: boolean; readonly signal: AbortSignal },
  ): AsyncIterable<SiteDigest>;
}

export interface Handlers {
  readonly admin: AdminHandlers;
  readonly agents: AgentHandlers;
  /** Absent where this coordinator has no issuer. */
  readonly renewals?: RenewalHandlers | undefined;
  /** Absent where one coordinator is all there is. */
  readonly peers?: PeerHandlers | undefined;
  /** Told of each call that failed for no fault of its caller. */
  onInternalError?(operation: string, error: unknown): void;
  /** Told of each call that changes something, or takes away all there is, whatever came of it; never rejects. The answer waits for it. */
  onCalled?(called: Called): Promise<void>;
  /** Told of each connection and call that was refused before it was looked at. */
  onRefused?(refused: Refused): void;
}

/** Somebody who was not let in, or not let do something. */
export interface Refused {
  /** Host, as far as it is known. */
  readonly peer: string;
  /** Who he is; undefined: that is not known. */
  readonly identity?: string | undefined;
  /** Who his certificate says he is, where it is not believed. */
  readonly claimed?: string | undefined;
  /** `Admin.Apply`; undefined: the connection. */
  readonly method?: string | undefined;
  readonly reason: string;
}
