/** How a backup becomes the store of a state directory, the one that was there kept aside. */
import { existsSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { databaseError, openDatabase } from './database.ts';
import { storeFile, writeStoreMark } from './mark.ts';
import type { Listing } from './store.ts';

/** SQLite keeps what is not in the main file yet beside it, under these endings. */
const endings = ['', '-wal', '-shm'] as const;

/**
 * The caller holds the directory's lock. Whole or not at all: the new store is complete and closed before the old one is moved, and
 * a crash between the two moves leaves a directory on which no coordinator begins. Resolves with where the old one is, if there was one.
 */
export async function restoreStore(
  folder: string,
  listing: Listing,
  stamp: string,
): Promise<string | undefined> {
  const file = join(folder, storeFile);
  const fresh = join(folder, `${storeFile}.restoring`);
  for (const ending of endings) await rm(`${fresh}${ending}`, { force: true });
  write(fresh, listing);
  const aside = join(folder, `${storeFile}.before-${stamp}`);
  const isThere = existsSync(file);
  // First the mark: were this the last that is done, a store that is too old for it would be refused, and not used unnoticed.
  await writeStoreMark(folder, listing.revision);
  for (const ending of endings) {
    if (existsSync(`${file}${ending}`)) await rename(`${file}${ending}`, `${aside}${ending}`);
  }
  await rename(fresh, file);
  const directory = await open(folder, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
  return isThere ? aside : undefined;
}

/** Revisions stay what they were: what agents have is compared with them. */
function write(file: string, { entries, revision }: Listing): void {
  const database = openDatabase(file);
  try {
    database.exec('BEGIN IMMEDIATE');
    const put = database.prepare(
      'INSERT INTO entries (key, value, create_revision, mod_revision) VALUES (?, ?, ?, ?)',
    );
    for (const { key, value, createRevision, modRevision } of entries)
      put.run(key, value, createRevision, modRevision);
    database.prepare('UPDATE position SET revision = ?, compacted = ?').run(revision, revision);
    database.exec('COMMIT');
  } catch (error) {
    throw databaseError('restore', file, error);
  } finally {
    database.close();
  }
}
