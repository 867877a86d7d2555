/** What the store holds, by kind and key, as it was last read. */
import type { Member } from '../../domain/member.ts';
import type { Steps } from '../../domain/steps.ts';
import type { StoreRecord } from '../../store/record.ts';
import type { Entry, WatchEvent } from '../../store/store.ts';
import { createProbeSlots } from './probe-slot.ts';
import { createEntryReader, entriesIn } from './read-entry.ts';

/** A record with the revision that a transaction compares. */
export interface Known<T> {
  readonly value: T;
  readonly modRevision: number;
}

/** A record that can't be used: damaged, under another's key, or of a resource that could not be declared like this. */
export interface SetAside {
  readonly key: string;
  readonly reason: string;
}

type ValueOf<K extends StoreRecord['kind']> = Extract<StoreRecord, { kind: K }>['value'];

/** A damaged one leaves the last good one in place. */
export function createRecords(location: string, onSetAside: (record: SetAside) => void) {
  const byKey = new Map<string, { record: StoreRecord; modRevision: number; text: string }>();
  const damaged = new Map<string, { reason: string; modRevision: number; text: string }>();
  const byKind = new Map<StoreRecord['kind'], Map<string, StoreRecord['value']>>();
  const reader = createEntryReader(location);
  /** Members by address, then by key: each agent that calls is asked whether another has its. */
  const byAddress = new Map<string, Map<string, Member>>();
  const slots = createProbeSlots();
  /** One list a kind for as long as nothing of it changes. */
  const lists = new Map<StoreRecord['kind'], readonly StoreRecord['value'][]>();

  function kind(name: StoreRecord['kind']): Map<string, StoreRecord['value']> {
    const found = byKind.get(name) ?? new Map<string, StoreRecord['value']>();
    byKind.set(name, found);
    return found;
  }

  function put(entry: Entry): StoreRecord[] {
    const { key, value, modRevision } = entry;
    const read = reader.of(entry);
    if ('reason' in read) {
      const { reason } = read;
      damaged.set(key, { reason, modRevision, text: value });
      // One that was read before is still its owner's.
      if (!byKey.has(key)) slots.put(key, undefined, modRevision);
      onSetAside({ key, reason });
      return [];
    }
    const { record } = read;
    damaged.delete(key);
    if (record === undefined) return [];
    forgetAddress(key);
    if (record.kind === 'member') {
      const { address } = record.value;
      const there = byAddress.get(address) ?? new Map<string, Member>();
      byAddress.set(address, there.set(key, record.value));
    }
    if (record.kind === 'slot') slots.put(key, record.value.owner, modRevision);
    byKey.set(key, { record, modRevision, text: value });
    kind(record.kind).set(key, record.value);
    lists.delete(record.kind);
    return [record];
  }

  function forgetAddress(key: string): void {
    const record = byKey.get(key)?.record;
    if (record?.kind !== 'member') return;
    const there = byAddress.get(record.value.address);
    there?.delete(key);
    if (there?.size === 0) byAddress.delete(record.value.address);
  }

  function remove(key: string): StoreRecord[] {
    forgetAddress(key);
    slots.remove(key);
    const record = byKey.get(key)?.record;
    byKey.delete(key);
    damaged.delete(key);
    if (record === undefined) return [];
    kind(record.kind).delete(key);
    lists.delete(record.kind);
    return [record];
  }

  const modRevision = (key: string): number => (damaged.get(key) ?? byKey.get(key))?.modRevision ?? 0;

  /** By its text as well: a store that was put back reaches the same revisions with other changes. */
  function isKnown({ key, modRevision: at, value }: Entry): boolean {
    const known = damaged.get(key) ?? byKey.get(key);
    return known?.modRevision === at && known.text === value;
  }

  return {
    /** Reads what an event brings, in steps: what is filed then is at hand. */
    readAhead: (event: WatchEvent): Steps<void> =>
      reader.ahead(entriesIn(event).filter((entry) => !isKnown(entry))),
    replace(entries: readonly Entry[]): StoreRecord[] {
      const present = new Set(entries.map(({ key }) => key));
      const gone = [...byKey.keys(), ...damaged.keys()].filter((key) => !present.has(key));
      return [...gone.flatMap(remove), ...entries.filter((entry) => !isKnown(entry)).flatMap(put)];
    },
    apply: (event: Extract<WatchEvent, { kind: 'changes' }>): StoreRecord[] =>
      event.changes.flatMap((change) => (change.kind === 'put' ? put(change.entry) : remove(change.key))),
    setAside: (): SetAside[] => [...damaged].map(([key, { reason }]) => ({ key, reason })),
    values<K extends StoreRecord['kind']>(name: K): readonly ValueOf<K>[] {
      const list = lists.get(name) ?? [...kind(name).values()];
      lists.set(name, list);
      // Each value was filed under its own kind.
      return list as readonly ValueOf<K>[];
    },
    known<K extends StoreRecord['kind']>(name: K, key: string): Known<ValueOf<K>> | undefined {
      const found = byKey.get(key);
      if (found?.record.kind !== name) return undefined;
      return { value: found.record.value as ValueOf<K>, modRevision: found.modRevision };
    },
    membersAt: (address: string): readonly Member[] => [...(byAddress.get(address)?.values() ?? [])],
    probeSlotFor: slots.choose,
    modRevision,
  };
}
