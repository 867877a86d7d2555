/** The statements of the embedded store, and what its rows mean. */
import type { DatabaseSync } from 'node:sqlite';
import type { Change, Entry, Listing, Selection, Write } from './store.ts';

type Row = Record<string, unknown>;

export interface Rows {
  position(): { revision: number; compacted: number };
  entry(key: string): Entry | undefined;
  read(selection: Selection): Listing;
  /** Of keys with the prefix, those that were written or deleted after the revision, which must not be forgotten yet. */
  hasChangedAfter(prefix: string, revision: number): boolean;
  /** Changes after the revision, by their own. */
  replay(prefix: string, afterRevision: number): Map<number, Change[]>;
  /** What it changes; undefined where nothing. */
  apply(write: Write, revision: number): Change | undefined;
  /** The store has reached this revision, and forgets the changes of all up to `oldest`. */
  move(revision: number, oldest: number): void;
}

export function prepareRows(database: DatabaseSync): Rows {
  const columns = 'key, value, create_revision, mod_revision';
  const statements = {
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
    changed: database.prepare('SELECT 1 FROM history WHERE revision > ? AND key >= ? AND key < ? LIMIT 1'),
    replay: database.prepare(
      'SELECT revision, key, value, create_revision FROM history WHERE revision > ? AND key >= ? AND key < ? ORDER BY revision, key',
    ),
  };

  function entry(key: string): Entry | undefined {
    const row = statements.get.get(key);
    return row === undefined ? undefined : toEntry(row);
  }

  function position(): { revision: number; compacted: number } {
    const row = statements.position.get();
    return { revision: Number(row?.revision), compacted: Number(row?.compacted) };
  }

  return {
    position,
    entry,
    read(selection) {
      const { revision } = position();
      if ('prefix' in selection) {
        const { prefix } = selection;
        return { entries: statements.list.all(prefix, afterPrefix(prefix)).map(toEntry), revision };
      }
      const keys = [...new Set(selection.keys)].sort((a, b) =>
        Buffer.compare(Buffer.from(a), Buffer.from(b)),
      );
      return { entries: keys.map(entry).filter((one) => one !== undefined), revision };
    },
    hasChangedAfter: (prefix, revision) =>
      statements.changed.get(revision, prefix, afterPrefix(prefix)) !== undefined,
    replay: (prefix, afterRevision) =>
      Map.groupBy(
        statements.replay.all(afterRevision, prefix, afterPrefix(prefix)).map(toChange),
        (change) => (change.kind === 'put' ? change.entry.modRevision : change.revision),
      ),
    apply(write, revision) {
      const { key } = write;
      const before = entry(key);
      if (write.kind === 'put') {
        const { value } = write;
        const createRevision = before?.createRevision ?? revision;
        statements.put.run(key, value, createRevision, revision);
        statements.remember.run(revision, key, value, createRevision);
        return { kind: 'put', entry: { key, value, createRevision, modRevision: revision } };
      }
      if (before === undefined) return undefined;
      statements.remove.run(key);
      statements.remember.run(revision, key, null, 0);
      return { kind: 'delete', key, revision };
    },
    move(revision, oldest) {
      statements.move.run(revision, oldest);
      statements.forget.run(oldest);
    },
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

/** The end of the range of keys with this prefix: no key holds the last code point. */
function afterPrefix(prefix: string): string {
  return `${prefix}\u{10ffff}`;
}
