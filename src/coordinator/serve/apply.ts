/** What an apply changes: everything, or nothing and the reasons. */
import type { Outcome } from '../../api/handlers.ts';
import type { Asked } from '../../domain/asked.ts';
import type { Problem, RemovableId, Resource } from '../../domain/resource.ts';
import { type RevisionChange, unreadable } from '../../domain/revision.ts';
import type { Steps } from '../../domain/steps.ts';
import { checkOverrides } from '../../plan/check-override.ts';
import { checkResources } from '../../plan/check-resources.ts';
import { checkedResources, lookedAt } from '../../resource/check.ts';
import { resourceKey } from '../../store/keys.ts';
import { askedWithForce } from '../view/intent.ts';
import type { StoreView } from '../view/store-view.ts';
import { worldOf, worldWith, worldWithout } from '../view/world-of-store.ts';
import { isSame } from './change-writes.ts';

export interface Application {
  /** Empty, or else nothing may be written. */
  readonly problems: readonly Problem[];
  /** What is not as it should be yet, and may still become so. */
  readonly warnings: readonly Problem[];
  readonly outcomes: readonly Outcome[];
  readonly changes: readonly RevisionChange[];
}

export interface ApplicationOptions {
  /** The operator insists on what he applies. */
  readonly force: boolean;
  /** What may still come must be there. */
  readonly strict?: boolean;
  readonly nowMs: number;
  /** What goes in the same change. */
  readonly without?: readonly RemovableId[];
  /** Whether a director's agent is connected, by whatever coordinator. */
  readonly isConnected: (director: string) => boolean;
}

/** Yields between resources. */
export function* application(
  view: StoreView,
  given: readonly Resource[],
  options: ApplicationOptions,
): Steps<Application> {
  const { resources, outcomes, problems, warnings } = yield* judgement(view, given, options);
  if (problems.length > 0) return { problems, warnings: [], outcomes: [], changes: [] };
  const changes: RevisionChange[] = [];
  for (const [index, resource] of resources.entries()) {
    changes.push(...changesOf(view, resource, outcomes[index] ?? 'unchanged', options.force));
    yield;
  }
  return { problems, warnings, outcomes, changes };
}

/** What becomes of one resource. With force, of one that stays as it is, that it is meant. */
function changesOf(view: StoreView, resource: Resource, outcome: Outcome, force: boolean): RevisionChange[] {
  const { kind, name } = resource;
  if (outcome === 'created' || outcome === 'changed') {
    const isThere = view.modRevision(resourceKey(resource)) > 0;
    const was = isThere ? { before: view.resource(resource)?.value ?? unreadable } : {};
    return [{ kind, name, outcome, ...was, after: resource }];
  }
  const isInsisted = force && outcome === 'unchanged' && askedWithForce([resource]).length > 0;
  return isInsisted ? [{ kind, name, outcome: 'insisted' }] : [];
}

/** What an apply of these asks agents to let go of. */
export function askedBy(resources: readonly Resource[], outcomes: readonly Outcome[]): readonly Asked[] {
  return resources
    .filter(({ kind }, index) => kind === 'Service' && outcomes[index] === 'changed')
    .map(({ name }) => ({ subject: 'service', name, revision: 0 }));
}

export interface Judgement extends Omit<Application, 'changes'> {
  /** As they would be stored. */
  readonly resources: readonly Resource[];
}

/**
 * What would become of each resource, and what is wrong with those that would be written; also what `plan` shows before it shows
 * operations. What is unchanged, or over, is nobody's business: it is not judged. Yields between resources.
 */
export function* judgement(
  view: StoreView,
  given: readonly Resource[],
  {
    strict,
    nowMs,
    force = false,
    without = [],
    isConnected,
  }: Omit<ApplicationOptions, 'force'> & { readonly force?: boolean },
): Steps<Judgement> {
  yield* lookedAt(given);
  const { resources, problems } = checkedResources(given.map((resource) => settled(resource, nowMs)));
  // Nothing is judged in company that is wrong by itself.
  if (problems.length > 0) return { resources, outcomes: [], problems, warnings: [] };
  yield;
  const outcomes: Outcome[] = [];
  for (const resource of resources) {
    outcomes.push(outcomeOf(view, resource, nowMs));
    yield;
  }
  const written = resources.filter((_, index) => isWritten(outcomes[index]));
  const world = worldWith(worldWithout(worldOf(view), without), written);
  // An order is ended by another that is over already: of that one nothing matters any more.
  const lasting = written.filter((resource) => !isOver(resource, nowMs));
  yield;
  const problemsBeside = yield* checkResources(world, written);
  const found = [...problemsBeside, ...checkOverrides(world, lasting, nowMs, { force, isConnected })];
  const refused = (problem: Problem) => strict === true || problem.mayCome !== true;
  return {
    resources,
    outcomes,
    problems: found.filter(refused),
    warnings: found.filter((problem) => !refused(problem)),
  };
}

/** `for: 30m` counts from now, by this clock: an operator's may be an hour off. */
function settled(resource: Resource, nowMs: number): Resource {
  if (resource.kind !== 'Override' || resource.lastsMs === undefined) return resource;
  const { lastsMs, ...override } = resource;
  return { ...override, expiresAtMs: nowMs + lastsMs };
}

function isWritten(outcome: Outcome | undefined): boolean {
  return outcome === 'created' || outcome === 'changed';
}

function isOver(resource: Resource, nowMs: number): boolean {
  return resource.kind === 'Override' && resource.expiresAtMs <= nowMs;
}

function outcomeOf(view: StoreView, resource: Resource, nowMs: number): Outcome {
  const known = view.resource(resource);
  // A folder keeps the files of orders that are over: they are passed over, unless one of them ends an order that is not.
  if (isOver(resource, nowMs) && (known === undefined || isOver(known.value, nowMs))) return 'over';
  if (known === undefined) return 'created';
  return isSame(known.value, resource) ? 'unchanged' : 'changed';
}
