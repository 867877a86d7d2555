/** Who has come but not yet said who he is: so many at once, and the one who has waited longest makes room for the next. */

export interface WaitingRoom<T> {
  enter(visitor: T): void;
  leave(visitor: T): void;
}

/** `limit` visitors at most; `evict` is told of one who has left already. */
export function createWaitingRoom<T>(limit: number, evict: (visitor: T) => void): WaitingRoom<T> {
  const waiting = new Set<T>();
  return {
    enter(visitor) {
      waiting.add(visitor);
      const [oldest] = waiting;
      if (waiting.size <= limit || oldest === undefined) return;
      waiting.delete(oldest);
      evict(oldest);
    },
    leave: (visitor) => void waiting.delete(visitor),
  };
}
