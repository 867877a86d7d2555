/** The file behind the embedded store: opened durable and for one process alone, with errors that say what to do. */
import { DatabaseSync } from 'node:sqlite';
import { CausewayError, messageOf } from '../domain/error.ts';

const schemaVersion = 1;
/** A coordinator that was just killed may hold the file for a moment longer. */
const lockWaitMs = 3_000;

const schema = `
  CREATE TABLE entries (
    key TEXT PRIMARY KEY, value TEXT NOT NULL, create_revision INTEGER NOT NULL, mod_revision INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE history (
    revision INTEGER NOT NULL, key TEXT NOT NULL, value TEXT, create_revision INTEGER NOT NULL,
    PRIMARY KEY (revision, key)
  ) WITHOUT ROWID;
  CREATE TABLE position (one INTEGER PRIMARY KEY CHECK (one = 1), revision INTEGER NOT NULL, compacted INTEGER NOT NULL);
  INSERT INTO position VALUES (1, 0, 0);
  PRAGMA user_version = ${schemaVersion};
`;

/**
 * Opens or creates the file. Errors: `conflict` (another process has it), `invalid` (no store, or a damaged one),
 * `unsupported` (written by a newer Causeway), `permission`.
 */
export function openDatabase(file: string): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file, { timeout: lockWaitMs });
    // Exclusive first: then WAL needs no shared memory, which some file systems of virtual machines can't map.
    database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
    database.exec('BEGIN IMMEDIATE');
    const version = Number(database.prepare('PRAGMA user_version').get()?.user_version);
    if (version === 0) database.exec(schema);
    if (version === schemaVersion) mendPosition(database);
    database.exec('COMMIT');
    if (version > schemaVersion) throw tooNew(file, version);
    return database;
  } catch (error) {
    database?.close();
    throw databaseError('open store', file, error);
  }
}

/** Where the one row that says how far the store is was lost, its entries tell. Nothing is known of what came before. */
function mendPosition(database: DatabaseSync): void {
  const { revision = null } = database.prepare('SELECT revision FROM position').get() ?? {};
  if (typeof revision === 'number' && revision >= 0) return;
  const newest = database.prepare(
    'SELECT max(coalesce((SELECT max(mod_revision) FROM entries), 0), coalesce((SELECT max(revision) FROM history), 0)) AS revision',
  );
  const reached = Number(newest.get()?.revision);
  database.prepare('INSERT OR REPLACE INTO position VALUES (1, ?, ?)').run(reached, reached);
}

/** Translates what SQLite throws. */
export function databaseError(operation: string, file: string, error: unknown): CausewayError {
  if (error instanceof CausewayError) return error;
  const { code, message } = classify(error);
  return new CausewayError({ code, operation, subject: file, message, cause: error });
}

function classify(error: unknown): Pick<CausewayError, 'code' | 'message'> {
  // The primary result code (https://sqlite.org/rescode.html) is the low byte of the extended one.
  const result = error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : -1;
  switch (result) {
    case 5: // SQLITE_BUSY
    case 6: // SQLITE_LOCKED
      return {
        code: 'conflict',
        message: 'another coordinator uses this file: stop it, or give this one its own state directory',
      };
    case 3: // SQLITE_PERM
    case 8: // SQLITE_READONLY
    case 14: // SQLITE_CANTOPEN
      return {
        code: 'permission',
        message: 'the file can not be opened for writing: does its folder exist, and is it writable?',
      };
    case 10: // SQLITE_IOERR
    case 13: // SQLITE_FULL
      return { code: 'unavailable', message: `the disk refuses (${messageOf(error)}): is it full?` };
    case 11: // SQLITE_CORRUPT
    case 26: // SQLITE_NOTADB
      return {
        code: 'invalid',
        message: 'the file is damaged or no store of Causeway: restore it from a backup, or move it away',
      };
    default:
      return { code: 'internal', message: messageOf(error) };
  }
}

function tooNew(file: string, version: number): CausewayError {
  return new CausewayError({
    code: 'unsupported',
    operation: 'open store',
    subject: file,
    message: `written by a newer Causeway (format ${version}, this one knows ${schemaVersion}): upgrade this coordinator`,
  });
}
