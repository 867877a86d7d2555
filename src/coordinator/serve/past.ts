/** What was declared at a revision, and what differs between two: by undoing what came after. */
import { isDeepStrictEqual } from 'node:util';
import { type RemovableId, type Resource, resourceId } from '../../domain/resource.ts';
import { type ChangeOutcome, type RevisionChange, unreadable } from '../../domain/revision.ts';

/**
 * What these changes come to, one entry a resource: as it was before the first of them, as it is after the last. What was changed
 * and changed back is left out; so is what was only insisted on.
 */
export function netChanges(oldestFirst: readonly RevisionChange[]): readonly RevisionChange[] {
  const net = new Map<string, RevisionChange>();
  for (const change of oldestFirst) {
    if (change.outcome === 'insisted') continue;
    const id = `${resourceId(change)}${change.outcome === 'deregistered' ? ' member' : ''}`;
    net.set(id, withEnds(change, change.outcome, (net.get(id) ?? change).before, change.after));
  }
  return [...net.values()].flatMap((change) => told(change, change.before, change.after));
}

/** The same between then and now: `present` is what is declared. */
export function untilNow(
  net: readonly RevisionChange[],
  present: (id: RemovableId) => Resource | undefined,
): readonly RevisionChange[] {
  return net.flatMap((change) =>
    change.outcome === 'deregistered' ? [change] : told(change, change.before, present(change)),
  );
}

/** The other way round. Members that are gone come back by themselves or not at all. */
export function reversed(net: readonly RevisionChange[]): readonly RevisionChange[] {
  return net
    .filter(({ outcome }) => outcome !== 'deregistered')
    .flatMap((change) => told(change, change.after, change.before));
}

type End = RevisionChange['before'];

function told(change: RevisionChange, before: End, after: End): RevisionChange[] {
  if (change.outcome === 'deregistered') return [change];
  const outcome = before === undefined ? 'created' : after === undefined ? 'deleted' : 'changed';
  const isSame = before !== unreadable && isDeepStrictEqual(plain(before), plain(after));
  return isSame ? [] : [withEnds(change, outcome, before, after)];
}

function withEnds(
  { kind, name }: RemovableId,
  outcome: ChangeOutcome,
  before: End,
  after: End,
): RevisionChange {
  return {
    ...{ kind, name, outcome },
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
  };
}

/** As it would be read back: what is undefined is not there. */
function plain(value: End): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}
