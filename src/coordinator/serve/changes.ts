/** What operators change: decided on what the store holds, written with its revision of the history, all of it or nothing. */
import type { AdminHandlers, Calling, ChangeResult } from '../../api/handlers.ts';
import type { Clock } from '../../domain/clock.ts';
import { CausewayError } from '../../domain/error.ts';
import { resourceId } from '../../domain/resource.ts';
import type { ChangeTerms, RevisionAction, RevisionChange } from '../../domain/revision.ts';
import type { AgentRole } from '../../domain/role.ts';
import type { Steps } from '../../domain/steps.ts';
import type { Logger } from '../../runtime/log.ts';
import { memberPrefix, resourcePrefix } from '../../store/keys.ts';
import type { Store, Write } from '../../store/store.ts';
import type { Serial } from '../view/serial.ts';
import type { StoreView } from '../view/store-view.ts';
import { transact, type WriteGroup } from '../view/transact.ts';
import { worldOf, worldWith, worldWithout } from '../view/world-of-store.ts';
import { type Application, application } from './apply.ts';
import { changeWrites } from './change-writes.ts';
import type { KnownAgents } from './known-agents.ts';
import { authorOf, type ChangeHead, messageIn, type Noted, noted, recordWrite } from './note-change.ts';
import { removal } from './remove.ts';
import { refuseChangedSince } from './revisions.ts';
import { fits, makeChanges, noteParts, onePerKey, refuseUnfinished } from './unfinished.ts';
import { beyondCaller, beyondLimit, isAbsent, type PastWanted, pastOf, type Wanted } from './wanted.ts';

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
    let decided: Application = { problems: [], warnings: [], outcomes: [], changes: [] };
    let asked: Wanted = { resources: [], removals: [] };
    const taken: { note: Noted | undefined; isLarge: boolean } = { note: undefined, isLarge: false };
    function* decideWrites(): Steps<readonly WriteGroup[]> {
      [taken.note, taken.isLarge] = [undefined, false];
      refuseUnfinished(view, action);
      asked = wanted();
      const nowMs = clock.nowMs();
      decided = yield* decide(asked, terms, nowMs);
      const { changes } = decided;
      if (changes.length === 0) return [];
      const denial = beyondCaller(view, terms.caller, changes);
      if (denial !== undefined) throw notHis(action, denial);
      const ids = changes.filter(({ outcome }) => outcome !== 'insisted');
      if (terms.ifRevision !== undefined) refuseChangedSince(view, ids, terms.ifRevision, action);
      yield;
      const beyond = beyondLimit({ view, agents }, asked, terms.force);
      yield;
      if (beyond !== undefined && terms.allowRemoval !== true) throw tooMuchGone(action, beyond);
      const head: ChangeHead = {
        ...{ atMs: nowMs, action, ...said },
        ...(terms.rolledBackTo === undefined ? {} : { rolledBackTo: terms.rolledBackTo }),
        ...{ isForced: terms.force, isBeyondLimit: beyond !== undefined },
      };
      const note = noted(view, head, changes);
      taken.note = note;
      const made: Write[] = [];
      for (const one of changes) {
        yield;
        made.push(...changeWrites(view, one, terms.force));
      }
      const writes = onePerKey([recordWrite(note.record), ...note.parts, ...note.swept, ...made]);
      if (fits(writes, store.limits, restsOn.length)) return [writes];
      // It is begun, so that nobody else begins anything, and made afterwards.
      taken.isLarge = true;
      return [[recordWrite({ ...note.record, state: 'in progress', made: 0 }), ...note.swept]];
    }
    const isTold = (): boolean => decided.problems.length === 0;
    let revision = await transact(store, view, action, decideWrites, { restsOn, isTold });
    const { problems, warnings, outcomes, changes } = decided;
    const { note } = taken;
    if (note !== undefined && taken.isLarge) {
      revision = await makeLarge(note, changes, action);
    }
    agents.keepMembers((role, name) => view.member(role, name) !== undefined);
    const touched = changes.map((one) => `${resourceId(one)} ${one.outcome}`);
    const number = note?.record.number;
    const made = { number: number ?? 0, touched, problems: problems.length, revision };
    log.info({ ...said, by: terms.caller.identity, force: terms.force, ...made }, action);
    if (note !== undefined && note.sweptUpTo > 0)
      log.info({ upTo: note.sweptUpTo }, 'oldest revisions of the history swept');
    return {
      ...{ ...asked, problems, warnings, revision, outcomes },
      ...(number === undefined ? {} : { number, changes }),
    };
  }

  async function makeLarge(
    { record, parts }: Noted,
    changes: readonly RevisionChange[],
    operation: string,
  ): Promise<number> {
    try {
      await noteParts({ store, view, operation }, parts);
      return await makeChanges({ store, view, operation }, record.number, changes);
    } catch (error) {
      throw leftUnfinished(error, record.number);
    }
  }

  function* decide({ resources, removals }: Wanted, terms: Terms, nowMs: number): Steps<Application> {
    const { force, strict = false } = terms;
    const applied = yield* application(view, resources, {
      ...{ force, strict, nowMs, without: removals },
      isConnected: (name) => isConnected('director', name),
    });
    if (applied.problems.length > 0) return applied;
    const next = worldWith(worldWithout(worldOf(view), removals), resources);
    const removed = removals.flatMap((id) => removal(view, id, { ids: removals, next, isConnected, force }));
    return { ...applied, changes: [...onePerSubject(removed), ...applied.changes] };
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
        const result = await change(present, { ...terms, force, action: 'delete' });
        const { revision, number, changes } = result;
        return { revision, outcomes, ...(number === undefined ? {} : { number, changes: changes ?? [] }) };
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
function onePerSubject(changes: readonly RevisionChange[]): readonly RevisionChange[] {
  return [...new Map(changes.map((one) => [`${resourceId(one)} ${one.outcome}`, one])).values()];
}

function leftUnfinished(error: unknown, number: number): unknown {
  if (!(error instanceof CausewayError) || error.code === 'conflict') return error;
  return new CausewayError({
    ...{ code: error.code, operation: 'make', subject: `revision ${number}`, cause: error },
    message: `it is begun, and not all made: ${error.message}. It goes on, or is given up, by itself: causeway history`,
  });
}

function notHis(operation: string, message: string): CausewayError {
  return new CausewayError({ code: 'permission', operation, message });
}

function tooMuchGone(operation: string, message: string): CausewayError {
  return new CausewayError({ code: 'refused', operation, message });
}
