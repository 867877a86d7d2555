/** What several counters of the kernel's have counted together, as one total that never goes back. Pure. */
import type { Counters } from '../../src/domain/ipvs-table.ts';

export interface Tally {
  readonly connections: number;
  readonly bytesIn: number;
  /** When it began, ms since the epoch. */
  readonly sinceMs: number;
  /** Each counter as last seen; few. */
  readonly seen: readonly Seen[];
}

type Counted = Pick<Counters, 'connections' | 'bytesIn'>;

interface Seen {
  readonly id: string;
  readonly counted: Counted;
}

/** `counted`: undefined where the destination is not there now. */
export interface CounterNow {
  readonly id: string;
  readonly counted: Counted | undefined;
}

/**
 * Begins with 0; from then on the growth of each counter is added. A sum of the counters themselves would fall when one of
 * several goes, and leap when it comes back: the kernel takes a destination that still has connections from its trash,
 * with its old figures. Undefined while none was ever there.
 */
export function nextTally(
  before: Tally | undefined,
  counters: readonly CounterNow[],
  nowMs: number,
): Tally | undefined {
  if (before !== undefined && isStill(before, counters)) return before;
  const seen: Seen[] = [];
  let connections = before?.connections ?? 0;
  let bytesIn = before?.bytesIn ?? 0;
  for (const [index, { id, counted }] of counters.entries()) {
    const known = knownAt(before?.seen, index, id);
    if (counted !== undefined) {
      connections += growth(known?.counted.connections, counted.connections);
      bytesIn += growth(known?.counted.bytesIn, counted.bytesIn);
      seen.push({ id, counted });
    } else if (known !== undefined) seen.push(known);
  }
  if (before === undefined && seen.length === 0) return undefined;
  return { connections, bytesIn, sinceMs: before?.sinceMs ?? nowMs, seen };
}

/** Nothing has been counted since: so it is with most of a director's destinations. */
function isStill({ seen }: Tally, counters: readonly CounterNow[]): boolean {
  if (seen.length !== counters.length) return false;
  return counters.every(({ id, counted }, index) => {
    const known = seen[index];
    if (known?.id !== id) return false;
    return counted === undefined || isSame(known.counted, counted);
  });
}

function isSame(a: Counted, b: Counted): boolean {
  return a.connections === b.connections && a.bytesIn === b.bytesIn;
}

/** Counters come in the same order again and again. */
function knownAt(seen: readonly Seen[] | undefined, index: number, id: string): Seen | undefined {
  const there = seen?.[index];
  return there?.id === id ? there : seen?.find((one) => one.id === id);
}

/** What a counter shows when it is first seen may be old. One that went back began anew: all that it shows is new. */
function growth(before: number | undefined, now: number): number {
  if (before === undefined) return 0;
  return now >= before ? now - before : now;
}
