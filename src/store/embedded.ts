/** The store of a single machine: one SQLite file, durable at each commit. */
import type { DatabaseSync } from 'node:sqlite';
import { CausewayError } from '../domain/error.ts';
import { type ChangeQueue, createChangeQueue } from './change-queue.ts';
import { databaseError, openDatabase } from './database.ts';
import type { Change, Commit, Entry, Listing, Store, Transaction } from './store.ts';

export interface EmbeddedStoreOptions {
  readonly file: string;
  /** Revisions that a watch can resume from; older ones are forgotten and such a watch begins with a list. */
  readonly historyRevisions?: number;
  /** Pages of 4 KB that the file may have at most; what would need more fails as on a full disk. */
  readonly pagesAtMost?: number;
  /** Changes queued for one watch. */
  readonly watchQueueLimit?: number;
}

const defaultHistoryRevisions = 10_000;

type Row = Record<string, unknown>;

export interface EmbeddedStore extends Store {
  /** Moves what was committed from the log beside the file into the file itself. A copy of the file alone then has it. */
  settle(): void;
}

/** Opens the file, or makes it. Errors: those of `openDatabase`. */
export function openEmbeddedStore(options: EmbeddedStoreOptions): EmbeddedStore {
  const { file } = options;
  const keep = options.historyRevisions ?? defaultHistoryRevisions;
  const database = openDatabase(file);
  if (options.pagesAtMost !== undefined) database.exec(`PRAGMA max_page_count = ${options.pagesAtMost}`);
  const statements = prepare(database);
  const watches = new Set<{ prefix: string; queue: ChangeQueue }>();
  let closed = false;

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
      return run();
    } catch (error) {
      throw databaseError(operation, file, error);
    }
  }

  function position(): { revision: number; compacted: number } {
    const row = statements.position.get();
    return { revision: Number(row?.revision), compacted: Number(row?.compacted) };
  }

  function list(prefix: string): Listing {
    const entries = statements.list.all(prefix, afterPrefix(prefix)).map(toEntry);
    return { entries, revision: position().revision };
  }

  function write({ conditions, writes }: Transaction): { commit: Commit; changes: Change[] } {
    const { revision: before, compacted } = position();
    const holds = conditions.every((condition) => {
      const row = statements.get.get(condition.key);
      return (row === undefined ? 0 : Number(row.mod_revision)) === condition.modRevision;
    });
    if (!holds) return { commit: { committed: false, revision: before }, changes: [] };
    const revision = before + 1;
    const changes: Change[] = [];
    for (const each of writes) {
      const row = statements.get.get(each.key);
      if (each.kind === 'put') {
        const createRevision = row === undefined ? revision : Number(row.create_revision);
        statements.put.run(each.key, each.value, createRevision, revision);
        statements.remember.run(revision, each.key, each.value, createRevision);
        const { key, value } = each;
        changes.push({ kind: 'put', entry: { key, value, createRevision, modRevision: revision } });
      } else if (row !== undefined) {
        statements.remove.run(each.key);
        statements.remember.run(revision, each.key, null, 0);
        changes.push({ kind: 'delete', key: each.key, revision });
      }
    }
    if (changes.length === 0) return { commit: { committed: true, revision: before }, changes };
    const oldest = Math.max(compacted, revision - keep);
    statements.move.run(revision, oldest);
    statements.forget.run(oldest);
    return { commit: { committed: true, revision }, changes };
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

  return {
    location: file,
    get: async (key) =>
      guarded('read', () => {
        const row = statements.get.get(key);
        return row === undefined ? undefined : toEntry(row);
      }),
    list: async (prefix) => guarded('list', () => list(prefix)),
    async commit(transaction) {
      const { commit, changes } = guarded('write', () => {
        refuseRepeatedKeys(transaction, file);
        return transact(transaction);
      });
      for (const { prefix, queue } of watches) {
        const own = changes.filter((change) => keyOf(change).startsWith(prefix));
        if (own.length > 0) queue.push(own, commit.revision);
      }
      return commit;
    },
    async *watch(prefix, { afterRevision, signal } = {}) {
      const queue = createChangeQueue({
        list: () => guarded('watch', () => ({ kind: 'list', ...list(prefix) })),
        ...(options.watchQueueLimit === undefined ? {} : { limit: options.watchQueueLimit }),
      });
      guarded('watch', () => {
        const { revision, compacted } = position();
        const known = afterRevision !== undefined && afterRevision >= compacted && afterRevision <= revision;
        if (!known) return queue.relist();
        const rows = statements.replay.all(afterRevision, prefix, afterPrefix(prefix));
        const byRevision = Map.groupBy(rows, (row) => Number(row.revision));
        for (const [past, group] of byRevision) queue.push(group.map(toChange), past);
      });
      const watch = { prefix, queue };
      const end = (): void => queue.end();
      watches.add(watch);
      signal?.addEventListener('abort', end, { once: true });
      try {
        if (signal?.aborted !== true) yield* queue.read();
      } finally {
        watches.delete(watch);
        signal?.removeEventListener('abort', end);
      }
    },
    settle() {
      if (!closed) database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    },
    async close() {
      if (closed) return;
      closed = true;
      for (const { queue } of watches) queue.end();
      watches.clear();
      database.close();
    },
  };
}

function prepare(database: DatabaseSync) {
  const columns = 'key, value, create_revision, mod_revision';
  return {
    get: database.prepare(`SELECT ${columns} FROM entries WHERE key = ?`),
    list: database.prepare(`SELECT ${columns} FROM entries WHERE key >= ? AND key < ? ORDER BY key`),
    put: database.prepare(`INSERT OR REPLACE INTO entries (${columns}) VALUES (?, ?, ?, ?)`),
    remove: database.prepare('DELETE FROM entries WHERE key = ?'),
    position: database.prepare('SELECT revision, compacted FROM position'),
    move: database.prepare('UPDATE position SET revision = ?, compacted = ?'),
    remember: database.prepare(
      'INSERT INTO history (revision, key, value, create_revision) VALUES (?, ?, ?, ?)',
    ),
    forget: database.prepare('DELETE FROM history WHERE revision <= ?'),
    replay: database.prepare(
      'SELECT revision, key, value, create_revision FROM history WHERE revision > ? AND key >= ? AND key < ? ORDER BY revision, key',
    ),
  };
}

function toEntry(row: Row): Entry {
  return {
    key: String(row.key),
    value: String(row.value),
    createRevision: Number(row.create_revision),
    modRevision: Number(row.mod_revision),
  };
}

function toChange(row: Row): Change {
  const revision = Number(row.revision);
  if (row.value === null) return { kind: 'delete', key: String(row.key), revision };
  return { kind: 'put', entry: toEntry({ ...row, mod_revision: revision }) };
}

function keyOf(change: Change): string {
  return change.kind === 'put' ? change.entry.key : change.key;
}

/** The end of the range of keys with this prefix: no key holds the last code point. */
function afterPrefix(prefix: string): string {
  return `${prefix}\u{10ffff}`;
}

/** As etcd does: which of two writes of one key should win can't be told. */
function refuseRepeatedKeys({ writes }: Transaction, file: string): void {
  const seen = new Set<string>();
  for (const { key } of writes) {
    if (!seen.has(key)) {
      seen.add(key);
      continue;
    }
    throw new CausewayError({
      code: 'invalid',
      operation: 'write',
      subject: file,
      message: `key ${key} is written twice in one transaction`,
    });
  }
}
