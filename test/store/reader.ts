/** Who reads a watch, as a test does: event by event, or until it has caught up. */
import type { Entry, WatchEvent } from '../../src/store/store.ts';

type Changes = Extract<WatchEvent, { kind: 'changes' }>;

export interface Reader {
  /** The next that says something: neither that nothing has changed, nor that it may be old. Undefined: it has ended. */
  next(): Promise<WatchEvent | undefined>;
  /** The next, which must tell changes. */
  changes(): Promise<Changes>;
  /** Takes what is there by now; the values that are known, by key. Not beside `next`. */
  catchUp(): Promise<string[]>;
  /** Of all events so far. */
  kinds(): readonly WatchEvent['kind'][];
  end(): Promise<void>;
}

export function reader(events: AsyncIterable<WatchEvent>): Reader {
  const iterator = events[Symbol.asyncIterator]();
  const known = new Map<string, Entry>();
  const kinds: WatchEvent['kind'][] = [];
  let pending: Promise<IteratorResult<WatchEvent>> | undefined;

  function take(event: WatchEvent): void {
    kinds.push(event.kind);
    if (event.kind === 'list') {
      known.clear();
      for (const entry of event.entries) known.set(entry.key, entry);
    } else if (event.kind === 'changes') {
      for (const change of event.changes) {
        if (change.kind === 'put') known.set(change.entry.key, change.entry);
        else known.delete(change.key);
      }
    }
  }

  async function next(): Promise<WatchEvent | undefined> {
    for (;;) {
      const result = await (pending ?? iterator.next());
      pending = undefined;
      if (result.done === true) return undefined;
      take(result.value);
      const isEmpty = result.value.kind === 'changes' && result.value.changes.length === 0;
      if (!isEmpty && result.value.kind !== 'stale') return result.value;
    }
  }

  return {
    next,
    async changes() {
      const event = await next();
      if (event?.kind !== 'changes') throw new Error(`no changes, but ${JSON.stringify(event)}`);
      return event;
    },
    async catchUp() {
      for (;;) {
        pending ??= iterator.next();
        const result = await Promise.race([pending, soon()]);
        if (result === undefined || result.done === true) return [...known.keys()];
        pending = undefined;
        take(result.value);
      }
    },
    kinds: () => kinds,
    async end() {
      // A generator that waits for its next event hears of its end only then.
      if (pending === undefined) await iterator.return?.();
    },
  };
}

/** A turn of the event loop, in which all that is there already arrives. */
function soon(): Promise<undefined> {
  return new Promise((resolve) => setImmediate(() => setImmediate(() => resolve(undefined))));
}
