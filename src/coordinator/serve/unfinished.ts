/**
 * A change that is too large for one transaction: first all of it is noted in the history, then it is made, transaction by transaction,
 * each of which says how far it is. Whoever finds one that its coordinator left takes it up where it stands; several may, at once.
 */
import { CausewayError, messageOf } from '../../domain/error.ts';
import type { RevisionChange } from '../../domain/revision.ts';
import { revisionPartPrefix } from '../../store/keys.ts';
import type { RevisionRecord } from '../../store/record.ts';
import { readRevisionPart } from '../../store/revision-changes.ts';
import type { Store, StoreLimits, Write } from '../../store/store.ts';
import { bytesOf } from '../../store/transaction-check.ts';
import type { StoreView } from '../view/store-view.ts';
import { transact } from '../view/transact.ts';
import { changeWrites } from './change-writes.ts';
import { recordWrite } from './note-change.ts';
import { type HistoryView, newestNumber, revisionsOf, revisionText } from './revisions.ts';

/** Whether one transaction takes all of these, beside so many conditions of other keys. */
export function fits(writes: readonly Write[], limits: StoreLimits, otherConditions: number): boolean {
  const bytes = writes.reduce((sum, write) => sum + bytesOf(write), 0);
  return writes.length + otherConditions <= limits.operations && bytes <= limits.bytes;
}

/** The one that is being written, which is the newest; undefined: none. */
export function unfinishedRevision(view: HistoryView): RevisionRecord | undefined {
  const newest = revisionsOf(view).at(-1);
  return newest?.state === 'in progress' && newest.number === newestNumber(view) ? newest.record : undefined;
}

/** Throws `conflict` while a change is being written: what comes next can't be judged before it is all there. */
export function refuseUnfinished(view: HistoryView, operation: string): void {
  const newest = revisionsOf(view).at(-1);
  if (newest === undefined || unfinishedRevision(view) === undefined) return;
  throw new CausewayError({
    ...{ code: 'conflict', operation },
    message: `${revisionText(newest)} is being written: try again in some seconds`,
  });
}

interface InStore {
  readonly store: Store;
  readonly view: StoreView;
  readonly operation: string;
}

/** Its parts, as far as they are not there yet. */
export async function noteParts(
  { store, view, operation }: InStore,
  parts: readonly Extract<Write, { kind: 'put' }>[],
): Promise<void> {
  await transact(store, view, operation, () => parts.filter(({ key }) => view.modRevision(key) === 0));
}

/** Resolves with the store's revision at which all of it was made. Throws `conflict` where somebody gave it up. */
export async function makeChanges(
  { store, view, operation }: InStore,
  number: number,
  changes: readonly RevisionChange[],
): Promise<number> {
  for (;;) {
    let isOver = false;
    const revision = await transact(store, view, operation, () => {
      const record = revisionsOf(view).find((one) => one.number === number)?.record;
      if (record === undefined || record.state === 'abandoned') throw givenUp(operation, number);
      // Another has done the rest.
      isOver = record.state === 'done';
      if (isOver) return [];
      const batch = nextBatch({ view, limits: store.limits, operation }, record, changes);
      isOver = batch.isLast;
      return [batch.writes];
    });
    if (isOver) return revision;
  }
}

interface Batch {
  readonly writes: readonly Write[];
  readonly isLast: boolean;
}

/** As many changes as one transaction takes. Of one that is larger than that, what goes with it goes before it. */
function nextBatch(
  { view, limits, operation }: { view: StoreView; limits: StoreLimits; operation: string },
  record: RevisionRecord,
  changes: readonly RevisionChange[],
): Batch {
  let [writes, made]: [readonly Write[], number] = [[], record.made];
  for (; made < changes.length; made++) {
    const change = changes[made];
    const more = change === undefined ? [] : changeWrites(view, change, record.isForced);
    const next = onePerKey([...writes, ...more]);
    if (!fits([progress(record, made + 1, changes.length), ...next], limits, 0)) break;
    writes = next;
  }
  if (made > record.made || changes.length === 0)
    return {
      writes: [progress(record, made, changes.length), ...writes],
      isLast: made >= changes.length,
    };
  const [change] = changes.slice(made);
  const whole = change === undefined ? [] : changeWrites(view, change, record.isForced);
  const cut = whole.slice(1).filter(({ kind }) => kind === 'delete');
  const some = cut.slice(0, limits.operations - 1);
  if (some.length === 0) {
    const message = `${whole.length} writes belong together, which is more than the store takes at once`;
    throw new CausewayError({ code: 'invalid', operation, message });
  }
  return { writes: [progress(record, made, changes.length), ...some], isLast: false };
}

function progress(record: RevisionRecord, made: number, of: number): Write {
  return recordWrite({ ...record, made, state: made >= of ? 'done' : 'in progress' });
}

/** One write a key, the first. */
export function onePerKey(writes: readonly Write[]): readonly Write[] {
  return [...new Map(writes.toReversed().map((write) => [write.key, write])).values()].toReversed();
}

/** What became of one that was left unfinished; undefined: it is none any more. */
export async function finishRevision(
  store: Store,
  view: StoreView,
): Promise<
  { readonly number: number; readonly outcome: 'done' | 'abandoned'; readonly why: string } | undefined
> {
  const record = unfinishedRevision(view);
  if (record === undefined) return undefined;
  const { number } = record;
  const inStore = { store, view, operation: 'finish revision' };
  const noted = await notedChanges(store, record);
  if (!('why' in noted)) {
    await makeChanges(inStore, number, noted.changes);
    return { number, outcome: 'done', why: '' };
  }
  await transact(store, view, inStore.operation, () => {
    const present = unfinishedRevision(view);
    // Whoever began it may have gone on meanwhile.
    if (present?.number !== number || present.made > record.made) return [];
    return [recordWrite({ ...present, state: 'abandoned' })];
  });
  return unfinishedRevision(view) === undefined
    ? { number, outcome: 'abandoned', why: noted.why }
    : undefined;
}

async function notedChanges(
  store: Store,
  { number, parts }: RevisionRecord,
): Promise<{ readonly changes: readonly RevisionChange[] } | { readonly why: string }> {
  const { entries } = await store.read({ prefix: revisionPartPrefix(number) });
  if (entries.length < parts) return { why: `${entries.length} of its ${parts} parts were noted` };
  try {
    return { changes: entries.flatMap((entry) => readRevisionPart(entry, store.location)) };
  } catch (error) {
    return { why: messageOf(error) };
  }
}

function givenUp(operation: string, number: number): CausewayError {
  return new CausewayError({
    ...{ code: 'conflict', operation, subject: `revision ${number}` },
    message: 'it took so long that another coordinator gave it up; nothing is changed: try again',
  });
}
