/** The Admin service: messages in, handlers, messages out. */
import { once } from 'node:events';
import type { ServerWritableStream } from '@grpc/grpc-js';
import type { Problem, Resource, ResourceId } from '../domain/resource.ts';
import type { RevisionChange } from '../domain/revision.ts';
import type { Status } from '../domain/status.ts';
import type { Steps } from '../domain/steps.ts';
import { breathing } from '../runtime/breathing.ts';
import { type CalledOptions, type Made, problemsReason, toldCall } from './called.ts';
import { callerOf } from './caller.ts';
import { changeToWire, historyToWire, idFromWire, idToWire, termsFromWire } from './convert-history.ts';
import { changesFromWire, whatIfToWire, whyFromWire } from './convert-question.ts';
import { kindFromWire, problemToWire, readResource, resourceToWire } from './convert-resource.ts';
import { agentPlanToWire, statusToWire } from './convert-status.ts';
import { encodedMessage } from './encoded.ts';
import { toStatus } from './errors.ts';
import type { AdminHandlers as WireHandlers } from './gen/causeway/v1/Admin.ts';
import type { ApplyRequest__Output } from './gen/causeway/v1/ApplyRequest.ts';
import type { ApplyResponse } from './gen/causeway/v1/ApplyResponse.ts';
import type { DeleteRequest__Output } from './gen/causeway/v1/DeleteRequest.ts';
import type { DenyRequest__Output } from './gen/causeway/v1/DenyRequest.ts';
import type { DenyResponse } from './gen/causeway/v1/DenyResponse.ts';
import type { Resource__Output, Resource as WireResource } from './gen/causeway/v1/Resource.ts';
import type { RollbackRequest__Output } from './gen/causeway/v1/RollbackRequest.ts';
import type { RotateProbeKeysResponse } from './gen/causeway/v1/RotateProbeKeysResponse.ts';
import type { StatusRequest__Output } from './gen/causeway/v1/StatusRequest.ts';
import type { StatusResponse } from './gen/causeway/v1/StatusResponse.ts';
import type { WatchEvent } from './gen/causeway/v1/WatchEvent.ts';
import type { WatchRequest__Output } from './gen/causeway/v1/WatchRequest.ts';
import type { Handlers, PlanResult, ResourceEvent } from './handlers.ts';
import { type Call, isInternal, unaryCall } from './unary-call.ts';

