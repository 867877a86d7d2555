/** The store of many coordinators: an etcd, or the part of one below a prefix. */
import type { Clock } from '../../domain/clock.ts';
import { CausewayError } from '../../domain/error.ts';
import { createChangeQueue } from '../change-queue.ts';
import type { Commit, Entry, Lease, Listing, Selection, Store, StoreLimits } from '../store.ts';
import { checkTransaction } from '../transaction-check.ts';
import { createBackoff } from './backoff.ts';
import type { EtcdAccess } from './client.ts';
import { etcdError, type FailureKind } from './failure.ts';
import { createLayout } from './layout.ts';
import { openLease } from './lease.ts';
import { createMembers, EtcdRefusal } from './members.ts';
import { createPump, type Pump } from './pump.ts';
import { transactionOf } from './transaction.ts';
import { entryOf } from './watch-reader.ts';

export interface EtcdStoreOptions {
  /** `http://HOST:PORT` or `https://HOST:PORT`, all of one kind, in the order in which they are tried. */
  readonly endpoints: readonly string[];
  /** All that is read and written stands below it. Ends with `/`. */
  readonly prefix: string;
  readonly access: EtcdAccess;
  readonly clock: Clock;
  /** 0 to 1. */
  readonly random: () => number;
  /** Changes queued for one watch. */
  readonly watchQueueLimit?: number;
  readonly timing?: Partial<EtcdTiming>;
  /** What the member says that was asked first: 3.5.30. */
  onVersion?(version: string): void;
}

export interface EtcdTiming {
  /** One member's time for one call: an election takes one to two seconds, a round trip of the WAN a fraction of one. */
  readonly attemptMs: number;
  /** How often a watch asks how far etcd is, and after how long a silence it goes to another member. */
  readonly progressMs: number;
  readonly silenceMs: number;
  /** How often it is asked whether the first endpoint is back, where another is in use. */
  readonly homeMs: number;
}

const usualTiming: EtcdTiming = { attemptMs: 4_000, progressMs: 2_000, silenceMs: 8_000, homeMs: 30_000 };

/**
 * etcd's own are 128 operations and 1.5 MB (--max-txn-ops, --max-request-bytes). What is between goes to the changes of folders that are
 * noted, and to the keys that are compared.
 */
const limits: StoreLimits = { operations: 100, bytes: 1_000_000 };
/** Entries of one answer. */
const pageSize = 2_000;
const pageAttempts = 5;
const keysAtOnce = 100;
const longestRelistMs = 5_000;
/** Grows when an older Causeway could not read what a newer one writes. */
const format = 1;

/** Reads again wherever it can: nothing is done by it. */
const anywhere: readonly FailureKind[] = ['unsent', 'lost'];

/**
 * Connects, and makes sure that what stands there is for this Causeway. Errors: `unavailable`, `permission`, `unsupported` (written by
 * a newer one).
 */
