/** The Admin service: messages in, handlers, messages out. */
import { once } from 'node:events';
import type { handleUnaryCall, ServerWritableStream } from '@grpc/grpc-js';
import { CausewayError } from '../domain/error.ts';
import type { Problem, Resource, ResourceId } from '../domain/resource.ts';
import type { Status } from '../domain/status.ts';
import type { Steps } from '../domain/steps.ts';
import { breathing } from '../runtime/breathing.ts';
import { changeToWire, historyToWire, idFromWire, idToWire, termsFromWire } from './convert-history.ts';
import { changesFromWire, whatIfToWire, whyFromWire } from './convert-question.ts';
import { kindFromWire, problemToWire, readResource, resourceToWire } from './convert-resource.ts';
import { agentPlanToWire, statusParts, statusToWire } from './convert-status.ts';
import { encodedParts } from './encoded.ts';
import { toStatus } from './errors.ts';
import type { AdminHandlers as WireHandlers } from './gen/causeway/v1/Admin.ts';
import type { Resource__Output, Resource as WireResource } from './gen/causeway/v1/Resource.ts';
import type { StatusRequest__Output } from './gen/causeway/v1/StatusRequest.ts';
import type { StatusResponse } from './gen/causeway/v1/StatusResponse.ts';
import type { WatchEvent } from './gen/causeway/v1/WatchEvent.ts';
import type { WatchRequest__Output } from './gen/causeway/v1/WatchRequest.ts';
import type { Handlers, PlanResult, ResourceEvent } from './handlers.ts';
import { loadApi } from './proto-services.ts';

type OnError = (operation: string, error: unknown) => void;

export function adminService({ admin, onInternalError = () => {} }: Handlers): WireHandlers {
  const unary = <I, O>(operation: string, run: (request: I, signal: AbortSignal) => Promise<O | Buffer>) =>
    unaryCall(operation, run, onInternalError);
  return {
    Apply: unary('apply', async ({ resources: wire, force, strict, terms }) => {
      const { resources, problems } = readResources(wire);
      if (problems.length > 0) {
        return {
          problems: problems.map(problemToWire),
          revision: (await admin.list()).revision,
          outcomes: [],
        };
      }
      const {
        revision,
        number = 0,
        ...result
      } = await admin.apply(resources, {
        ...termsFromWire(terms),
        force,
        strict,
      });
      return { revision, number, ...judgementToWire(result) };
    }),
    Get: unary('get', async (id) => resourceToWire(await admin.get(declaredId(id)))),
    List: unary('list', async ({ kind }) => {
      const { resources, revision } = await admin.list(kind === '' ? undefined : kindFromWire(kind));
      return { resources: resources.map(resourceToWire), revision };
    }),
    Delete: unary('delete', async ({ kind, name, force, terms, resources, absentAllowed }) => {
      const ids = resources.length > 0 ? resources : [{ kind, name }];
      const { outcomes, ...result } = await admin.remove(ids.map(idFromWire), {
        ...termsFromWire(terms),
        force,
        absentAllowed,
      });
      return { ...result, outcomes: [...outcomes] };
    }),
    Backup: unary('back up', async () => ({ text: await admin.backup() })),
    Status: unary<StatusRequest__Output, StatusResponse>('status', async ({ summary: isSummary }, signal) => {
      const status = await admin.status({ isSummary, signal });
      return breathing(encodedStatus(status), { operation: 'send status', signal });
    }),
    Plan: unary('plan', async ({ resources: wire, strict, removals, rollbackTo }, signal) => {
      if (rollbackTo !== undefined) {
        const plan = await admin.planRollback(rollbackTo, { signal });
        return {
          ...planToWire(plan),
          rollbackResources: plan.resources.map(idToWire),
          rollbackRemovals: plan.removals.map(idToWire),
          rollbackLeftAlone: plan.leftAlone.map(idToWire),
        };
      }
      const { resources, problems } = readResources(wire);
      if (problems.length > 0) return { problems: problems.map(problemToWire), agents: [] };
      return planToWire(
        removals.length > 0
          ? await admin.planRemoval(removals.map(idFromWire), { signal })
          : await admin.plan(resources, { strict, signal }),
      );
    }),
    Explain: unary('explain', async (question) => {
      const { json, sentences } = await admin.explain(whyFromWire(question));
      return { json, sentences: [...sentences] };
    }),
    WhatIf: unary('suppose', async ({ changes, service }, signal) =>
      whatIfToWire(await admin.whatIf(changesFromWire(changes), service || undefined, { signal })),
    ),
    History: unary('read history', async ({ limit, of }) =>
      historyToWire(
        await admin.history({
          limit: limit === 0 ? Number.POSITIVE_INFINITY : limit,
          of: of === null ? undefined : idFromWire(of),
        }),
      ),
    ),
    Diff: unary('compare', async ({ from, to }) => ({
      changes: (await admin.difference(from, to)).map(changeToWire),
    })),
    Rollback: unary('rollback', async ({ to, force, terms }) => {
      const result = await admin.rollback(to, { ...termsFromWire(terms), force });
      const { revision, number = 0, resources, removals, leftAlone } = result;
      return {
        ...judgementToWire(result),
        ...{ revision, number },
        resources: resources.map(idToWire),
        removals: removals.map(idToWire),
        leftAlone: leftAlone.map(idToWire),
      };
    }),
    Watch: (call) => {
      watch(admin, call).catch((error) => {
        if (isInternal(error)) onInternalError('watch', error);
        call.emit('error', toStatus(error));
      });
    },
  };
}

