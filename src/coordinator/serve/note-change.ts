/** How a change is noted in the history: who, why, and what was there before, in the same transaction as the change. */
import type { Caller } from '../../domain/caller.ts';
import { CausewayError } from '../../domain/error.ts';
import {
  type Author,
  type ChangeTerms,
  changeTermsLimits,
  type Revision,
  type RevisionChange,
} from '../../domain/revision.ts';
import { revisionKey } from '../../store/keys.ts';
import { encodeRecord, type RevisionRecord } from '../../store/record.ts';
import { revisionPartWrites } from '../../store/revision-changes.ts';
import type { Write } from '../../store/store.ts';
import { type HistoryLimits, type HistoryView, newestNumber, outgrown } from './revisions.ts';

export type ChangeHead = Pick<
  Revision,
  'atMs' | 'author' | 'action' | 'message' | 'rolledBackTo' | 'isForced' | 'isBeyondLimit'
>;

export interface Noted {
  readonly record: RevisionRecord;
  readonly parts: readonly Extract<Write, { kind: 'put' }>[];
  /** The oldest revisions, as far as they have to go for it, up to this one; 0: none. */
  readonly swept: readonly Write[];
  readonly sweptUpTo: number;
}

/** Of the oldest, so many keys go with one change at most; the next takes more. */
const sweptKeysAtMost = 32;

/** Whoever takes the next number has seen all that came before it: two coordinators can't both take one. */
export function noted(
  view: HistoryView,
  head: ChangeHead,
  changes: readonly RevisionChange[],
  limits?: HistoryLimits,
): Noted {
  const number = newestNumber(view) + 1;
  const parts = revisionPartWrites(number, changes);
  const bytes = parts.reduce((sum, { value }) => sum + Buffer.byteLength(value), 0);
  const { keys, upTo: sweptUpTo } = outgrown(view, bytes, sweptKeysAtMost, limits);
  return {
    record: { number, ...head, state: 'done', parts: parts.length, bytes, made: changes.length },
    parts,
    swept: keys.map((key): Write => ({ kind: 'delete', key })),
    sweptUpTo,
  };
}

export function recordWrite(value: RevisionRecord): Write {
  return { kind: 'put', key: revisionKey(value.number), value: encodeRecord({ kind: 'revision', value }) };
}

/** As his certificate says; without one by his word, as far as it goes, else where he called from. Throws `invalid` for what is too long. */
export function authorOf(
  { identity, role }: Caller,
  { author = '' }: ChangeTerms,
  operation: string,
): Author {
  const told = author.trim();
  const { authorCharacters } = changeTermsLimits;
  if (told.length > authorCharacters) throw tooLong(operation, 'the author', told.length, authorCharacters);
  const isCertified = role !== 'local' && role !== 'unnamed';
  return isCertified || told === '' ? { name: identity, isTold: false } : { name: told, isTold: true };
}

export function messageIn({ message = '' }: ChangeTerms, operation: string): string {
  const { messageCharacters } = changeTermsLimits;
  if (message.length > messageCharacters)
    throw tooLong(operation, 'the message', message.length, messageCharacters);
  return message.trim();
}

function tooLong(operation: string, what: string, found: number, limit: number): CausewayError {
  const message = `found ${what} of ${found} characters, expected at most ${limit}`;
  return new CausewayError({ code: 'invalid', operation, message });
}
