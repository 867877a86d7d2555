/** How an agent keeps looking at what its host is like, for hosts change: gateways move, other programs come, addresses go. */
import type { Clock, Timer } from '../../src/domain/clock.ts';
import { messageOf } from '../../src/domain/error.ts';

export interface LookoutOptions<T> {
  readonly look: () => Promise<T>;
  readonly onSeen: (seen: T) => void;
  readonly clock: Clock;
  readonly intervalMs: number;
}

export interface Lookout {
  /** Looks at once. Rejects with what the look rejects with. */
  now(): Promise<void>;
  /** Why the last look saw nothing; undefined: it did. */
  trouble(): string | undefined;
  close(): void;
}

/** One look at a time; a look that fails leaves what was seen before. Does nothing by itself before its first interval. */
export function createLookout<T>({ look, onSeen, clock, intervalMs }: LookoutOptions<T>): Lookout {
  let timer: Timer | undefined;
  let trouble: string | undefined;
  let closed = false;

  async function now(): Promise<void> {
    try {
      const seen = await look();
      trouble = undefined;
      if (!closed) onSeen(seen);
    } catch (error) {
      trouble = messageOf(error);
      throw error;
    }
  }

  function later(): void {
    timer = clock.after(intervalMs, () => {
      const next = () => {
        if (!closed) later();
      };
      now().then(next, next);
    });
  }

  later();
  return {
    now,
    trouble: () => trouble,
    close() {
      closed = true;
      timer?.cancel();
    },
  };
}
