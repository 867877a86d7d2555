/** How a watch keeps up with a slow reader: a bounded queue that gives way to one fresh list. */
import type { Change, WatchEvent } from './store.ts';

/** Changes waiting for one reader; beyond it the reader is told to start from a list. */
const defaultQueueLimit = 4_096;

export interface ChangeQueue {
  /** Adds the changes of one revision. Never blocks, never grows past its limit. */
  push(changes: readonly Change[], revision: number): void;
  /** The next read gets a whole list. */
  relist(): void;
  end(): void;
  /** Events until `end`; `list` is called when a reader needs the present state. */
  read(): AsyncGenerator<WatchEvent, void, void>;
}

export interface ChangeQueueOptions {
  readonly list: () => Extract<WatchEvent, { kind: 'list' }> | Promise<Extract<WatchEvent, { kind: 'list' }>>;
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
      let reached = 0;
      while (!ended) {
        if (listWanted) {
          // Cleared first: what is pushed while the list is being read stays queued, and is told apart by revision.
          listWanted = false;
          const list = await options.list();
          reached = list.revision;
          yield list;
        } else if (waiting.length > 0) {
          const batch = waiting;
          clear();
          for (const { changes, revision } of batch) {
            if (listWanted || ended) break;
            if (revision <= reached) continue;
            reached = revision;
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
