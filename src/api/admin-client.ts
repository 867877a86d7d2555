/** The admin side of the API, as a program of ours calls it: domain values in and out, each call with a deadline. */
import type {
  CallOptions,
  ClientReadableStream,
  ClientUnaryCall,
  requestCallback,
  ServiceError,
} from '@grpc/grpc-js';
import type { Denial } from '../domain/denial.ts';
import { CausewayError } from '../domain/error.ts';
import type { WhatIfAnswer, WhatIfChange, WhyAnswer, WhyQuestion } from '../domain/question.ts';
import {
  type RemovableId,
  type Resource,
  type ResourceId,
  type ResourceKind,
  resourceId,
} from '../domain/resource.ts';
import type { ChangeTerms, RevisionChange } from '../domain/revision.ts';
import type { Status } from '../domain/status.ts';
import { channelTarget } from './channel.ts';
import { closeClient } from './close-client.ts';
import { changeFromWire, historyFromWire, idFromWire, idToWire, termsToWire } from './convert-history.ts';
import { changeToWire, whatIfFromWire, whyToWire } from './convert-question.ts';
import { kindFromWire, problemFromWire, resourceFromWire, resourceToWire } from './convert-resource.ts';
import { agentPlanFromWire, statusFromWire } from './convert-status.ts';
import { fromStatus, isServiceError } from './errors.ts';
import type { ApplyResponse__Output } from './gen/causeway/v1/ApplyResponse.ts';
import type { BackupResponse__Output } from './gen/causeway/v1/BackupResponse.ts';
import type { DeleteResponse__Output } from './gen/causeway/v1/DeleteResponse.ts';
import type { DenyResponse__Output } from './gen/causeway/v1/DenyResponse.ts';
import type { DiffResponse__Output } from './gen/causeway/v1/DiffResponse.ts';
import type { ExplainResponse__Output } from './gen/causeway/v1/ExplainResponse.ts';
import type { HistoryResponse__Output } from './gen/causeway/v1/HistoryResponse.ts';
import type { ListResponse__Output } from './gen/causeway/v1/ListResponse.ts';
import type { PlanRequest } from './gen/causeway/v1/PlanRequest.ts';
import type { PlanResponse__Output } from './gen/causeway/v1/PlanResponse.ts';
import type { Resource__Output } from './gen/causeway/v1/Resource.ts';
import type { RollbackResponse__Output } from './gen/causeway/v1/RollbackResponse.ts';
import type { RotateProbeKeysResponse__Output } from './gen/causeway/v1/RotateProbeKeysResponse.ts';
import type { StatusResponse__Output } from './gen/causeway/v1/StatusResponse.ts';
import type { WatchEvent__Output } from './gen/causeway/v1/WatchEvent.ts';
import type { WhatIfResponse__Output } from './gen/causeway/v1/WhatIfResponse.ts';
import {
  type ChangeResult,
  type DenyResult,
  denyOutcomes,
  type HistoryAnswer,
  type HistoryQuestion,
  outcomes,
  type PlanResult,
  type ProbeKeyRotation,
  type RemoveResult,
  type ResourceEvent,
  type RollbackPlan,
  type RollbackResult,
  removeOutcomes,
} from './handlers.ts';
import { loadApi } from './proto-services.ts';
import { dialling } from './tls-client.ts';
import type { TlsMaterial } from './tls-files.ts';

export interface AdminClientOptions {
  /** `host:port` of a coordinator. */
  readonly address: string;
  /** Limit of each call; default 10 s. */
  readonly timeoutMs?: number;
  /** Absent: plaintext. */
  readonly tls?: TlsMaterial | undefined;
}

