/** Leases of a store that one process has for itself: they live by its own clock, and end with it. */
import type { Clock, Timer } from '../domain/clock.ts';
import type { Lease } from './store.ts';

export interface EmbeddedLeases {
  open(ttlMs: number): Lease;
  /** Those whose time has passed are lost from here on; for a process that was stopped and has not had its timers yet. */
  expire(): void;
  isAlive(id: string): boolean;
  /** The key goes with the lease from now on, and with no other. */
  attach(key: string, id: string): void;
  endAll(): void;
}

/** `onOver`: these keys are to be deleted. */
export function createEmbeddedLeases(
  clock: Clock,
  onOver: (keys: readonly string[]) => void,
): EmbeddedLeases {
  interface Held {
    dueMs: number;
    readonly keys: Set<string>;
    over(): void;
  }
  const held = new Map<string, Held>();
  let count = 0;

  function open(ttlMs: number): Lease {
    const id = String(++count);
    const abort = new AbortController();
    const keys = new Set<string>();
    let timer: Timer;
    const lease: Held = {
      dueMs: clock.monotonicMs() + ttlMs,
      keys,
      over() {
        if (!held.delete(id)) return;
        timer.cancel();
        abort.abort();
        onOver([...keys]);
      },
    };
    /** Whoever gets his turn in time is alive. */
    function beat(): void {
      if (clock.monotonicMs() >= lease.dueMs) {
        lease.over();
        return;
      }
      lease.dueMs = clock.monotonicMs() + ttlMs;
      timer = clock.after(ttlMs / 3, beat);
    }
    held.set(id, lease);
    timer = clock.after(ttlMs / 3, beat);
    return { id, lost: abort.signal, end: async () => lease.over() };
  }

  return {
    open,
    expire() {
      for (const lease of [...held.values()]) if (clock.monotonicMs() >= lease.dueMs) lease.over();
    },
    isAlive: (id) => held.has(id),
    attach(key, id) {
      for (const { keys } of held.values()) keys.delete(key);
      held.get(id)?.keys.add(key);
    },
    endAll() {
      for (const lease of [...held.values()]) lease.over();
    },
  };
}
