/** What Terraform asks of a resource that it manages: whether it is well said, what it is, what it is to be, and that it be so. */

import type { Clock } from '../../src/domain/clock.ts';
import { CausewayError, messageOf } from '../../src/domain/error.ts';
import type { Resource } from '../../src/domain/resource.ts';
import type { ChangeTerms } from '../../src/domain/revision.ts';
import { awaitRollout } from './await-rollout.ts';
import { find, put, remove } from './changes.ts';
import type { Coordinators } from './coordinators.ts';
import type { Diagnostic } from './core/diagnostic.ts';
import type { AttributePath } from './core/document.ts';
import {
  configIssues,
  imported,
  isSameResource,
  issueText,
  nameOf,
  placeOf,
  planOf,
  type ResourceType,
  resourceFrom,
  valuesNow,
} from './core/resource-type.ts';
import { isKnown, unknown, type Value, type Values } from './core/value.ts';
import { failureDiagnostic, problemDiagnostic } from './failure.ts';

/** How the provider reaches coordinators, once it is configured. */
export interface Session {
  readonly coordinators: Coordinators;
  readonly clock: Clock;
  readonly terms: ChangeTerms;
  readonly strict: boolean;
  /** Undefined: nobody is waited for. */
  readonly waitMs: number | undefined;
  /** The user has interrupted it. */
  readonly signal: AbortSignal;
}