/** Errors of every call: `unavailable` (nobody answers there), `deadline`, and those that the coordinator gives. */
export interface AdminClient {
  /** All or nothing: with problems, nothing is stored. */
  apply(
    resources: readonly Resource[],
    options?: ChangeTerms & { readonly force?: boolean; readonly strict?: boolean },
  ): Promise<ChangeResult>;
  /** `not-found` where there is none. */
  get(id: ResourceId): Promise<Resource>;
  list(kind?: ResourceKind): Promise<{ resources: Resource[]; revision: number }>;
  /** All or none: `not-found`; `refused` with the remedy where one is in use. */
  remove(
    ids: readonly RemovableId[],
    options?: ChangeTerms & { readonly force?: boolean; readonly absentAllowed?: boolean },
  ): Promise<RemoveResult>;
  /** Everything but overrides as it was after that revision. Errors as `difference`, and `refused`. */
  rollback(to: number, options?: ChangeTerms & { readonly force?: boolean }): Promise<RollbackResult>;
  planRollback(to: number): Promise<RollbackPlan>;
  history(question: HistoryQuestion): Promise<HistoryAnswer>;
  /** Between how it was after these; undefined: as it is now. `not-found` where one is not kept. */
  difference(from: number | undefined, to: number | undefined): Promise<readonly RevisionChange[]>;
  /** Of a summary, only what needs attention is told of paths and applications, and nothing of destinations. */
  status(options?: { readonly isSummary?: boolean; readonly withExaminations?: boolean }): Promise<Status>;
  /** Adds to the certificates that nobody is to believe any more; all that there are then. `invalid` where the CA has not signed one. */
  deny(denials: readonly Denial[]): Promise<DenyResult>;
  rotateProbeKeys(): Promise<ProbeKeyRotation>;
  /** The whole store as one text, for `causeway restore`. */
  backup(): Promise<string>;
  /** What an apply would cause. Writes nothing. */
  plan(resources: readonly Resource[], options?: { readonly strict?: boolean }): Promise<PlanResult>;
  /** What deleting these would cause. Writes nothing. Errors as `remove`. */
  planRemoval(ids: readonly RemovableId[]): Promise<PlanResult>;
  /** `not-found` with the alternatives; `unavailable` before the first plan. */
  explain(question: WhyQuestion): Promise<WhyAnswer>;
  /** As `explain`; of one service, or of all. Changes nothing. */
  whatIf(changes: readonly WhatIfChange[], service?: string): Promise<WhatIfAnswer>;
  /** The present state, `synced`, then every change until the signal fires. Rejects when the stream breaks. */
  watch(
    kind: ResourceKind | undefined,
    onEvent: (event: ResourceEvent) => void,
    signal: AbortSignal,
  ): Promise<void>;
  close(): void;
}

const defaultTimeoutMs = 10_000;

type Send<O> = (options: CallOptions, callback: requestCallback<O>) => ClientUnaryCall;

