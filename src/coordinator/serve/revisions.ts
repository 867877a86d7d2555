/** The history of changes, as the store has it: which revisions there are, which number is next, what has to go for it. */
import { CausewayError } from '../../domain/error.ts';
import { type RemovableId, resourceId } from '../../domain/resource.ts';
import type { Revision, Touched } from '../../domain/revision.ts';
import { revisionKey, revisionOfKey, revisionPartKey } from '../../store/keys.ts';
import type { RevisionPartRecord, RevisionRecord } from '../../store/record.ts';
import type { StoreView } from '../view/store-view.ts';

/**
 * What is kept: the last thousand changes, and so many bytes of them that a store's whole backup stays within one message. The
 * newest is kept whatever its size.
 */
export const historyLimits = { revisions: 1_000, bytes: 8 << 20 } as const;

export type HistoryLimits = { readonly [K in keyof typeof historyLimits]: number };

export type HistoryView = Pick<StoreView, 'revisions' | 'revisionParts' | 'setAside'>;

export interface StoredRevision extends Revision {
  readonly record: RevisionRecord;
}

const known = new WeakMap<
  readonly RevisionRecord[],
  { parts: readonly RevisionPartRecord[]; found: readonly StoredRevision[] }
>();

/** Oldest first; one answer for as long as the view gives the same lists. */
export function revisionsOf(view: HistoryView): readonly StoredRevision[] {
  const [records, parts] = [view.revisions(), view.revisionParts()];
  const before = known.get(records);
  if (before?.parts === parts) return before.found;
  const touched = new Map<number, Touched[]>();
  for (const { number, changes } of parts.toSorted((a, b) => a.part - b.part))
    touched.set(number, [...(touched.get(number) ?? []), ...changes]);
  const found = records
    .toSorted((a, b) => a.number - b.number)
    .map((record) => ({ ...revisionIn(record), touched: touched.get(record.number) ?? [], record }));
  known.set(records, { parts, found });
  return found;
}

function revisionIn({
  parts: _,
  bytes: __,
  made: ___,
  ...revision
}: RevisionRecord): Omit<Revision, 'touched'> {
  return revision;
}

/** The newest there is, readable or not; 0: none. Its number is never given again. */
export function newestNumber(view: HistoryView): number {
  const damaged = view.setAside().map(({ key }) => revisionOfKey(key) ?? 0);
  return Math.max(0, revisionsOf(view).at(-1)?.number ?? 0, ...damaged);
}

/** Keys of the oldest revisions, as far as they have to go for one more of so many bytes; no more than `keysAtMost`. */
export function outgrown(
  view: HistoryView,
  bytes: number,
  keysAtMost: number,
  limits: HistoryLimits = historyLimits,
): { readonly keys: readonly string[]; readonly upTo: number } {
  const all = revisionsOf(view);
  let [count, size] = [all.length + 1, bytes + all.reduce((sum, { record }) => sum + record.bytes, 0)];
  const keys: string[] = [];
  let upTo = 0;
  for (const { number, record } of all) {
    if ((count <= limits.revisions && size <= limits.bytes) || keys.length >= keysAtMost) break;
    // The revision itself first: what is left of a large one has no owner then, and goes with the next changes.
    keys.push(...keysOf(record).slice(0, keysAtMost - keys.length));
    [count, size, upTo] = [count - 1, size - record.bytes, number];
  }
  const goneUpTo = Math.max(upTo, (all[0]?.number ?? 1) - 1);
  const left = [
    ...view.revisionParts().map(({ number, part }) => revisionPartKey(number, part)),
    ...view.setAside().map(({ key }) => key),
  ].filter((key) => (revisionOfKey(key) ?? Number.POSITIVE_INFINITY) <= goneUpTo);
  return { keys: [...new Set([...keys, ...left])].slice(0, keysAtMost), upTo };
}

function keysOf({ number, parts }: RevisionRecord): string[] {
  return [
    revisionKey(number),
    ...Array.from({ length: parts }, (_, index) => revisionPartKey(number, index + 1)),
  ];
}

/** Throws `conflict`, with who it was, where one of these was changed by a later revision. */
export function refuseChangedSince(
  view: HistoryView,
  ids: readonly RemovableId[],
  since: number,
  operation: string,
): void {
  const newest = newestNumber(view);
  if (since > newest) {
    throw new CausewayError({
      ...{ code: 'invalid', operation, subject: `if revision ${since}` },
      message: newest === 0 ? 'there is no revision yet' : `the newest revision is ${newest}`,
    });
  }
  const later = revisionsOf(view).filter(({ number }) => number > since);
  const conflict = (subject: string, message: string) =>
    new CausewayError({ code: 'conflict', operation, subject, message });
  const names = new Set(ids.map(resourceId));
  for (const revision of later.toReversed()) {
    if (revision.state === 'abandoned') continue;
    const touched = revision.touched.find((one) => one.outcome !== 'insisted' && names.has(resourceId(one)));
    if (touched === undefined) continue;
    throw conflict(
      resourceId(touched),
      `${touched.outcome} by ${revisionText(revision)}, after revision ${since}: look (causeway diff ${since} now), and decide again`,
    );
  }
  if (later.length === newest - since) return;
  throw conflict(
    `if revision ${since}`,
    'not all revisions since then are still kept and readable, so nobody can tell what they changed: look, and decide again',
  );
}

/** `revision 12 of ann (told): new racks`. */
export function revisionText({ number, author, message }: Revision): string {
  const why = message === '' ? '' : `: ${message}`;
  return `revision ${number} of ${author.name}${author.isTold ? ' (told)' : ''}${why}`;
}

/** Throws `not-found` with what there is. 0 is before the first. */
export function requireRevision(view: HistoryView, number: number, operation: string): void {
  const all = revisionsOf(view);
  const subject = `revision ${number}`;
  const refuse = (message: string) => new CausewayError({ code: 'not-found', operation, subject, message });
  const newest = newestNumber(view);
  if (number > newest) throw refuse(newest === 0 ? 'there is none yet' : `the newest is ${newest}`);
  // As it was after the last that is gone, it was before the first that is kept.
  const oldest = all[0]?.number ?? newest + 1;
  if (number < oldest - 1)
    throw refuse(`older ones were swept: the history goes back to before revision ${oldest}`);
  const present = new Set(all.map((one) => one.number));
  for (let at = Math.max(number, oldest - 1) + 1; at <= newest; at++) {
    if (!present.has(at))
      throw refuse(`revision ${at}, which came later, can't be read: what was before it is not known`);
  }
}
