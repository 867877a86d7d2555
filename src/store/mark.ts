/** How it is noticed that a store has been emptied, or replaced by an older one: a file beside it says how far it was. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import type { Clock } from '../domain/clock.ts';
import { CausewayError, messageOf } from '../domain/error.ts';
import { replaceFile } from '../runtime/durable-file.ts';
import { openEmbeddedStore } from './embedded.ts';
import { historyPrefix, revisionKey } from './keys.ts';
import type { Store } from './store.ts';
import { newestChange, type Reached, wentBack } from './went-back.ts';
import { withCommit } from './with-commit.ts';

export const storeFile = 'store.db';
const markFile = 'store.mark';
/** Of another store than the file, whose revisions are others. */
const etcdMarkFile = 'etcd.mark';
/** The mark follows so far behind; what was written meanwhile can be lost unnoticed, and nothing more. */
const markDelayMs = 2_000;

const count = z.int().nonnegative();
/** One that was written before there was a history knows of no change. */
const mark = z.object({ revision: count, change: count.default(0) });

export interface MarkedStoreOptions {
  readonly folder: string;
  readonly clock: Clock;
  /** The mark could not be written; the store goes on. */
  onUnmarked(error: unknown): void;
}

/**
 * The store of a state directory. Error `refused` where it holds less than it did: a coordinator that began on it would know no
 * service and no agent, and want everything removed. As long as none begins, agents serve what they have. Else as `openEmbeddedStore`.
 */
export async function openStateStore(options: MarkedStoreOptions): Promise<Store> {
  const file = join(options.folder, storeFile);
  const store = openEmbeddedStore({ file, clock: options.clock });
  const remedy =
    'it was emptied, or an old copy was put in its place (one made without its -wal file?). ' +
    'Nothing is told to any agent: they go on with what they have. Put a backup back (causeway restore FILE), or, if this is ' +
    'meant, delete';
  // First into the file itself: a copy of it then lacks no more than the mark does.
  return markedStore(store, {
    ...{ ...options, mark: join(options.folder, markFile) },
    ...{ subject: file, remedy, beforeMark: store.settle },
  });
}

/** Likewise of an etcd, whose coordinators each have a mark of their own. Closes the store where it refuses it. */
export function markedEtcdStore(store: Store, options: MarkedStoreOptions): Promise<Store> {
  const remedy =
    'it was emptied, or restored from an older snapshot without --bump-revision. Nothing is told to any agent: they go on with ' +
    'what they have. If this is meant, delete';
  return markedStore(store, {
    ...{ ...options, mark: join(options.folder, etcdMarkFile) },
    ...{ subject: store.location, remedy },
  });
}

interface Marking extends Omit<MarkedStoreOptions, 'folder'> {
  /** The file. */
  readonly mark: string;
  readonly subject: string;
  readonly remedy: string;
  beforeMark?(): void;
}

async function markedStore(store: Store, { mark: file, clock, ...options }: Marking): Promise<Store> {
  let reached: Reached;
  let marked: Reached;
  try {
    marked = await readMark(file);
    reached = await howFar(store, marked.change);
    const back = wentBack(reached, marked);
    if (back !== undefined) throw lost(file, reached.revision === 0 ? emptied(marked) : back, options);
  } catch (error) {
    await store.close();
    throw error;
  }
  let timer: { cancel(): void } | undefined;
  /** A disk that refuses refuses all of it, and whoever comes by a timer has nobody to tell but whoever opened the store. */
  async function note(): Promise<void> {
    try {
      options.beforeMark?.();
      await writeMark(file, reached);
    } catch (error) {
      options.onUnmarked(error);
    }
  }
  /** One at a time: a slow disk may take longer than the next one waits. */
  let noting = Promise.resolve();
  const later = (): void => {
    timer ??= clock.after(markDelayMs, () => {
      const noted = reached;
      noting = note().then(() => {
        timer = undefined;
        if (reached !== noted) later();
      });
    });
  };
  if (reached.revision !== marked.revision) later();
  return {
    ...withCommit(store, async (transaction) => {
      const result = await store.commit(transaction);
      if (result.outcome !== 'unknown' && result.revision > reached.revision) {
        const made =
          result.outcome === 'committed' ? newestChange(transaction.writes.map(({ key }) => key)) : 0;
        reached = { revision: result.revision, change: Math.max(reached.change, made) };
        later();
      }
      return result;
    }),
    async close() {
      await store.close();
      await noting;
      timer?.cancel();
      await note();
    },
  };
}

export async function writeStoreMark(folder: string, revision: number): Promise<void> {
  await writeMark(join(folder, markFile), { revision, change: 0 });
}

/** The store of whoever had this state directory is an etcd, and nothing that could be replaced here. */
export function isOfEtcd(folder: string): boolean {
  return existsSync(join(folder, etcdMarkFile)) && !existsSync(join(folder, storeFile));
}

/** The newest change is looked for only where the one that is known is not there: as where newer ones have taken its place. */
async function howFar(store: Store, known: number): Promise<Reached> {
  const { entries, revision } = await store.read({ keys: known === 0 ? [] : [revisionKey(known)] });
  if (known === 0 || entries.length > 0) return { revision, change: known };
  const history = await store.read({ prefix: historyPrefix });
  return { revision, change: newestChange(history.entries.map(({ key }) => key)) };
}

async function writeMark(file: string, { revision, change }: Reached): Promise<void> {
  await replaceFile(file, `${JSON.stringify({ revision, ...(change === 0 ? {} : { change }) })}\n`);
}

/** Zeros where there is none, or none that can be read: then nothing is known. */
async function readMark(file: string): Promise<Reached> {
  try {
    return mark.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code !== 'ENOENT') {
      throw new CausewayError({
        ...{ code: 'permission', operation: 'read', subject: file },
        message: messageOf(error),
        cause: error,
      });
    }
    return { revision: 0, change: 0 };
  }
}

function emptied({ revision }: Reached): string {
  return `is empty, and was at revision ${revision}`;
}

function lost(
  file: string,
  back: string,
  { subject, remedy }: Pick<Marking, 'subject' | 'remedy'>,
): CausewayError {
  return new CausewayError({
    code: 'refused',
    operation: 'open store',
    subject,
    message: `it ${back}: ${remedy} ${file}`,
  });
}