/** Connects with the first call, not before. */
export function connectAdmin({
  address,
  timeoutMs = defaultTimeoutMs,
  tls,
}: AdminClientOptions): AdminClient {
  const { credentials, options, doubt } = dialling(tls);
  const client = new (loadApi().admin)(channelTarget(address), credentials, options);

  function failure(error: ServiceError, operation: string, subject?: string): CausewayError {
    // A coordinator's own `unavailable` comes with its parts; without them it is the transport that speaks.
    const translated = fromStatus(error, operation, subject);
    if (translated.code !== 'unavailable' || translated.operation !== operation) return translated;
    return new CausewayError({
      code: 'unavailable',
      operation,
      ...(subject === undefined ? {} : { subject }),
      message: `no coordinator answers at ${address}: ${doubt() ?? 'is causeway-coordinator running?'}`,
      cause: error,
    });
  }

  function call<O>(send: Send<O>, operation: string, subject?: string): Promise<O> {
    return new Promise((resolve, reject) => {
      send({ deadline: Date.now() + timeoutMs }, (error, response) => {
        if (error !== null) reject(failure(error, operation, subject));
        else if (response !== undefined) resolve(response);
      });
    });
  }

  /** A coordinator older than the history would pass over the condition: `unsupported`. */
  async function requireHistory({ ifRevision }: ChangeTerms): Promise<void> {
    if (ifRevision === undefined) return;
    await call<HistoryResponse__Output>(
      (options, done) => client.history({ limit: 1 }, options, done),
      'read history',
    );
  }

  const askPlan = (request: PlanRequest): Promise<PlanResponse__Output> =>
    call((options, done) => client.plan(request, options, done), 'plan');
  const plan = async (request: PlanRequest): Promise<PlanResult> => planFromWire(await askPlan(request));

  return {
    async apply(resources, { force = false, strict = false, ...terms } = {}) {
      await requireHistory(terms);
      const request = { resources: resources.map(resourceToWire), force, strict, terms: termsToWire(terms) };
      const { revision, number, ...judged } = await call<ApplyResponse__Output>(
        (options, done) => client.apply(request, options, done),
        'apply',
      );
      return { revision, ...numbered(number), ...judgementFromWire(judged) };
    },
    async get({ kind, name }) {
      return resourceFromWire(
        await call<Resource__Output>(
          (options, done) => client.get({ kind, name }, options, done),
          'get',
          `${kind}/${name}`,
        ),
      );
    },
    async list(kind) {
      const { resources, revision } = await call<ListResponse__Output>(
        (options, done) => client.list({ kind: kind ?? '' }, options, done),
        'list',
      );
      return { resources: resources.map(resourceFromWire), revision };
    },
    async remove(ids, { force = false, absentAllowed = false, ...terms } = {}) {
      await requireHistory(terms);
      // By kind and name as well, as coordinators older than the history take it.
      const [one] = ids.length === 1 ? ids.map(idToWire) : [];
      const all = { resources: ids.map(idToWire), absentAllowed, terms: termsToWire(terms) };
      const request = { ...one, ...all, force };
      const { revision, number, outcomes } = await call<DeleteResponse__Output>(
        (options, done) => client.delete(request, options, done),
        'delete',
        ids.map(resourceId).join(', '),
      );
      const known = outcomes.map((word) => removeOutcomes.find((one) => one === word) ?? 'deleted');
      return { revision, ...numbered(number), outcomes: known };
    },
    async rollback(to, { force = false, ...terms } = {}) {
      const request = { to, force, terms: termsToWire(terms) };
      const { revision, number, resources, removals, leftAlone, ...judged } =
        await call<RollbackResponse__Output>(
          (options, done) => client.rollback(request, options, done),
          'rollback',
        );
      return {
        ...{ revision, ...numbered(number), ...judgementFromWire(judged) },
        resources: resources.map(declaredFromWire),
        removals: removals.map(idFromWire),
        leftAlone: leftAlone.map(idFromWire),
      };
    },
    async planRollback(to) {
      const planned = await askPlan({ rollbackTo: to });
      return {
        ...planFromWire(planned),
        resources: planned.rollbackResources.map(declaredFromWire),
        removals: planned.rollbackRemovals.map(idFromWire),
        leftAlone: planned.rollbackLeftAlone.map(idFromWire),
      };
    },
    async history({ limit, of }) {
      const request = { limit: Number.isFinite(limit) ? limit : 0, ...(of === undefined ? {} : { of }) };
      return historyFromWire(
        await call<HistoryResponse__Output>(
          (options, done) => client.history(request, options, done),
          'read history',
        ),
      );
    },
    async difference(from, to) {
      const ends = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
      const { changes } = await call<DiffResponse__Output>(
        (options, done) => client.diff(ends, options, done),
        'compare',
      );
      return changes.map(changeFromWire);
    },
    async status({ isSummary = false, withExaminations = false } = {}) {
      return statusFromWire(
        await call<StatusResponse__Output>(
          (options, done) =>
            client.status({ summary: isSummary, examinations: withExaminations }, options, done),
          'read status',
        ),
      );
    },
    plan: (resources, { strict = false } = {}) => plan({ resources: resources.map(resourceToWire), strict }),
    planRemoval: (ids) => plan({ removals: ids.map(({ kind, name }) => ({ kind, name })) }),
    async deny(denials) {
      const request = { denials: denials.map((one) => ({ ...one })) };
      const answer = await call<DenyResponse__Output>(
        (options, done) => client.deny(request, options, done),
        'deny certificates',
      );
      const known = answer.outcomes.map((word) => denyOutcomes.find((one) => one === word) ?? 'added');
      return { outcomes: known, denials: answer.denials };
    },
    async rotateProbeKeys() {
      const { begun, epoch, usedFromMs } = await call<RotateProbeKeysResponse__Output>(
        (options, done) => client.rotateProbeKeys({}, options, done),
        'rotate probe keys',
      );
      return { isBegun: begun, epoch, usedFromMs };
    },
    backup: async () =>
      (await call<BackupResponse__Output>((options, done) => client.backup({}, options, done), 'back up'))
        .text,
    explain: (question) =>
      call<ExplainResponse__Output>(
        (options, done) => client.explain(whyToWire(question), options, done),
        'explain',
      ),
    async whatIf(changes, service = '') {
      const request = { changes: changes.map(changeToWire), service };
      return whatIfFromWire(
        await call<WhatIfResponse__Output>(
          (options, done) => client.whatIf(request, options, done),
          'suppose',
        ),
      );
    },
    async watch(kind, onEvent, signal) {
      if (signal.aborted) return;
      const stream = client.watch({ kind: kind ?? '' });
      const stop = (): void => stream.cancel();
      signal.addEventListener('abort', stop, { once: true });
      try {
        await readEvents(stream, onEvent);
      } catch (error) {
        if (signal.aborted) return;
        throw isServiceError(error) ? failure(error, 'watch') : error;
      } finally {
        signal.removeEventListener('abort', stop);
        stream.cancel();
      }
    },
    close: () => closeClient(client),
  };
}

