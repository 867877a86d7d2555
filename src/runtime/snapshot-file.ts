/** How an agent keeps its last good snapshot on disk, so that a restart needs no coordinator. */
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { snapshotFromText, snapshotToText } from '../api/stored-snapshot.ts';
import { CausewayError, messageOf } from '../domain/error.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import { breathing } from './breathing.ts';
import { replaceFile } from './durable-file.ts';

export interface SnapshotFile<S extends Snapshot> {
  /** Undefined where none was saved yet. Error `invalid`: the file is not what was written; it is set aside. */
  load(): Promise<S | undefined>;
  /** Durable when it resolves; a crash leaves the old one or the new one. */
  save(snapshot: S): Promise<void>;
  /** None there is no error. */
  remove(): Promise<void>;
}

type SnapshotOf<K extends Snapshot['kind']> = Extract<Snapshot, { kind: K }>;

export function createSnapshotFile<K extends Snapshot['kind']>(
  path: string,
  kind: K,
): SnapshotFile<SnapshotOf<K>> {
  return {
    async load() {
      let text: string;
      try {
        text = await readFile(path, 'utf8');
      } catch (cause) {
        if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
        throw fileError('read snapshot', path, messageOf(cause), cause);
      }
      try {
        return parse(text, kind, path);
      } catch (error) {
        // For whoever wants to know what became of it; the next one is saved under the old name.
        await rename(path, `${path}.set-aside`).catch(() => {});
        throw error;
      }
    },
    async save(snapshot) {
      try {
        await mkdir(dirname(path), { recursive: true, mode: 0o700 });
        const text = await breathing(snapshotToText(snapshot), { operation: 'save snapshot' });
        await replaceFile(path, text);
      } catch (cause) {
        throw fileError('save snapshot', path, messageOf(cause), cause);
      }
    },
    remove: () => rm(path, { force: true }),
  };
}

function parse<K extends Snapshot['kind']>(text: string, kind: K, path: string): SnapshotOf<K> {
  let snapshot: Snapshot;
  try {
    snapshot = snapshotFromText(text);
  } catch (cause) {
    throw damaged(path, messageOf(cause), cause);
  }
  if (snapshot.kind !== kind) throw damaged(path, `it is a ${snapshot.kind}'s`);
  return snapshot as SnapshotOf<K>;
}

function damaged(path: string, reason: string, cause?: unknown): CausewayError {
  const message = `it is damaged and will not be used; the coordinator sends a new one (${reason})`;
  return new CausewayError({ code: 'invalid', operation: 'read snapshot', subject: path, message, cause });
}

function fileError(operation: string, subject: string, message: string, cause: unknown): CausewayError {
  return new CausewayError({ code: 'unavailable', operation, subject, message, cause });
}
