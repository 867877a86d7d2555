/** What a change wants declared and gone, what a rollback does, and whether it is more than a change may take away. */
import type { Outcome } from '../../api/handlers.ts';
import type { Caller } from '../../domain/caller.ts';
import { CausewayError } from '../../domain/error.ts';
import {
  type RemovableId,
  type Resource,
  resourceId,
  type Settings,
  settingsName,
} from '../../domain/resource.ts';
import { unreadable } from '../../domain/revision.ts';
import { beyondRights, type TouchedByChange } from '../../plan/operator-rights.ts';
import { beyondRemovalLimit } from '../../plan/removal-limit.ts';
import type { StoreView } from '../view/store-view.ts';
import { worldOf, worldWith, worldWithout } from '../view/world-of-store.ts';
import { type HistoryOptions, readChanges } from './history.ts';
import type { KnownAgents } from './known-agents.ts';
import { netChanges } from './past.ts';
import { refuseAbsent } from './remove.ts';
import { newestNumber, requireRevision } from './revisions.ts';

/** These as they are given, those gone. */
export interface Wanted {
  readonly resources: readonly Resource[];
  readonly removals: readonly RemovableId[];
}

/** Of a rollback; and what it has no say in. */
export interface PastWanted extends Wanted {
  readonly leftAlone: readonly RemovableId[];
}

/**
 * Reads the history; what is returned then tells what would have to be as it is not. Overrides are orders of the day, each with an
 * end of its own: they stay. Throws `not-found` for a revision that is not kept, `refused` where a resource of then can't be read,
 * `conflict` where another change came in between.
 */
export async function pastOf(
  { store, view }: HistoryOptions,
  to: number,
  operation: string,
): Promise<() => PastWanted> {
  requireRevision(view, to, operation);
  const newest = newestNumber(view);
  const net = netChanges(await readChanges({ store, view, operation, after: to }));
  return () => {
    if (newestNumber(view) !== newest) throw overtaken(operation, to, newestNumber(view));
    const resources: Resource[] = [];
    const removals: RemovableId[] = [];
    const leftAlone: RemovableId[] = [];
    for (const { kind, name, outcome, before } of net) {
      if (kind === 'Director' || outcome === 'deregistered') continue;
      const id = { kind, name };
      if (kind === 'Override') leftAlone.push(id);
      else if (before === unreadable) throw unreadableThen(operation, to, id);
      else if (before !== undefined) resources.push(before);
      else if (view.resource(id) !== undefined) removals.push(id);
    }
    return { resources, removals, leftAlone };
  };
}

/** Why this caller may not touch these, whatever he says; undefined: he may. The settings that count are those of before the change. */
export function beyondCaller(
  view: StoreView,
  caller: Caller,
  touched: readonly TouchedByChange[],
): string | undefined {
  const siteOf = ({ kind, name }: RemovableId): string | undefined =>
    view.member(kind === 'Director' ? 'director' : 'realserver', name)?.value.site;
  return beyondRights(caller, touched, { operators: settingsOf(view)?.operators ?? [], siteOf });
}

/** As far as it is known beforehand: without what goes along with a site, which is that site's too. */
export function touchedBy(
  view: StoreView,
  { resources, removals }: Wanted,
  outcomes: readonly Outcome[],
): readonly TouchedByChange[] {
  const before = ({ kind, name }: RemovableId) => {
    const value = kind === 'Director' ? undefined : view.resource({ kind, name })?.value;
    return value === undefined ? {} : { before: value };
  };
  const written = resources.filter((_, index) => ['created', 'changed'].includes(outcomes[index] ?? ''));
  return [
    ...written.map((after) => ({ kind: after.kind, name: after.name, ...before(after), after })),
    ...removals.map(({ kind, name }) => ({ kind, name, ...before({ kind, name }) })),
  ];
}

function settingsOf(view: StoreView): Settings | undefined {
  const settings = view.resource({ kind: 'Settings', name: settingsName })?.value;
  return settings?.kind === 'Settings' ? settings : undefined;
}

/** Why a change may not be made without more ado. The settings that count are those of before it. */
export function beyondLimit(
  { view, agents }: { readonly view: StoreView; readonly agents: Pick<KnownAgents, 'find'> },
  { resources, removals }: Wanted,
  force: boolean,
): string | undefined {
  const limit = settingsOf(view)?.removal;
  // Of a real server that is connected only the policy goes.
  const going = removals.filter(
    ({ kind, name }) => kind !== 'RealServer' || agents.find('realserver', name)?.isConnected !== true,
  );
  const world = worldOf(view);
  return beyondRemovalLimit(world, worldWith(worldWithout(world, going), resources), { limit, force });
}

export function isAbsent(view: StoreView, id: RemovableId): boolean {
  try {
    refuseAbsent(view, id);
    return false;
  } catch (error) {
    if (error instanceof CausewayError && error.code === 'not-found') return true;
    throw error;
  }
}

function overtaken(operation: string, to: number, newest: number): CausewayError {
  return new CausewayError({
    ...{ code: 'conflict', operation, subject: `revision ${to}` },
    message: `revision ${newest} was made meanwhile: look, and decide again`,
  });
}

function unreadableThen(operation: string, to: number, id: RemovableId): CausewayError {
  return new CausewayError({
    ...{ code: 'refused', operation, subject: `revision ${to}` },
    message: `nothing is changed, for ${resourceId(id)} as it was then can't be read: apply it from a file`,
  });
}
