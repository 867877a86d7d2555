/** How a watch keeps up with a slow reader: a bounded queue that gives way to one fresh list. */
import { messageOf } from '../domain/error.ts';
import type { Change, WatchEvent } from './store.ts';

/** Changes waiting for one reader; beyond it the reader is told to start from a list. */
const defaultQueueLimit = 4_096;

type List = Extract<WatchEvent, { kind: 'list' }>;

export interface ChangeQueue {
  /** Adds the changes of one revision. Never blocks, never grows past its limit. */
  push(changes: readonly Change[], revision: number): void;
  /** The next read gets a whole list. */
  relist(): void;
  end(): void;
  /** Events until `end`. */
  read(): AsyncGenerator<WatchEvent, void, void>;
}

export interface ChangeQueueOptions {
  /** The present state; where it throws, the reader is told that what it has may be old. */
  list(): List;
  /** Resolves when a list that failed may be tried again. */
  pause(): Promise<void>;
  readonly limit?: number;
}

export function createChangeQueue(options: ChangeQueueOptions): ChangeQueue {
  const limit = options.limit ?? defaultQueueLimit;
  let waiting: { changes: readonly Change[]; revision: number }[] = [];
  let size = 0;
  let listWanted = false;
  let ended = false;
  let wake: () => void = () => {};

  function clear(): void {
    waiting = [];
    size = 0;
  }

  function listed(): List | { readonly failed: unknown } {
    try {
      return options.list();
    } catch (failed) {
      return { failed };
    }
  }

  return {
    push(changes, revision) {
      if (ended || listWanted) return;
      size += changes.length;
      if (size > limit) {
        clear();
        listWanted = true;
      } else {
        waiting.push({ changes, revision });
      }
      wake();
    },
    relist() {
      clear();
      listWanted = true;
      wake();
    },
    end() {
      ended = true;
      clear();
      wake();
    },
    async *read() {
      while (!ended) {
        if (listWanted) {
          const list = listed();
          if ('failed' in list) {
            yield { kind: 'stale', reason: messageOf(list.failed) };
            await Promise.race([options.pause(), new Promise<void>((resolve) => (wake = resolve))]);
          } else {
            listWanted = false;
            yield list;
          }
        } else if (waiting.length > 0) {
          const batch = waiting;
          clear();
          for (const { changes, revision } of batch) {
            if (listWanted || ended) break;
            yield { kind: 'changes', changes, revision };
          }
        } else {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      }
    },
  };
}
