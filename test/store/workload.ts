/** Clients that write, read and watch at random while faults happen, and all that they saw, for the oracle. */
import { expect } from 'vitest';
import type { Condition, Entry, Store, WatchEvent, Write } from '../../src/store/store.ts';
import { persist } from './etcd-opened.ts';
import type { History, ReadCall, WatchRecord, WriteCall } from './oracle.ts';
import { put, remove } from './writing.ts';

export interface Fault {
  /** When so many operations have been tried. */
  readonly at: number;
  readonly run: (running: Running) => Promise<void> | void;
}

export interface Watching {
  readonly store: Store;
  readonly prefix: string;
  /** Ends after so many events, and resumes where it was. */
  readonly resumesAfter?: number;
  /** Reads nothing while this is true. */
  readonly isIdle?: () => boolean;
}

export interface Running {
  /** The first watch has told all that was written by now. */
  caughtUp(): Promise<void>;
}

export interface Workload {
  readonly clients: readonly Store[];
  readonly watches: readonly Watching[];
  readonly operations: number;
  readonly seed: number;
  readonly faults: readonly Fault[];
}

const folders = ['ha/', 'hb/'];
const keys = folders.flatMap((folder) => [0, 1, 2, 3].map((index) => `${folder}${index}`));
const endKeys = folders.map((folder) => `${folder}end`);
const pauseMs = 20;

export async function record({ clients, watches, operations, seed, faults }: Workload): Promise<History> {
  const [first] = clients as [Store];
  const random = randomOf(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const writes: WriteCall[] = [];
  const reads: ReadCall[] = [];
  const start = await persist(() => first.read({ prefix: '' }));
  let tick = 0;
  let tried = 0;
  let isOver = false;
  const followers = watches.map((watching) => follow(watching, () => isOver));

  async function commit(
    store: Store,
    conditions: readonly Condition[],
    list: readonly Write[],
  ): Promise<boolean> {
    const transaction = { conditions, writes: list };
    tick += 1;
    const invoked = tick;
    const answer = await store.commit(transaction).catch(() => undefined);
    tick += 1;
    writes.push({ invoked, returned: tick, transaction, commit: answer });
    return answer !== undefined && answer.outcome !== 'unknown';
  }

  async function read(store: Store, selection: ReadCall['selection']): Promise<readonly Entry[] | undefined> {
    tick += 1;
    const invoked = tick;
    const listing = await store.read(selection).catch(() => undefined);
    if (listing === undefined) return undefined;
    tick += 1;
    reads.push({ invoked, returned: tick, selection, listing });
    return listing.entries;
  }

  async function client(store: Store, name: number): Promise<void> {
    let known: readonly Entry[] = [];
    let knownAt = start.revision;
    for (let count = 0; tried < operations; count++) {
      tried += 1;
      const value = `${name}-${count}`;
      const key = pick(keys);
      const dice = random();
      const same = { key, modRevision: known.find((one) => one.key === key)?.modRevision ?? 0 };
      let isAnswered: boolean;
      if (dice < 0.35) {
        const selection = dice < 0.2 ? { prefix: pick(['h', ...folders]) } : { keys: [key, pick(keys)] };
        const entries = await read(store, selection);
        isAnswered = entries !== undefined;
        if (entries !== undefined && 'prefix' in selection && selection.prefix === 'h') {
          known = entries;
          knownAt = reads.at(-1)?.listing.revision ?? knownAt;
        }
      } else if (dice < 0.55) isAnswered = await commit(store, [same], [put(key, value)]);
      else if (dice < 0.7) isAnswered = await commit(store, [], [put(key, value)]);
      else if (dice < 0.8) isAnswered = await commit(store, [], [remove(key)]);
      else if (dice < 0.9) {
        const others = keys.filter((one) => one !== key).slice(0, 3);
        isAnswered = await commit(
          store,
          [],
          [
            put(key, value),
            ...others.map((other, index) => (index === 0 ? remove(other) : put(other, `${value}-${index}`))),
          ],
        );
      } else {
        const prefix = pick(folders);
        isAnswered = await commit(store, [{ prefix, unchangedSince: knownAt }], [put(key, value)]);
      }
      if (!isAnswered) await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }

  async function disturb(): Promise<void> {
    const caughtUp = async (): Promise<void> => {
      const revision = writes.reduce(
        (newest, { commit: one }) => (one?.outcome === 'committed' ? Math.max(newest, one.revision) : newest),
        0,
      );
      await expect.poll(() => followers[0]?.position() ?? 0).toBeGreaterThanOrEqual(revision);
    };
    for (const { at, run } of faults) {
      await expect.poll(() => tried, { interval: 5 }).toBeGreaterThanOrEqual(at);
      await run({ caughtUp });
    }
  }

  await Promise.all([...clients.map(client), disturb()]);
  await expect
    .poll(() =>
      commit(
        first,
        [],
        endKeys.map((key) => put(key, `end ${tick} ${key}`)),
      ),
    )
    .toBe(true);
  const end = await persist(() => first.read({ prefix: '' }));
  const last = end.entries.find(({ key }) => key === endKeys[0])?.modRevision ?? 0;
  for (const { position } of followers) await expect.poll(position).toBeGreaterThanOrEqual(last);
  isOver = true;
  const records = await Promise.all(followers.map(({ end: ended }) => ended()));
  return { start, writes, reads, watches: records.flat(), end };
}

function follow({ store, prefix, resumesAfter, isIdle }: Watching, isOver: () => boolean) {
  const records: (Omit<WatchRecord, 'isGivenUp'> & { readonly events: WatchEvent[] })[] = [];
  let position: number | undefined;
  let abort = new AbortController();

  async function run(): Promise<void> {
    while (!isOver()) {
      abort = new AbortController();
      const afterRevision = position;
      const events: WatchEvent[] = [];
      records.push({ prefix, afterRevision, events });
      const options = { signal: abort.signal, ...(afterRevision === undefined ? {} : { afterRevision }) };
      for await (const event of store.watch(prefix, options)) {
        events.push(event);
        if (event.kind !== 'stale') position = Math.max(position ?? 0, event.revision);
        if (events.length >= (resumesAfter ?? Number.POSITIVE_INFINITY)) break;
        while (isIdle?.() === true) await new Promise((resolve) => setTimeout(resolve, pauseMs));
      }
    }
  }
  const running = run();

  return {
    position: () => position ?? 0,
    async end(): Promise<WatchRecord[]> {
      abort.abort();
      await running;
      return records.map((one, index) => ({ ...one, isGivenUp: index < records.length - 1 }));
    },
  };
}

/** A linear congruential generator: the same seed, the same choices. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
