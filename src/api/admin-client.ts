/** The admin side of the API, as a program of ours calls it: domain values in and out, each call with a deadline. */
import {
  type CallOptions,
  type ClientReadableStream,
  type ClientUnaryCall,
  credentials,
  type requestCallback,
  type ServiceError,
} from '@grpc/grpc-js';
import { CausewayError } from '../domain/error.ts';
import type { WhatIfAnswer, WhatIfChange, WhyAnswer, WhyQuestion } from '../domain/question.ts';
import type { Resource, ResourceId, ResourceKind } from '../domain/resource.ts';
import type { Status } from '../domain/status.ts';
import { channelTarget, clientOptions } from './channel.ts';
import { changeToWire, whatIfFromWire, whyToWire } from './convert-question.ts';
import { kindFromWire, problemFromWire, resourceFromWire, resourceToWire } from './convert-resource.ts';
import { planFromWire, statusFromWire } from './convert-status.ts';
import { fromStatus, isServiceError } from './errors.ts';
import type { ApplyResponse__Output } from './gen/causeway/v1/ApplyResponse.ts';
import type { BackupResponse__Output } from './gen/causeway/v1/BackupResponse.ts';
import type { DeleteResponse__Output } from './gen/causeway/v1/DeleteResponse.ts';
import type { ExplainResponse__Output } from './gen/causeway/v1/ExplainResponse.ts';
import type { ListResponse__Output } from './gen/causeway/v1/ListResponse.ts';
import type { PlanRequest } from './gen/causeway/v1/PlanRequest.ts';
import type { PlanResponse__Output } from './gen/causeway/v1/PlanResponse.ts';
import type { Resource__Output } from './gen/causeway/v1/Resource.ts';
import type { StatusResponse__Output } from './gen/causeway/v1/StatusResponse.ts';
import type { WatchEvent__Output } from './gen/causeway/v1/WatchEvent.ts';
import type { WhatIfResponse__Output } from './gen/causeway/v1/WhatIfResponse.ts';
import {
  type ApplyResult,
  outcomes,
  type PlanResult,
  type RemovableId,
  type ResourceEvent,
} from './handlers.ts';
import { loadApi } from './proto-services.ts';

export interface AdminClientOptions {
  /** `host:port` of a coordinator. */
  readonly address: string;
  /** Limit of each call; default 10 s. */
  readonly timeoutMs?: number;
}

/** Errors of every call: `unavailable` (nobody answers there), `deadline`, and those that the coordinator gives. */
export interface AdminClient {
  /** All or nothing: with problems, nothing is stored. */
  apply(
    resources: readonly Resource[],
    options?: { readonly force?: boolean; readonly strict?: boolean },
  ): Promise<ApplyResult>;
  /** `not-found` where there is none. */
  get(id: ResourceId): Promise<Resource>;
  list(kind?: ResourceKind): Promise<{ resources: Resource[]; revision: number }>;
  /** `not-found`; `refused` with the remedy where it is in use. */
  remove(id: RemovableId, options?: { readonly force?: boolean }): Promise<{ revision: number }>;
  /** Of a summary, only what needs attention is told of paths and applications, and nothing of destinations. */
  status(options?: { readonly isSummary?: boolean }): Promise<Status>;
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
export function connectAdmin({ address, timeoutMs = defaultTimeoutMs }: AdminClientOptions): AdminClient {
  const client = new (loadApi().admin)(channelTarget(address), credentials.createInsecure(), clientOptions);

  function failure(error: ServiceError, operation: string, subject?: string): CausewayError {
    // A coordinator's own `unavailable` comes with its parts; without them it is the transport that speaks.
    const translated = fromStatus(error, operation, subject);
    if (translated.code !== 'unavailable' || translated.operation !== operation) return translated;
    return new CausewayError({
      code: 'unavailable',
      operation,
      ...(subject === undefined ? {} : { subject }),
      message: `no coordinator answers at ${address}: is causeway-coordinator running?`,
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

  async function plan(request: PlanRequest): Promise<PlanResult> {
    const { agents, ...judged } = await call<PlanResponse__Output>(
      (options, done) => client.plan(request, options, done),
      'plan',
    );
    return { ...judgementFromWire(judged), agents: agents.map(planFromWire) };
  }

  return {
    async apply(resources, { force = false, strict = false } = {}) {
      const request = { resources: resources.map(resourceToWire), force, strict };
      const { revision, ...judged } = await call<ApplyResponse__Output>(
        (options, done) => client.apply(request, options, done),
        'apply',
      );
      return { revision, ...judgementFromWire(judged) };
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
    async remove({ kind, name }, { force = false } = {}) {
      return call<DeleteResponse__Output>(
        (options, done) => client.delete({ kind, name, force }, options, done),
        'delete',
        `${kind}/${name}`,
      );
    },
    async status({ isSummary = false } = {}) {
      return statusFromWire(
        await call<StatusResponse__Output>(
          (options, done) => client.status({ summary: isSummary }, options, done),
          'read status',
        ),
      );
    },
    plan: (resources, { strict = false } = {}) => plan({ resources: resources.map(resourceToWire), strict }),
    planRemoval: (ids) => plan({ removals: ids.map(({ kind, name }) => ({ kind, name })) }),
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
    close: () => client.close(),
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

function judgementFromWire(
  wire: Pick<PlanResponse__Output, 'problems' | 'warnings' | 'outcomes'>,
): Omit<PlanResult, 'agents'> & Pick<ApplyResult, 'outcomes'> {
  return {
    problems: wire.problems.map(problemFromWire),
    ...(wire.warnings.length === 0 ? {} : { warnings: wire.warnings.map(problemFromWire) }),
    outcomes: wire.outcomes.map((word) => outcomes.find((known) => known === word) ?? 'unchanged'),
  };
}
