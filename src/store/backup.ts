/** The whole of a store as one text: what it holds at one revision, and how to tell that nothing of it is missing. */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { CausewayError } from '../domain/error.ts';
import { type Entry, type Listing, livePrefix } from './store.ts';

/** Grows when an older Causeway could not read what a newer one writes. */
const backupFormat = 1;

const header = z.object({
  causewayBackup: z.int().positive(),
  revision: z.int().nonnegative(),
  entries: z.int().nonnegative(),
  sha256: z.string(),
});

const entry = z.tuple([z.string(), z.string(), z.int().positive(), z.int().positive()]);

/** A line that says what follows, then an entry a line: key, value, and the revisions at which it was made and last written. */
export function formatBackup({ entries: all, revision }: Listing): string {
  // What lives by a lease is nothing that could be put back.
  const entries = all.filter(({ key }) => !key.startsWith(livePrefix));
  const lines = entries.map(({ key, value, createRevision, modRevision }) =>
    JSON.stringify([key, value, createRevision, modRevision]),
  );
  const body = lines.map((line) => `${line}\n`).join('');
  const first = { causewayBackup: backupFormat, revision, entries: entries.length, sha256: sha256(body) };
  return `${JSON.stringify(first)}\n${body}`;
}

/** Throws `invalid` where the text is no whole backup, `unsupported` where a newer Causeway wrote it. `file` is for the message. */
export function parseBackup(text: string, file: string): Listing {
  const cut = text.indexOf('\n');
  const said = header.safeParse(jsonOf(text.slice(0, Math.max(cut, 0))));
  if (!said.success)
    throw backupError('invalid', file, 'it is no backup of Causeway: its first line is another');
  const { causewayBackup, revision, entries: count, sha256: expected } = said.data;
  if (causewayBackup > backupFormat) {
    const found = `written by a newer Causeway (format ${causewayBackup}, this one knows ${backupFormat})`;
    throw backupError('unsupported', file, found);
  }
  const body = text.slice(cut + 1);
  if (sha256(body) !== expected)
    throw backupError(
      'invalid',
      file,
      'it is damaged or cut off: its checksum is not what its first line says',
    );
  const entries = body
    .split('\n')
    .filter((line) => line !== '')
    .map((line, index): Entry => {
      const read = entry.safeParse(jsonOf(line));
      // Not quoted: it may be a secret.
      if (!read.success) throw backupError('invalid', file, `its line ${index + 2} is no entry`);
      const [key, value, createRevision, modRevision] = read.data;
      return { key, value, createRevision, modRevision };
    });
  if (entries.length !== count)
    throw backupError('invalid', file, `it has ${entries.length} entries, its first line says ${count}`);
  return { entries, revision };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function backupError(code: 'invalid' | 'unsupported', subject: string, message: string): CausewayError {
  return new CausewayError({ code, operation: 'read backup', subject, message });
}
