/** Who may begin, of those who have come: so many at once, hosts by turns, of one host whoever came first. */

export interface Turns<T> {
  enter(visitor: T, host: string): void;
  /** He has done, or has gone. */
  leave(visitor: T): void;
  /** He keeps others waiting: his turn goes to the next, and he goes on beside it. */
  overdue(visitor: T): void;
}

export interface TurnsOptions<T> {
  readonly atOnce: number;
  /** Beyond it the newest of the host that has most is turned away: what it costs to refuse him must not grow with how many come. */
  readonly waitingAtMost: number;
  /** Who went on after his turn; beyond it the one who has done so for longest is turned away. */
  readonly lateAtMost: number;
  readonly begin: (visitor: T) => void;
  /** He has left already. */
  readonly turnAway: (visitor: T) => void;
}

export function createTurns<T>({
  atOnce,
  waitingAtMost,
  lateAtMost,
  begin,
  turnAway,
}: TurnsOptions<T>): Turns<T> {
  const busy = new Set<T>();
  const late = new Set<T>();
  /** By host; the host whose turn is next stands first. */
  const waiting = new Map<string, Set<T>>();
  const hosts = new Map<T, string>();

  function start(visitor: T): void {
    busy.add(visitor);
    begin(visitor);
  }

  function startNext(): void {
    if (busy.size >= atOnce) return;
    const [next] = waiting;
    if (next === undefined) return;
    const [host, own] = next;
    const [visitor] = own;
    waiting.delete(host);
    if (visitor === undefined) return;
    own.delete(visitor);
    hosts.delete(visitor);
    if (own.size > 0) waiting.set(host, own);
    start(visitor);
  }

  function removeWaiting(visitor: T): void {
    const host = hosts.get(visitor);
    if (host === undefined) return;
    hosts.delete(visitor);
    const own = waiting.get(host);
    own?.delete(visitor);
    if (own?.size === 0) waiting.delete(host);
  }

  function leave(visitor: T): void {
    if (busy.delete(visitor)) startNext();
    else if (!late.delete(visitor)) removeWaiting(visitor);
  }

  function turnAwayOne(): void {
    let most: Set<T> | undefined;
    for (const own of waiting.values()) if (own.size > (most?.size ?? 0)) most = own;
    const newest = [...(most ?? [])].at(-1);
    if (newest === undefined) return;
    removeWaiting(newest);
    turnAway(newest);
  }

  return {
    leave,
    enter(visitor, host) {
      if (busy.size < atOnce) return start(visitor);
      const own = waiting.get(host) ?? new Set<T>();
      waiting.set(host, own.add(visitor));
      hosts.set(visitor, host);
      if (hosts.size > waitingAtMost) turnAwayOne();
    },
    overdue(visitor) {
      if (!busy.delete(visitor)) return;
      late.add(visitor);
      const [first] = late;
      if (late.size > lateAtMost && first !== undefined) {
        late.delete(first);
        turnAway(first);
      }
      startNext();
    },
  };
}