async function readEvents(
  stream: ClientReadableStream<WatchEvent__Output>,
  onEvent: (event: ResourceEvent) => void,
): Promise<void> {
  for await (const event of stream as AsyncIterable<WatchEvent__Output>) {
    const { type, resource, revision } = event;
    if (type === 'synced') onEvent({ type, revision });
    else if (resource === null) continue;
    else if (type === 'put') onEvent({ type, resource: resourceFromWire(resource), revision });
    else if (type === 'delete' && resource.spec !== undefined) {
      const kind = kindFromWire(`${resource.spec.charAt(0).toUpperCase()}${resource.spec.slice(1)}`);
      onEvent({ type, resource: { kind, name: resource.name }, revision });
    }
  }
}

function planFromWire({ agents, refusal, ...judged }: PlanResponse__Output): PlanResult {
  const told = { ...judgementFromWire(judged), agents: agents.map(agentPlanFromWire) };
  return refusal === '' ? told : { ...told, refusal };
}

/** 0: nothing was changed, or a coordinator older than the history. */
function numbered(number: number): { number?: number } {
  return number === 0 ? {} : { number };
}

function declaredFromWire({ kind, name }: { readonly kind: string; readonly name: string }): ResourceId {
  return { kind: kindFromWire(kind), name };
}

function judgementFromWire(
  wire: Pick<PlanResponse__Output, 'problems' | 'warnings' | 'outcomes'>,
): Omit<PlanResult, 'agents' | 'refusal'> & Pick<ChangeResult, 'outcomes'> {
  return {
    problems: wire.problems.map(problemFromWire),
    ...(wire.warnings.length === 0 ? {} : { warnings: wire.warnings.map(problemFromWire) }),
    outcomes: wire.outcomes.map((word) => outcomes.find((known) => known === word) ?? 'unchanged'),
  };
}