/** Values, and up to which revision of the history they are known. */
export interface State {
  /** Null: there is no such resource. */
  readonly values: Values | null;
  readonly revision: number | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

export function validate(type: ResourceType, config: Values, nowMs: number): readonly Diagnostic[] {
  return configIssues(type, config, nowMs).map((issue) => ({
    severity: 'error',
    summary: `Not what a ${type.kind} can say`,
    detail: issueText(issue),
    path: placeOf(type, issue.path),
  }));
}

export interface Planned {
  readonly values: Values;
  readonly requiresReplace: readonly AttributePath[];
  readonly diagnostics: readonly Diagnostic[];
}

export function plan(type: ResourceType, config: Values, prior: Values | null, nowMs: number): Planned {
  const values = planOf(type, config, prior);
  const isRenamed = prior !== null && values.name !== prior.name;
  return {
    values,
    requiresReplace: isRenamed ? [[{ attribute: 'name' }]] : [],
    // What was not known when the configuration was judged may be known now.
    diagnostics: isKnown(config) ? validate(type, config, nowMs) : [],
  };
}

export async function read(type: ResourceType, prior: Values, session: Session): Promise<State> {
  const { coordinators, clock } = session;
  const { resource, revision } = await find(coordinators, { kind: type.kind, name: nameOf(type, prior) });
  if (resource !== undefined)
    return { values: valuesNow(type, prior, resource, clock.nowMs()), revision, diagnostics: [] };
  // An order whose time is over has done what it was made for: made anew, it would order it again.
  const isOver = typeof prior.expires === 'string' && Date.parse(prior.expires) <= clock.nowMs();
  return { values: type.kind === 'Override' && isOver ? prior : null, revision, diagnostics: [] };
}

export async function importNamed(type: ResourceType, name: string, session: Session): Promise<State> {
  const { coordinators, clock } = session;
  const { resource, revision } = await find(coordinators, { kind: type.kind, name });
  if (resource !== undefined)
    return { values: imported(type, resource, clock.nowMs()), revision, diagnostics: [] };
  const diagnostic: Diagnostic = {
    severity: 'error',
    summary: `There is no ${type.kind} ${name}`,
    detail: 'Import takes the name of one that is declared, as causeway get shows it.',
  };
  return { values: null, revision, diagnostics: [diagnostic] };
}

export interface Change {
  /** Null: there is none. */
  readonly prior: Values | null;
  /** Null: there is to be none. */
  readonly planned: Values | null;
  /** Up to which revision of the history the plan knew it. */
  readonly revision: number | undefined;
}

export async function apply(type: ResourceType, change: Change, session: Session): Promise<State> {
  const { prior, planned, revision } = change;
  try {
    if (planned !== null) return await make(type, { ...change, planned }, session);
    if (prior !== null) return await unmake(type, prior, revision, session);
    return { values: null, revision, diagnostics: [] };
  } catch (error) {
    if (!(error instanceof CausewayError)) throw error;
    return { values: prior, revision, diagnostics: [failureDiagnostic(error, placeOf(type, ['metadata']))] };
  }
}

async function make(
  type: ResourceType,
  { prior, planned, revision: since }: Change & { readonly planned: Values },
  session: Session,
): Promise<State> {
  const { coordinators, clock, terms, strict } = session;
  const stays = (diagnostics: readonly Diagnostic[]): State => ({
    values: prior,
    revision: since,
    diagnostics,
  });
  const parsed = resourceFrom(type, planned, clock.nowMs());
  if ('issues' in parsed) return stays(validate(type, planned, clock.nowMs()));
  const wanted = parsed.resource;
  const counts = wanted.kind === 'Override' && wanted.lastsMs !== undefined;
  const isWanted = (found: Resource): boolean => !counts && isSameResource(type, found, wanted);
  const done = await put(coordinators, wanted, {
    ...{ terms, strict, isWanted },
    since,
    isNew: prior === null,
  });
  if (done === 'other') return stays([alreadyThere(type, wanted.name)]);
  const { result, revision, wasThere } = done;
  if (result.problems.length > 0)
    return stays(result.problems.map((problem) => problemDiagnostic(type, problem, 'error')));
  const diagnostics: Diagnostic[] = (result.warnings ?? []).map((one) =>
    problemDiagnostic(type, one, 'warning'),
  );
  if (wasThere) diagnostics.push(takenOver(type, wanted.name));
  if (result.outcomes[0] === 'over') diagnostics.push(over(type));
  const values = isKnown(planned) ? planned : await filled(type, planned, wanted, session);
  return {
    values,
    revision,
    diagnostics: [...diagnostics, ...(await waited(result.revision, prior !== null, session))],
  };
}

/** What only the coordinator could say: when an order ends that counts from when it took it. */
async function filled(
  type: ResourceType,
  planned: Values,
  wanted: Resource,
  { coordinators, clock }: Session,
): Promise<Values> {
  const { resource = wanted } = await find(coordinators, wanted);
  const now = imported(type, resource, clock.nowMs());
  const fill = ([name, value]: [string, Value]): [string, Value] => [
    name,
    value === unknown ? (now[name] ?? null) : value,
  ];
  return Object.fromEntries(Object.entries(planned).map(fill));
}

async function unmake(
  type: ResourceType,
  prior: Values,
  since: number | undefined,
  session: Session,
): Promise<State> {
  const { coordinators, terms } = session;
  const condition = since === undefined ? {} : { ifRevision: since };
  const id = { kind: type.kind, name: nameOf(type, prior) };
  const revision = await remove(coordinators, id, { ...terms, ...condition });
  return { values: null, revision: since, diagnostics: await waited(revision, false, session) };
}

/**
 * `isChange`: an error says so. Of what was just made, an error would have Terraform destroy it and make it anew; what is gone stays
 * gone: of both it is a warning.
 */
async function waited(revision: number, isChange: boolean, session: Session): Promise<readonly Diagnostic[]> {
  const { coordinators, clock, waitMs, signal } = session;
  if (waitMs === undefined) return [];
  const missing = await awaitRollout(revision, { coordinators, clock, limitMs: waitMs, signal }).catch(
    (error: unknown) => [messageOf(error)],
  );
  if (missing.length === 0) return [];
  return [
    {
      severity: isChange ? 'error' : 'warning',
      summary: 'Stored, but not everywhere as wanted',
      detail: `${missing.join('\n')}\ncauseway status tells how it goes on.`,
    },
  ];
}

function alreadyThere(type: ResourceType, name: string): Diagnostic {
  return {
    severity: 'error',
    summary: `${type.kind} ${name} is there already, and otherwise`,
    detail: `Take it over (terraform import ${type.name}.NAME ${name}), or delete it first.`,
    path: placeOf(type, ['metadata', 'name']),
  };
}

function takenOver(type: ResourceType, name: string): Diagnostic {
  return {
    severity: 'warning',
    summary: `${type.kind} ${name} was there already, just as wanted`,
    detail: 'It is managed here now. Whoever else manages it should leave it.',
    path: placeOf(type, ['metadata', 'name']),
  };
}

function over(type: ResourceType): Diagnostic {
  return {
    severity: 'warning',
    summary: 'Nothing was ordered',
    detail: 'The time of the order is over already.',
    path: placeOf(type, ['spec', 'expires']),
  };
}
