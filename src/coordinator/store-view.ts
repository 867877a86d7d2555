/** What the store holds, as this coordinator knows it: followed by one watch, read without waiting. */
import type { Asked } from '../domain/asked.ts';
import { CausewayError } from '../domain/error.ts';
import type { ServiceFlows } from '../domain/flows.ts';
import type { Member } from '../domain/member.ts';
import type { LatencyEntry } from '../domain/report.ts';
import type { Resource, ResourceId } from '../domain/resource.ts';
import type { AgentRole } from '../domain/role.ts';
import { askedKey, memberKey, resourceKey } from '../store/keys.ts';
import { type AskedRecord, decodeRecord, type ProbeSlotRecord, type StoreRecord } from '../store/record.ts';
import type { Entry, Store, WatchEvent } from '../store/store.ts';

/** A record with the revision that a transaction compares. */
export interface Known<T> {
  readonly value: T;
  readonly modRevision: number;
}

/** What was asked for, and at which revision of the store. */
export type AskedAt = AskedRecord & Asked;

/** What changed; for a deleted record the one that was there. */
export type ViewChange = StoreRecord;

export interface StoreView {
  /** The store's revision that this view shows. */
  readonly revision: number;
  resources(): readonly Resource[];
  resource(id: ResourceId): Known<Resource> | undefined;
  members(): readonly Member[];
  member(role: AgentRole, name: string): Known<Member> | undefined;
  /** By slot key. */
  slot(key: string): Known<ProbeSlotRecord> | undefined;
  latency(): readonly LatencyEntry[];
  /** One a service. */
  flows(): readonly ServiceFlows[];
  deletedServices(): readonly string[];
  probeKeyHex(): string | undefined;
  /** What operators asked for, each with the revision at which they did. */
  asked(): readonly AskedAt[];
  /** 0 where the key is unknown: what a transaction states to create it. */
  modRevision(key: string): number;
  /** Resolves when the view shows this revision or a later one. */
  reached(revision: number): Promise<void>;
  onChange(listener: (changes: readonly ViewChange[]) => void): void;
  /** Undefined when all is well, else why the view can't be trusted to be fresh. */
  trouble(): string | undefined;
  close(): Promise<void>;
}

/** Reads everything, then follows. Errors: `invalid` where a record is damaged, `unavailable`. */
export async function openStoreView(store: Store, onTrouble: (error: unknown) => void): Promise<StoreView> {
  const records = createRecords(store.location);
  const listeners: ((changes: readonly ViewChange[]) => void)[] = [];
  let waiting: { revision: number; resolve: () => void }[] = [];
  let revision = 0;
  let trouble: string | undefined;
  const abort = new AbortController();

  function take(event: WatchEvent, onDamaged: (error: unknown) => void): void {
    const changes =
      event.kind === 'list' ? records.replace(event.entries, onDamaged) : records.apply(event, onDamaged);
    revision = Math.max(revision, event.revision);
    if (changes.length > 0) for (const listener of listeners) listener(changes);
    const due = waiting.filter((one) => one.revision <= revision);
    waiting = waiting.filter((one) => one.revision > revision);
    for (const { resolve } of due) resolve();
  }

  function damaged(error: unknown): void {
    trouble = error instanceof Error ? error.message : String(error);
    onTrouble(error);
  }

  const events = store.watch('', { signal: abort.signal })[Symbol.asyncIterator]();
  const first = await events.next();
  if (first.done === true) {
    throw new CausewayError({
      code: 'unavailable',
      operation: 'read store',
      subject: store.location,
      message: 'it closed',
    });
  }
  take(first.value, (error) => {
    throw error;
  });

  async function follow(): Promise<void> {
    for (let next = await events.next(); next.done !== true; next = await events.next())
      take(next.value, damaged);
    if (!abort.signal.aborted) trouble = `the watch of ${store.location} ended`;
  }
  const following = follow().catch(damaged);

  return {
    get revision() {
      return revision;
    },
    resources: () => records.values('resource'),
    resource: (id) => records.known('resource', resourceKey(id)),
    members: () => records.values('member'),
    member: (role, name) => records.known('member', memberKey(role, name)),
    slot: (key) => records.known('slot', key),
    latency: () => records.values('latency'),
    flows: () => records.values('flows'),
    deletedServices: () => records.values('deleted-service').map(({ name }) => name),
    probeKeyHex: () => records.values('probe-key')[0]?.keyHex,
    asked: () =>
      records.values('asked').map((one) => ({ ...one, revision: records.modRevision(askedKey(one)) })),
    modRevision: (key) => records.modRevision(key),
    reached(wanted) {
      if (wanted <= revision) return Promise.resolve();
      return new Promise((resolve) => waiting.push({ revision: wanted, resolve }));
    },
    onChange: (listener) => void listeners.push(listener),
    trouble: () => trouble,
    async close() {
      abort.abort();
      await following;
    },
  };
}

type ValueOf<K extends StoreRecord['kind']> = Extract<StoreRecord, { kind: K }>['value'];

/** The records by kind and key. A damaged one leaves the last good one in place. */
function createRecords(location: string) {
  const byKey = new Map<string, { record: StoreRecord; modRevision: number }>();
  const byKind = new Map<StoreRecord['kind'], Map<string, StoreRecord['value']>>();
  /** One list a kind for as long as nothing of it changes. */
  const lists = new Map<StoreRecord['kind'], readonly StoreRecord['value'][]>();

  function kind(name: StoreRecord['kind']): Map<string, StoreRecord['value']> {
    const found = byKind.get(name) ?? new Map<string, StoreRecord['value']>();
    byKind.set(name, found);
    return found;
  }

  function put({ key, value, modRevision }: Entry): StoreRecord | undefined {
    const record = decodeRecord(key, value, location);
    if (record === undefined) return undefined;
    byKey.set(key, { record, modRevision });
    kind(record.kind).set(key, record.value);
    lists.delete(record.kind);
    return record;
  }

  function remove(key: string): StoreRecord | undefined {
    const record = byKey.get(key)?.record;
    byKey.delete(key);
    if (record === undefined) return undefined;
    kind(record.kind).delete(key);
    lists.delete(record.kind);
    return record;
  }

  function guarded(run: () => StoreRecord | undefined, onDamaged: (error: unknown) => void): StoreRecord[] {
    try {
      const record = run();
      return record === undefined ? [] : [record];
    } catch (error) {
      onDamaged(error);
      return [];
    }
  }

  return {
    replace(entries: readonly Entry[], onDamaged: (error: unknown) => void): StoreRecord[] {
      const present = new Set(entries.map(({ key }) => key));
      const gone = [...byKey.keys()].filter((key) => !present.has(key));
      return [
        ...gone.flatMap((key) => guarded(() => remove(key), onDamaged)),
        ...entries
          .filter(({ key, modRevision }) => byKey.get(key)?.modRevision !== modRevision)
          .flatMap((entry) => guarded(() => put(entry), onDamaged)),
      ];
    },
    apply(
      event: Extract<WatchEvent, { kind: 'changes' }>,
      onDamaged: (error: unknown) => void,
    ): StoreRecord[] {
      return event.changes.flatMap((change) =>
        guarded(() => (change.kind === 'put' ? put(change.entry) : remove(change.key)), onDamaged),
      );
    },
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
    modRevision: (key: string): number => byKey.get(key)?.modRevision ?? 0,
  };
}