export async function openEtcdStore(options: EtcdStoreOptions): Promise<Store> {
  const { endpoints, prefix, access, clock, random } = options;
  const location = `etcd at ${endpoints.join(', ')} below ${prefix}`;
  const layout = createLayout(prefix);
  const timing = { ...usualTiming, ...options.timing };
  const members = createMembers({ endpoints, access, clock, location, ...timing });
  const pumps = new Set<Pump>();
  const leases = new Set<Lease>();
  const ends = new Set<() => void>();
  let isClosed = false;

  async function translated<T>(operation: string, run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      throw error instanceof EtcdRefusal ? etcdError(operation, location, error.failure, error.cause) : error;
    }
  }

  const read = (selection: Selection): Promise<Listing & { clusterId: string }> =>
    translated('read', () => ('prefix' in selection ? list(selection.prefix) : some(selection.keys)));

  /** All pages at the revision of the first. One that is forgotten meanwhile begins anew. */
  async function list(start: string): Promise<Listing & { clusterId: string }> {
    const range = layout.range(start);
    for (let attempt = 1; ; attempt++) {
      const entries: Entry[] = [];
      let revision = 0;
      let { key } = range;
      try {
        for (;;) {
          const page = { key, range_end: range.range_end, limit: pageSize, revision };
          const { header, kvs, more } = await members.call(
            (client, deadlineMs) => client.range(page, deadlineMs),
            { operation: 'read', again: anywhere },
          );
          revision = revision === 0 ? Number(header.revision) : revision;
          entries.push(...kvs.map((kv) => entryOf(kv, layout.own)));
          const last = kvs.at(-1);
          if (!more || last === undefined) return { entries, revision, clusterId: header.cluster_id };
          key = Buffer.concat([last.key, Buffer.from([0])]);
        }
      } catch (error) {
        const isForgotten = error instanceof EtcdRefusal && error.failure.kind === 'compacted';
        if (!isForgotten || attempt === pageAttempts) throw error;
      }
    }
  }

  async function some(keys: readonly string[]): Promise<Listing & { clusterId: string }> {
    const unique = [...new Set(keys)].map((key) => layout.key(key)).sort(Buffer.compare);
    const entries: Entry[] = [];
    let revision = 0;
    let clusterId = '';
    // Without a key, the one that is always there tells the revision.
    const asked = unique.length === 0 ? [layout.formatKey] : unique;
    for (let from = 0; from < asked.length; from += keysAtOnce) {
      const at = revision;
      const ranges = asked.slice(from, from + keysAtOnce).map((key) => ({
        request_range: { key, revision: at, keys_only: unique.length === 0 },
      }));
      const { header, responses } = await members.call(
        (client, deadlineMs) => client.txn({ compare: [], success: ranges, failure: [] }, deadlineMs),
        { operation: 'read', again: anywhere },
      );
      revision = revision === 0 ? Number(header.revision) : revision;
      clusterId = header.cluster_id;
      if (unique.length === 0) break;
      for (const { response_range } of responses)
        entries.push(...(response_range?.kvs ?? []).map((kv) => entryOf(kv, layout.own)));
    }
    return { entries, revision, clusterId };
  }

  async function commit(transaction: Parameters<Store['commit']>[0]): Promise<Commit> {
    checkTransaction(transaction, { location, limits });
    try {
      const request = transactionOf(transaction, layout);
      const { header, succeeded } = await members.call(
        (client, deadlineMs) => client.txn(request, deadlineMs),
        { operation: 'write', again: ['unsent'] },
      );
      return reached({ outcome: succeeded ? 'committed' : 'conflict', revision: Number(header.revision) });
    } catch (error) {
      if (!(error instanceof EtcdRefusal)) throw error;
      const { failure, cause } = error;
      if (failure.kind === 'lost') return { outcome: 'unknown', reason: failure.message };
      if (failure.kind !== 'no-lease') throw etcdError('write', location, failure, cause);
      return reached({ outcome: 'conflict', revision: (await read({ keys: [] })).revision });
    }
  }

  /** Whoever watches hears of it, though it may be a revision of which nothing is told to him. */
  function reached(result: Extract<Commit, { readonly revision: number }>): Commit {
    for (const pump of pumps) pump.want(result.revision);
    return result;
  }

  async function* watch(
    start: string,
    { afterRevision, signal }: NonNullable<Parameters<Store['watch']>[1]> = {},
  ): ReturnType<ReturnType<typeof createChangeQueue>['read']> {
    if (isClosed || signal?.aborted === true) return;
    const backoff = createBackoff(longestRelistMs, random);
    const queue = createChangeQueue({
      async list() {
        const { entries, revision, clusterId } = await read({ prefix: start });
        backoff.reset();
        pump.start(revision, clusterId);
        return { kind: 'list', entries, revision };
      },
      pause: () => new Promise((resolve) => clock.after(backoff.nextMs(), resolve)),
      ...(options.watchQueueLimit === undefined ? {} : { limit: options.watchQueueLimit }),
    });
    const pump = createPump({
      ...{ prefix: start, layout, members, clock, random, ...timing },
      onChanges: queue.push,
      onStale: queue.stale,
      onGap: queue.relist,
    });
    const end = (): void => {
      pump.close();
      queue.end();
    };
    if (afterRevision === undefined) queue.relist();
    else pump.start(afterRevision, '');
    pumps.add(pump);
    ends.add(end);
    signal?.addEventListener('abort', end, { once: true });
    try {
      yield* queue.read();
    } finally {
      end();
      pumps.delete(pump);
      ends.delete(end);
      signal?.removeEventListener('abort', end);
    }
  }

  const store: Store = {
    location,
    limits,
    backupElsewhere:
      'etcd is backed up by its own means: etcdctl snapshot save FILE, and to restore it etcdutl snapshot restore FILE ' +
      '--bump-revision 1000000000 --mark-compacted on each member (docs/operating-etcd.md)',
    async read(selection) {
      const { entries, revision } = await read(selection);
      return { entries, revision };
    },
    commit,
    watch,
    lease: (ttlMs) =>
      translated('lease', async () => {
        const lease = await openLease({ members, clock, ttlMs, onOver: (over) => leases.delete(over) });
        leases.add(lease);
        return lease;
      }),
    async close() {
      if (isClosed) return;
      isClosed = true;
      for (const end of [...ends]) end();
      await Promise.all([...leases].map((lease) => lease.end()));
      members.close();
    },
  };
  try {
    await checkFormat();
    if (options.onVersion !== undefined) options.onVersion(await version());
  } catch (error) {
    await store.close();
    throw error;
  }
  return store;

  function version(): Promise<string> {
    return translated('open store', () =>
      members.call((client, deadlineMs) => client.version(deadlineMs), {
        operation: 'open store',
        again: anywhere,
      }),
    );
  }

  /** Made by the first who comes. */
  async function checkFormat(): Promise<void> {
    const { formatKey: key } = layout;
    const responses = await translated('open store', async () => {
      const request = {
        compare: [{ target: 'Version', result: 'Equal', key, version: 0 }] as const,
        success: [{ request_put: { key, value: Buffer.from(String(format)) } }],
        failure: [{ request_range: { key } }],
      };
      return (
        await members.call(
          (client, deadlineMs) => client.txn({ ...request, compare: [...request.compare] }, deadlineMs),
          {
            operation: 'open store',
            again: anywhere,
          },
        )
      ).responses;
    });
    const found = responses[0]?.response_range?.kvs[0]?.value.toString();
    if (found === undefined || Number(found) <= format) return;
    throw new CausewayError({
      code: 'unsupported',
      operation: 'open store',
      subject: location,
      message: `written by a newer Causeway (format ${found}, this one knows ${format}): upgrade this coordinator`,
    });
  }
}
