/** What a server of the API needs behind it, in the domain's words. Handlers throw a CausewayError to refuse. */
import type { AgentHello, AgentReport } from '../domain/agent-message.ts';
import type { Caller } from '../domain/caller.ts';
import type { SiteDigest } from '../domain/digest.ts';
import type { CausewayError } from '../domain/error.ts';
import type { WhatIfAnswer, WhatIfChange, WhyAnswer, WhyQuestion } from '../domain/question.ts';
import type { Problem, Resource, ResourceId, ResourceKind } from '../domain/resource.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import type { AgentPlan, Status } from '../domain/status.ts';

/** `over`: an order whose time has passed, with which nothing is done. */
export const outcomes = ['created', 'changed', 'unchanged', 'over'] as const;
export type Outcome = (typeof outcomes)[number];

export interface ApplyResult {
  /** Empty: all is stored. */
  readonly problems: readonly Problem[];
  /** What is not there yet, and may still come; absent: nothing. */
  readonly warnings?: readonly Problem[];
  readonly revision: number;
  /** One for each resource, in their order. */
  readonly outcomes: readonly Outcome[];
}

export interface PlanResult {
  readonly problems: readonly Problem[];
  /** As of an apply. */
  readonly warnings?: readonly Problem[];
  /** As of an apply; absent or none for removals. */
  readonly outcomes?: readonly Outcome[];
  readonly agents: readonly AgentPlan[];
}

/** Kinds that can be deleted: those declared, and directors that are gone for good. */
export type RemovableKind = ResourceKind | 'Director';

export interface RemovableId {
  readonly kind: RemovableKind;
  readonly name: string;
}

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
    options: Calling & { readonly force: boolean; readonly strict?: boolean },
  ): Promise<ApplyResult>;
  get(id: ResourceId, call: Calling): Promise<Resource>;
  list(
    kind: ResourceKind | undefined,
    call: Calling,
  ): Promise<{ readonly resources: readonly Resource[]; readonly revision: number }>;
  remove(
    id: RemovableId,
    options: Calling & { readonly force?: boolean },
  ): Promise<{ readonly revision: number }>;
  /** The whole store as one text. */
  backup(call: Calling): Promise<string>;
  status(options: Asking & { readonly isSummary?: boolean }): Promise<Status>;
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
  /** The newest snapshot wins: one not yet written when the next comes is never sent. Never blocks. */
  send(snapshot: Snapshot): void;
  /** Ends the stream; with an error, for that reason. */
  close(reason?: CausewayError): void;
}

/** What the coordinator hears from one agent after its hello. */
export interface AgentSession {
  report(report: AgentReport): void;
  acknowledge(version: number): void;
  refuse(version: number, reason: string): void;
  /** The stream is over. Called once, last. */
  closed(): void;
}

export interface AgentHandlers {
  /** Registers the caller. A throw refuses it. */
  connect(hello: AgentHello, stream: AgentStream, call: Calling): Promise<AgentSession>;
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
  /** Absent where one coordinator is all there is. */
  readonly peers?: PeerHandlers | undefined;
  /** Told of each call that failed for no fault of its caller. */
  onInternalError?(operation: string, error: unknown): void;
}
