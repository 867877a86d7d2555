/** What operators change: decided on what the store holds, written with its revision of the history, all of it or nothing. */
import type { AdminHandlers, Calling, ChangeResult } from '../../api/handlers.ts';
import type { Clock } from '../../domain/clock.ts';
import { CausewayError } from '../../domain/error.ts';
import { resourceId } from '../../domain/resource.ts';
import type { ChangeTerms, RevisionAction } from '../../domain/revision.ts';
import type { AgentRole } from '../../domain/role.ts';
import type { Logger } from '../../runtime/log.ts';
import { memberPrefix, resourcePrefix } from '../../store/keys.ts';
import type { Store, Write } from '../../store/store.ts';
import type { Serial } from '../view/serial.ts';
import type { StoreView } from '../view/store-view.ts';
import { transact } from '../view/transact.ts';
import { worldOf, worldWith, worldWithout } from '../view/world-of-store.ts';
import { type Application, application } from './apply.ts';
import type { KnownAgents } from './known-agents.ts';
import { authorOf, type ChangeHead, type ChangeStep, messageIn, noted } from './note-change.ts';
import { removal } from './remove.ts';
import { refuseChangedSince } from './revisions.ts';
import { beyondLimit, isAbsent, type PastWanted, pastOf, type Wanted } from './wanted.ts';

export interface ChangeOptions {
  readonly store: Store;
  readonly view: StoreView;
  readonly agents: KnownAgents;
  readonly serial: Serial;
  readonly clock: Clock;
  readonly log: Logger;
}

interface Terms extends ChangeTerms, Calling {
  readonly action: RevisionAction;
  readonly force: boolean;
  readonly strict?: boolean;
  readonly rolledBackTo?: number;
}

/** What is declared is judged beside all that is, and beside who takes part. */
const restsOn = [resourcePrefix, memberPrefix];

export function createChangeHandlers(
  options: ChangeOptions,
): Pick<AdminHandlers, 'apply' | 'remove' | 'rollback'> {
  const { store, view, agents, serial, clock, log } = options;

  const isConnected = (role: AgentRole, name: string): boolean =>
    agents.find(role, name)?.isConnected === true;

  /** `wanted` is asked again where another coordinator was faster. */
  async function change(wanted: () => Wanted, terms: Terms): Promise<ChangeResult & Wanted> {
    const { action } = terms;
    const said = { author: authorOf(terms.caller, terms, action), message: messageIn(terms, action) };
    let decided: Application = { problems: [], warnings: [], outcomes: [], steps: [] };
    let asked: Wanted = { resources: [], removals: [] };
    let number = 0;
    let sweptUpTo = 0;
    const revision = await transact(
      store,
      view,
      action,
      () => {
        asked = wanted();
        [number, sweptUpTo] = [0, 0];
        const nowMs = clock.nowMs();
        decided = decide(asked, terms, nowMs);
        const { steps } = decided;
        if (steps.length === 0) return [];
        const ids = steps.filter((step) => step.change.outcome !== 'insisted').map((step) => step.change);
        if (terms.ifRevision !== undefined) refuseChangedSince(view, ids, terms.ifRevision, action);
        const beyond = beyondLimit({ view, agents }, asked, terms.force);
        if (beyond !== undefined && terms.allowRemoval !== true) throw tooMuchGone(action, beyond);
        const head: ChangeHead = {
          ...{ atMs: nowMs, action, ...said },
          ...(terms.rolledBackTo === undefined ? {} : { rolledBackTo: terms.rolledBackTo }),
          ...{ isForced: terms.force, isBeyondLimit: beyond !== undefined },
        };
        const note = noted(
          view,
          head,
          steps.map((step) => step.change),
        );
        ({ number, sweptUpTo } = note);
        return unique([...note.writes, ...steps.flatMap(({ writes }) => writes)]);
      },
      { restsOn },
    );
    const { problems, warnings, outcomes, steps } = decided;
    agents.keepMembers((role, name) => view.member(role, name) !== undefined);
    const touched = steps.map((step) => `${resourceId(step.change)} ${step.change.outcome}`);
    log.info({ ...said, number, touched, problems: problems.length, force: terms.force, revision }, action);
    if (sweptUpTo > 0) log.info({ upTo: sweptUpTo }, 'oldest revisions of the history swept');
    return { ...asked, problems, warnings, revision, outcomes, ...(number === 0 ? {} : { number }) };
  }

  function decide({ resources, removals }: Wanted, terms: Terms, nowMs: number): Application {
    const { force, strict = false } = terms;
    const applied = application(view, resources, { force, strict, nowMs, without: removals });
    if (applied.problems.length > 0) return applied;
    const next = worldWith(worldWithout(worldOf(view), removals), resources);
    const removed = removals.flatMap((id) => removal(view, id, { ids: removals, next, isConnected, force }));
    return { ...applied, steps: [...onePerSubject(removed), ...applied.steps] };
  }

  return {
    apply: (resources, terms) =>
      serial(() => change(() => ({ resources, removals: [] }), { ...terms, action: 'apply' })),
    remove: (ids, { force = false, absentAllowed = false, ...terms }) =>
      serial(async () => {
        let outcomes: readonly ('deleted' | 'absent')[] = [];
        const present = (): Wanted => {
          outcomes = ids.map((id) => (absentAllowed && !force && isAbsent(view, id) ? 'absent' : 'deleted'));
          return { resources: [], removals: ids.filter((_, index) => outcomes[index] === 'deleted') };
        };
        const { revision, number } = await change(present, { ...terms, force, action: 'delete' });
        return { revision, outcomes, ...(number === undefined ? {} : { number }) };
      }),
    rollback: (to, terms) =>
      serial(async () => {
        const before = await pastOf(options, to, 'rollback');
        let leftAlone: PastWanted['leftAlone'] = [];
        const wanted = (): Wanted => {
          const past = before();
          ({ leftAlone } = past);
          return past;
        };
        const result = await change(wanted, { ...terms, action: 'rollback', rolledBackTo: to });
        return { ...result, leftAlone };
      }),
  };
}

/** A site takes its orders along, which may be named beside it. */
function onePerSubject(steps: readonly ChangeStep[]): readonly ChangeStep[] {
  return [
    ...new Map(steps.map((step) => [`${resourceId(step.change)} ${step.change.outcome}`, step])).values(),
  ];
}

/** One write a key, the first. */
function unique(writes: readonly Write[]): readonly Write[] {
  return [...new Map(writes.toReversed().map((write) => [write.key, write])).values()].toReversed();
}

function tooMuchGone(operation: string, message: string): CausewayError {
  return new CausewayError({ code: 'refused', operation, message });
}