/** As bytes, which the server takes as they are. */
function* encodedStatus(status: Status): Steps<Buffer> {
  const wire = yield* statusToWire(status);
  return yield* encodedParts(statusParts(wire), loadApi().admin.service.Status.responseSerialize);
}

function planToWire({ agents, refusal = '', ...judged }: PlanResult) {
  return { ...judgementToWire(judged), refusal, agents: agents.map(agentPlanToWire) };
}

function judgementToWire({
  problems,
  warnings = [],
  outcomes = [],
}: Pick<PlanResult, 'problems' | 'warnings' | 'outcomes'>) {
  return {
    problems: problems.map(problemToWire),
    warnings: warnings.map(problemToWire),
    outcomes: [...outcomes],
  };
}

function unaryCall<I, O>(
  operation: string,
  run: (request: I, signal: AbortSignal) => Promise<O | Buffer>,
  onError: OnError,
): handleUnaryCall<I, O> {
  return (call, callback) => {
    // Also at the caller's deadline.
    const abort = new AbortController();
    call.once('cancelled', () => abort.abort());
    // In a promise: a handler that throws before its first await must not leave the caller without an answer.
    Promise.resolve(call.request)
      .then((request) => run(request, abort.signal))
      .then(
        // What is encoded already the service takes as it is (`takingEncoded`).
        (response) => callback(null, response as O),
        (error) => {
          if (isInternal(error)) onError(operation, error);
          callback(toStatus(error));
        },
      );
  };
}

function isInternal(error: unknown): boolean {
  return !(error instanceof CausewayError) || error.code === 'internal';
}

async function watch(
  admin: Handlers['admin'],
  call: ServerWritableStream<WatchRequest__Output, WatchEvent>,
): Promise<void> {
  const abort = new AbortController();
  call.once('cancelled', () => abort.abort());
  const { kind } = call.request;
  for await (const event of admin.watch(kind === '' ? undefined : kindFromWire(kind), abort.signal)) {
    if (abort.signal.aborted) return;
    if (call.write(eventToWire(event))) continue;
    // The reader is behind: what happens meanwhile waits, bounded, in the store's own queue.
    await once(call, 'drain', { signal: abort.signal }).catch(() => {});
  }
  call.end();
}

function eventToWire(event: ResourceEvent): WatchEvent {
  const { type, revision } = event;
  switch (event.type) {
    case 'put':
      return { type, revision, resource: resourceToWire(event.resource) };
    case 'delete':
      return { type, revision, resource: bareToWire(event.resource) };
    case 'synced':
      return { type, revision };
  }
}

/** A resource of which only kind and name count. */
function bareToWire({ kind, name }: ResourceId): WireResource {
  switch (kind) {
    case 'Site':
      return { name, site: {} };
    case 'Service':
      return { name, service: {} };
    case 'RealServer':
      return { name, realServer: {} };
    case 'Override':
      return { name, override: {} };
    case 'Settings':
      return { name, settings: {} };
  }
}

function readResources(wire: readonly Resource__Output[]): { resources: Resource[]; problems: Problem[] } {
  const resources: Resource[] = [];
  const problems: Problem[] = [];
  for (const one of wire) {
    const read = readResource(one);
    if (read.ok) resources.push(read.resource);
    else problems.push(...read.problems);
  }
  return { resources, problems };
}

function declaredId({ kind, name }: { kind: string; name: string }): ResourceId {
  return { kind: kindFromWire(kind), name };
}
