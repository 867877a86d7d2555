/** What an entry of the store says, read once; of many at once in steps, before they are filed. */
import { CausewayError, messageOf } from '../../domain/error.ts';
import { resourceId } from '../../domain/resource.ts';
import type { Steps } from '../../domain/steps.ts';
import { checkedResources } from '../../resource/check.ts';
import { decodeRecord, type StoreRecord } from '../../store/record.ts';
import type { Entry, WatchEvent } from '../../store/store.ts';

/** Or why it can't be used; an undefined record is of a kind that this version does not know. */
export type ReadEntry = { readonly record: StoreRecord | undefined } | { readonly reason: string };

export interface EntryReader {
  of(entry: Entry): ReadEntry;
  /** `of` has them at hand then. */
  ahead(entries: readonly Entry[]): Steps<void>;
}

const entriesAStep = 20;

export function createEntryReader(location: string): EntryReader {
  const known = new WeakMap<Entry, ReadEntry>();

  function of(entry: Entry): ReadEntry {
    const read = known.get(entry) ?? readEntry(entry, location);
    known.set(entry, read);
    return read;
  }

  return {
    of,
    *ahead(entries) {
      for (const [index, entry] of entries.entries()) {
        of(entry);
        if (index % entriesAStep === 0) yield;
      }
    },
  };
}

/** That an event brings. */
export function entriesIn(event: WatchEvent): readonly Entry[] {
  if (event.kind === 'stale') return [];
  if (event.kind === 'list') return event.entries;
  return event.changes.flatMap((change) => (change.kind === 'put' ? change.entry : []));
}

function readEntry({ key, value }: Entry, location: string): ReadEntry {
  try {
    return { record: usable(decodeRecord(key, value, location)) };
  } catch (error) {
    return { reason: messageOf(error) };
  }
}

/** A resource as it could be declared today; what could not be is set aside like what is damaged. */
function usable(record: StoreRecord | undefined): StoreRecord | undefined {
  if (record?.kind !== 'resource') return record;
  const { problems, resources } = checkedResources([record.value]);
  const [value] = resources;
  if (value !== undefined && problems.length === 0) return { kind: 'resource', value };
  const [problem] = problems;
  throw new CausewayError({
    code: 'invalid',
    operation: 'use resource',
    subject: resourceId(record.value),
    message: `${problem?.path}: found ${problem?.found}, expected ${problem?.expected}; apply it anew, or delete it`,
  });
}
