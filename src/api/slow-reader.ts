/** How a slow reader gets the newest state instead of all states: one place, overwritten until it can be written. */

/** The part of a gRPC stream that writing needs. `write` answers false when the other side is behind. */
export interface Writable<T> {
  write(message: T): boolean;
  once(event: 'drain', listener: () => void): unknown;
}

export interface LatestWriter<T> {
  /** Puts the newest value of a slot; written at once if the stream keeps up, else when it drains. */
  put(slot: string, message: () => T): void;
  /** Nothing is written from here on. */
  stop(): void;
}

/** Slots are written in the order in which they were first filled. Memory: one value a slot. */
export function createLatestWriter<T>(stream: Writable<T>): LatestWriter<T> {
  const waiting = new Map<string, () => T>();
  let writable = true;
  let stopped = false;

  function flush(): void {
    for (const [slot, message] of waiting) {
      if (!writable || stopped) return;
      waiting.delete(slot);
      writable = stream.write(message());
      if (!writable) {
        stream.once('drain', () => {
          writable = true;
          flush();
        });
      }
    }
  }

  return {
    put(slot, message) {
      if (stopped) return;
      waiting.set(slot, message);
      flush();
    },
    stop() {
      stopped = true;
      waiting.clear();
    },
  };
}
