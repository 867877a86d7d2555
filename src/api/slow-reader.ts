/** How a slow reader gets the newest state instead of all states: one place, overwritten until it can be written. */

/** The part of a gRPC stream that writing needs. `write` answers false when the other side is behind. */
export interface Writable<T extends object> {
  write(message: T): boolean;
  once(event: 'drain', listener: () => void): unknown;
}

export interface LatestWriter<T> {
  /**
   * Puts the newest value of a slot; written at once if the stream keeps up, else when it drains. While one that takes its time is
   * made, all others wait, so that what is put first is written first.
   */
  put(slot: string, message: () => T | Promise<T>): void;
  /** Nothing is written from here on. */
  stop(): void;
}

/** Slots are written in the order in which they were first filled. Memory: one value a slot. `onError`: a message could not be made. */
export function createLatestWriter<T extends object>(
  stream: Writable<T>,
  onError: (error: unknown) => void,
): LatestWriter<T> {
  const waiting = new Map<string, () => T | Promise<T>>();
  let writable = true;
  let making = false;
  let stopped = false;

  function flush(): void {
    for (const [slot, message] of waiting) {
      if (!writable || making || stopped) return;
      waiting.delete(slot);
      const made = message();
      if (made instanceof Promise) later(made);
      else write(made);
    }
  }

  function later(made: Promise<T>): void {
    making = true;
    made.then(
      (message) => {
        making = false;
        if (stopped) return;
        write(message);
        flush();
      },
      (error) => {
        if (!stopped) onError(error);
      },
    );
  }

  function write(message: T): void {
    writable = stream.write(message);
    if (writable) return;
    stream.once('drain', () => {
      writable = true;
      flush();
    });
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
