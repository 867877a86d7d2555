/** How an agent keeps its last good snapshot on disk, so that a restart needs no coordinator. */
import { mkdir, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { snapshotChecksum } from '../api/checksum.ts';
import { CausewayError, messageOf } from '../domain/error.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import { replaceFile } from '../kernel/durable-file.ts';

export interface SnapshotFile<S extends Snapshot> {
  /** Undefined where none was saved yet. Error `invalid`: the file is not what was written. */
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
      return parse(text, kind, path);
    },
    async save(snapshot) {
      try {
        await mkdir(dirname(path), { recursive: true, mode: 0o700 });
        await replaceFile(path, `${JSON.stringify(snapshot)}\n`);
      } catch (cause) {
        throw fileError('save snapshot', path, messageOf(cause), cause);
      }
    },
    remove: () => rm(path, { force: true }),
  };
}

/** The checksum stands for the shape: what this program wrote and nobody changed needs no other proof. */
function parse<K extends Snapshot['kind']>(text: string, kind: K, path: string): SnapshotOf<K> {
  let snapshot: Snapshot;
  try {
    snapshot = JSON.parse(text);
    if (snapshot.kind === kind && snapshotChecksum(snapshot) === snapshot.checksum)
      return snapshot as SnapshotOf<K>;
  } catch (cause) {
    throw damaged(path, cause);
  }
  throw damaged(path);
}

function damaged(path: string, cause?: unknown): CausewayError {
  const message = 'it is damaged and will not be used; the coordinator sends a new one';
  return new CausewayError({ code: 'invalid', operation: 'read snapshot', subject: path, message, cause });
}

function fileError(operation: string, subject: string, message: string, cause: unknown): CausewayError {
  return new CausewayError({ code: 'unavailable', operation, subject, message, cause });
}
