/** How a watch keeps up with a slow reader: a bounded queue that gives way to one fresh list. */
import { messageOf } from '../domain/error.ts';
import type { Change, WatchEvent } from './store.ts';

/** Changes waiting for one reader; beyond it the reader is told to start from a list. */
const defaultQueueLimit = 4_096;

type List = Extract<WatchEvent, { kind: 'list' }>;
type Waiting = Exclude<WatchEvent, List>;

export interface ChangeQueue {
  /** Adds the changes of one revision, or that there are none up to it. Never blocks, never grows past its limit. */
  push(changes: readonly Change[], revision: number): void;
  /** What has been told may be old. */
  stale(reason: string): void;
  /** The next read gets a whole list. */
  relist(): void;
  end(): void;
  /** Events until `end`. */
  read(): AsyncGenerator<WatchEvent, void, void>;
}

export interface ChangeQueueOptions {
  /** The present state; where it throws, the reader is told that what it has may be old. */
  list(): List | Promise<List>;
  /** Resolves when a list that failed may be tried again. */
  pause(): Promise<void>;
  readonly limit?: number;
}

export function createChangeQueue(options: ChangeQueueOptions): ChangeQueue {
  const limit = options.limit ?? defaultQueueLimit;
  let waiting: Waiting[] = [];
  let size = 0;
  let listWanted = false;
  let ended = false;
  let wake: () => void = () => {};

  function add(event: Waiting, weight: number): void {
    if (ended || listWanted) return;
    // Of two that only say how things stand, the later says all.
    if (isBare(event) && waiting.at(-1) !== undefined && isBare(waiting.at(-1))) waiting.pop();
    else size += weight;
    if (size > limit) relist();
    else waiting.push(event);
    wake();
  }

  function clear(): void {
    waiting = [];
    size = 0;
  }

  function relist(): void {
    clear();
    listWanted = true;
    wake();
  }

  return {
    push: (changes, revision) => add({ kind: 'changes', changes, revision }, Math.max(1, changes.length)),
    stale: (reason) => add({ kind: 'stale', reason }, 1),
    relist,
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
          const list = await attempt(options.list);
          if (ended) return;
          if ('failed' in list) {
            yield { kind: 'stale', reason: messageOf(list.failed) };
            await Promise.race([options.pause(), new Promise<void>((resolve) => (wake = resolve))]);
            relist();
          } else {
            reached = list.revision;
            yield list;
          }
        } else if (waiting.length > 0) {
          const batch = waiting;
          clear();
          for (const event of batch) {
            if (listWanted || ended) break;
            if (event.kind === 'changes') {
              if (event.revision < reached || (event.revision === reached && event.changes.length > 0))
                continue;
              reached = event.revision;
            }
            yield event;
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

function isBare(event: Waiting | undefined): boolean {
  return event?.kind === 'stale' || event?.changes.length === 0;
}

async function attempt(list: () => List | Promise<List>): Promise<List | { readonly failed: unknown }> {
  try {
    return await list();
  } catch (failed) {
    return { failed };
  }
}
