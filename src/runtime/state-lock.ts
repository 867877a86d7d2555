/** How a program has its state directory for itself: a second one on the same directory is refused, and told by whom. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import * as z from 'zod';
import { CausewayError, messageOf } from '../domain/error.ts';

export interface StateLock {
  /** Also done by the kernel when the process ends, however it ends. */
  release(): void;
}

const lockFile = 'lock';
const holderFile = 'lock.holder';
/** One that was just told to end, or killed, may take a moment longer. */
const waitMs = 3_000;
const sqliteBusy = 5;

/** A lock that nobody refers to would be collected, and end. */
const locks = new Set<DatabaseSync>();

/**
 * Holds an exclusive lock on a file of the directory, which is made if need be. The lock is the kernel's (POSIX, by way of SQLite,
 * as Node has no flock): it ends with its process, so nothing is left to clean up after a kill, and it holds across network
 * namespaces and containers that share the directory. Errors: `conflict` with the holder's process number, `permission`.
 */
export function lockStateDir(folder: string, program: string): StateLock {
  let database: DatabaseSync | undefined;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    database = new DatabaseSync(join(folder, lockFile), { timeout: waitMs });
    // Nothing is ever written: without a journal beside it, a full disk is no obstacle.
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (cause) {
    database?.close();
    throw lockError(folder, cause);
  }
  const held = database;
  locks.add(held);
  tellHolder(folder, program);
  return {
    release() {
      locks.delete(held);
      held.close();
    },
  };
}

const holder = z.object({ pid: z.int().positive(), program: z.string().max(100) });

/** For people only: who can't write it holds the lock all the same. */
function tellHolder(folder: string, program: string): void {
  try {
    writeFileSync(join(folder, holderFile), `${JSON.stringify({ pid: process.pid, program })}\n`, {
      mode: 0o600,
    });
  } catch {
    // A full disk.
  }
}

function holderText(folder: string): string {
  try {
    const { pid, program } = holder.parse(JSON.parse(readFileSync(join(folder, holderFile), 'utf8')));
    return `${program} (process ${pid})`;
  } catch {
    return 'another program';
  }
}

function lockError(folder: string, cause: unknown): CausewayError {
  const isBusy =
    cause instanceof Error && 'errcode' in cause && (Number(cause.errcode) & 0xff) === sqliteBusy;
  return new CausewayError({
    code: isBusy ? 'conflict' : 'permission',
    operation: 'lock state directory',
    subject: folder,
    message: isBusy
      ? `${holderText(folder)} is using it: stop that one, or name another directory with --state-dir`
      : `${messageOf(cause)}: it must be readable and writable for this program; --state-dir names another`,
    cause,
  });
}
