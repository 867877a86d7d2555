/** The store of a single machine: one SQLite file, durable at each commit. */
import type { Clock } from '../domain/clock.ts';
import { CausewayError } from '../domain/error.ts';
import { type ChangeQueue, createChangeQueue } from './change-queue.ts';
import { databaseError, openDatabase } from './database.ts';
import { createEmbeddedLeases } from './embedded-leases.ts';
import { prepareRows } from './embedded-rows.ts';
import {
  type Change,
  type Commit,
  type Condition,
  livePrefix,
  type Store,
  type Transaction,
} from './store.ts';
import { checkTransaction } from './transaction-check.ts';

export interface EmbeddedStoreOptions {
  readonly file: string;
  readonly clock: Clock;
  /** Revisions that a watch can resume from; older ones are forgotten and such a watch begins with a list. */
  readonly historyRevisions?: number;
  /** Pages of 4 KB that the file may have at most; what would need more fails as on a full disk. */
  readonly pagesAtMost?: number;
  /** Changes queued for one watch. */
  readonly watchQueueLimit?: number;
}

const defaultHistoryRevisions = 10_000;
/** A list that the disk did not give is tried again. */
const relistMs = 1_000;
/** What one transaction may hold up all others for, a second or two, rather than what SQLite could take. */
const limits = { operations: 32_768, bytes: 64 * 1024 ** 2 };

export interface EmbeddedStore extends Store {
  /** Moves what was committed from the log beside the file into the file itself. A copy of the file alone then has it. */
  settle(): void;
}

/** Opens the file, or makes it. Errors: those of `openDatabase`. */
export function openEmbeddedStore(options: EmbeddedStoreOptions): EmbeddedStore {
  const { file, clock } = options;
  const keep = options.historyRevisions ?? defaultHistoryRevisions;
  const database = openDatabase(file);
  if (options.pagesAtMost !== undefined) database.exec(`PRAGMA max_page_count = ${options.pagesAtMost}`);
  const rows = prepareRows(database);
  const leases = createEmbeddedLeases(clock, vanish);
  const watches = new Set<{ prefix: string; queue: ChangeQueue }>();
  /** Keys whose lease is over, but which the disk did not let go of. */
  let lingering: readonly string[] = [];
  let closed = false;

  // The leases of whoever had this file before ended with him.
  vanish(rows.read({ prefix: livePrefix }).entries.map(({ key }) => key));

  function guarded<T>(operation: string, run: () => T): T {
    if (closed) {
      throw new CausewayError({
        code: 'unavailable',
        operation,
        subject: file,
        message: 'the store is closed',
      });
    }
    try {
      leases.expire();
      if (lingering.length > 0) vanish([]);
      return run();
    } catch (error) {
      throw databaseError(operation, file, error);
    }
  }

  function vanish(keys: readonly string[]): void {
    const due = [...lingering, ...keys];
    if (due.length === 0) return;
    lingering = due;
    try {
      tell(transact({ conditions: [], writes: due.map((key) => ({ kind: 'delete', key })) }));
      lingering = [];
    } catch {
      // A full disk: they go with the next call, and nobody's condition that rests on them holds meanwhile.
    }
  }

  function holds(condition: Condition): boolean {
    if ('fence' in condition) return holds(condition.fence);
    if ('prefix' in condition) {
      const { prefix, unchangedSince } = condition;
      return unchangedSince >= rows.position().compacted && !rows.hasChangedAfter(prefix, unchangedSince);
    }
    const { key, modRevision } = condition;
    const found = lingering.includes(key) ? undefined : rows.entry(key);
    return (found?.modRevision ?? 0) === modRevision;
  }

  function write({ conditions, writes }: Transaction): { commit: Commit; changes: Change[] } {
    const { revision: before, compacted } = rows.position();
    if (!conditions.every(holds) || !writes.every((one) => one.kind === 'delete' || isKept(one.lease)))
      return { commit: { outcome: 'conflict', revision: before }, changes: [] };
    const revision = before + 1;
    const changes = writes.flatMap((one) => rows.apply(one, revision) ?? []);
    if (changes.length === 0) return { commit: { outcome: 'committed', revision: before }, changes };
    rows.move(revision, Math.max(compacted, revision - keep));
    return { commit: { outcome: 'committed', revision }, changes };
  }

  function isKept(lease: string | undefined): boolean {
    return lease === undefined || leases.isAlive(lease);
  }

  function transact(transaction: Transaction): { commit: Commit; changes: Change[] } {
    database.exec('BEGIN IMMEDIATE');
    try {
      const result = write(transaction);
      database.exec('COMMIT');
      return result;
    } catch (error) {
      undo();
      throw error;
    }
  }

  /** A full disk has rolled back by itself already; whatever goes wrong here hides nothing of what went wrong before. */
  function undo(): void {
    try {
      if (database.isTransaction) database.exec('ROLLBACK');
    } catch {
      // The cause is on its way to the caller.
    }
  }

  function tell({ commit, changes }: { commit: Commit; changes: Change[] }): void {
    if (commit.outcome !== 'committed') return;
    for (const { prefix, queue } of watches) {
      const own = changes.filter((change) => keyOf(change).startsWith(prefix));
      if (own.length > 0) queue.push(own, commit.revision);
    }
  }

  return {
    location: file,
    limits,
    read: async (selection) => guarded('read', () => rows.read(selection)),
    async commit(transaction) {
      checkTransaction(transaction, { location: file, limits });
      const result = guarded('write', () => transact(transaction));
      if (result.commit.outcome === 'committed') {
        for (const one of transaction.writes)
          if (one.kind === 'put' && one.lease !== undefined) leases.attach(one.key, one.lease);
      }
      tell(result);
      return result.commit;
    },
    async *watch(prefix, { afterRevision, signal } = {}) {
      if (closed || signal?.aborted === true) return;
      const queue = createChangeQueue({
        list: () => guarded('watch', () => ({ kind: 'list', ...rows.read({ prefix }) })),
        pause: () => new Promise((resolve) => clock.after(relistMs, resolve)),
        ...(options.watchQueueLimit === undefined ? {} : { limit: options.watchQueueLimit }),
      });
      resume(queue, prefix, afterRevision);
      const watch = { prefix, queue };
      const end = (): void => queue.end();
      watches.add(watch);
      signal?.addEventListener('abort', end, { once: true });
      try {
        yield* queue.read();
      } finally {
        watches.delete(watch);
        signal?.removeEventListener('abort', end);
      }
    },
    lease: async (ttlMs) => guarded('lease', () => leases.open(ttlMs)),
    settle() {
      if (!closed) database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    },
    async close() {
      if (closed) return;
      leases.endAll();
      closed = true;
      for (const { queue } of watches) queue.end();
      watches.clear();
      database.close();
    },
  };

  /** What came after the revision, or a list where that is not known. */
  function resume(queue: ChangeQueue, prefix: string, afterRevision: number | undefined): void {
    try {
      const { revision, compacted } = rows.position();
      const isKnown = afterRevision !== undefined && afterRevision >= compacted && afterRevision <= revision;
      if (!isKnown) queue.relist();
      else for (const [past, changes] of rows.replay(prefix, afterRevision)) queue.push(changes, past);
    } catch {
      queue.relist();
    }
  }
}

function keyOf(change: Change): string {
  return change.kind === 'put' ? change.entry.key : change.key;
}