export function adminService({
  admin,
  onInternalError = () => {},
  onCalled = async () => {},
}: Handlers): WireHandlers {
  const unary = <I, O>(operation: string, run: (request: I, asking: Call) => Promise<O | Buffer>) =>
    unaryCall(operation, run, onInternalError);
  const changing = <I, O>(
    { operation, ...told }: Omit<CalledOptions<I>, 'onCalled'> & { readonly operation: string },
    run: (request: I, asking: Call) => Promise<{ readonly answer: O; readonly made: Made }>,
  ) => unary<I, O>(operation, toldCall({ ...told, onCalled }, run));
  return {
    Apply: changing(
      {
        operation: 'apply',
        method: 'Admin.Apply',
        saidOf: ({ terms, force }) => ({ ...termsFromWire(terms), force }),
      },
      async ({ resources: wire, force, strict, terms }: ApplyRequest__Output, { caller }) => {
        const { resources, problems } = readResources(wire);
        if (problems.length > 0) {
          const { revision } = await admin.list(undefined, { caller });
          const answer: ApplyResponse = { problems: problems.map(problemToWire), revision, outcomes: [] };
          return { answer, made: madeOf({ problems }) };
        }
        const result = await admin.apply(resources, { ...termsFromWire(terms), caller, force, strict });
        const { revision, number = 0 } = result;
        const answer: ApplyResponse = { revision, number, ...judgementToWire(result) };
        return { answer, made: madeOf(result) };
      },
    ),
    Get: unary('get', async (id, call) => resourceToWire(await admin.get(declaredId(id), call))),
    List: unary('list', async ({ kind }, call) => {
      const { resources, revision } = await admin.list(kind === '' ? undefined : kindFromWire(kind), call);
      return { resources: resources.map(resourceToWire), revision };
    }),
    Delete: changing(
      {
        operation: 'delete',
        method: 'Admin.Delete',
        saidOf: ({ terms, force }) => ({ ...termsFromWire(terms), force }),
      },
      async (request: DeleteRequest__Output, { caller }) => {
        const { kind, name, force, terms, resources, absentAllowed } = request;
        const ids = resources.length > 0 ? resources : [{ kind, name }];
        const options = { ...termsFromWire(terms), caller, force, absentAllowed };
        const { outcomes, changes, ...result } = await admin.remove(ids.map(idFromWire), options);
        return { answer: { ...result, outcomes: [...outcomes] }, made: madeOf({ ...result, changes }) };
      },
    ),
    Deny: changing(
      { operation: 'deny certificates', method: 'Admin.Deny', saidOf: () => ({}) },
      async ({ denials }: DenyRequest__Output, { caller }) => {
        const result = await admin.deny(denials, { caller });
        const answer: DenyResponse = {
          outcomes: [...result.outcomes],
          denials: result.denials.map((one) => ({ ...one })),
        };
        const added = denials.filter((_, index) => result.outcomes[index] === 'added');
        return { answer, made: { denied: added.map(({ subject }) => subject) } };
      },
    ),
    RotateProbeKeys: changing(
      { operation: 'rotate probe keys', method: 'Admin.RotateProbeKeys', saidOf: () => ({}) },
      async (_, call) => {
        const { isBegun, epoch, usedFromMs } = await admin.rotateProbeKeys(call);
        const answer: RotateProbeKeysResponse = { begun: isBegun, epoch, usedFromMs };
        return { answer, made: {} };
      },
    ),
    Backup: changing(
      { operation: 'back up', method: 'Admin.Backup', saidOf: () => ({}) },
      async (_, call) => ({ answer: { text: await admin.backup(call) }, made: {} }),
    ),
    Status: unary<StatusRequest__Output, StatusResponse>(
      'status',
      async ({ summary: isSummary, examinations: withExaminations }, call) => {
        const status = await admin.status({ isSummary, withExaminations, ...call });
        return breathing(encodedStatus(status), { operation: 'send status', signal: call.signal });
      },
    ),
    Plan: unary('plan', async ({ resources: wire, strict, removals, rollbackTo }, call) => {
      if (rollbackTo !== undefined) {
        const plan = await admin.planRollback(rollbackTo, call);
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
          ? await admin.planRemoval(removals.map(idFromWire), call)
          : await admin.plan(resources, { strict, ...call }),
      );
    }),
    Explain: unary('explain', async (question, call) => {
      const { json, sentences } = await admin.explain(whyFromWire(question), call);
      return { json, sentences: [...sentences] };
    }),
    WhatIf: unary('suppose', async ({ changes, service }, call) =>
      whatIfToWire(await admin.whatIf(changesFromWire(changes), service || undefined, call)),
    ),
    History: unary('read history', async ({ limit, of }, call) => {
      const question = {
        limit: limit === 0 ? Number.POSITIVE_INFINITY : limit,
        of: of === null ? undefined : idFromWire(of),
      };
      return historyToWire(await admin.history(question, call));
    }),
    Diff: unary('compare', async ({ from, to }, call) => ({
      changes: (await admin.difference(from, to, call)).map(changeToWire),
    })),
    Rollback: changing(
      {
        ...{ operation: 'rollback', method: 'Admin.Rollback' },
        saidOf: ({ terms, force, to }) => ({ ...termsFromWire(terms), force, rolledBackTo: to }),
      },
      async ({ to, force, terms }: RollbackRequest__Output, { caller }) => {
        const result = await admin.rollback(to, { ...termsFromWire(terms), caller, force });
        const { revision, number = 0, resources, removals, leftAlone } = result;
        const answer = {
          ...judgementToWire(result),
          ...{ revision, number },
          resources: resources.map(idToWire),
          removals: removals.map(idToWire),
          leftAlone: leftAlone.map(idToWire),
        };
        return { answer, made: madeOf(result) };
      },
    ),
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
  return yield* encodedMessage('StatusResponse', yield* statusToWire(status));
}

function planToWire({ agents, refusal = '', ...judged }: PlanResult) {
  return { ...judgementToWire(judged), refusal, agents: agents.map(agentPlanToWire) };
}

function madeOf({
  problems = [],
  number,
  changes,
}: {
  readonly problems?: readonly Problem[];
  readonly number?: number | undefined;
  readonly changes?: readonly RevisionChange[] | undefined;
}): Made {
  const reason = problemsReason(problems);
  return {
    ...(reason === undefined ? {} : { reason }),
    ...(number === undefined ? {} : { number }),
    ...(changes === undefined ? {} : { changes }),
  };
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

async function watch(
  admin: Handlers['admin'],
  call: ServerWritableStream<WatchRequest__Output, WatchEvent>,
): Promise<void> {
  const abort = new AbortController();
  call.once('cancelled', () => abort.abort());
  const { signal } = abort;
  const kind = call.request.kind === '' ? undefined : kindFromWire(call.request.kind);
  for await (const event of admin.watch(kind, { caller: callerOf(call), signal })) {
    if (signal.aborted) return;
    if (call.write(eventToWire(event))) continue;
    // The reader is behind: what happens meanwhile waits, bounded, in the store's own queue.
    await once(call, 'drain', { signal }).catch(() => {});
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
