/** What several counters of the kernel's have counted together, as one total that never goes back. Pure. */
import type { Counters } from '../../src/domain/ipvs-table.ts';

export interface Tally {
  readonly connections: number;
  readonly bytesIn: number;
  /** When it began, ms since the epoch. */
  readonly sinceMs: number;
  /** Each counter as last seen. */
  readonly seen: ReadonlyMap<string, Counted>;
}

type Counted = Pick<Counters, 'connections' | 'bytesIn'>;

const nothing = { connections: 0, bytesIn: 0, seen: new Map<string, Counted>() };

/**
 * Begins with 0; from then on the growth of each counter is added. A sum of the counters themselves would fall when one of
 * several goes, and leap when it comes back: the kernel takes a destination that still has connections from its trash,
 * with its old figures. `counters`: by id, undefined where the destination is not there now. Undefined while none was ever there.
 */
export function nextTally(
  before: Tally | undefined,
  counters: ReadonlyMap<string, Counted | undefined>,
  nowMs: number,
): Tally | undefined {
  const seen = new Map<string, Counted>();
  for (const [id, counted] of counters) {
    const known = counted ?? before?.seen.get(id);
    if (known !== undefined) seen.set(id, known);
  }
  if (before === undefined && seen.size === 0) return undefined;
  const from = before ?? { ...nothing, sinceMs: nowMs };
  const grown = (what: keyof Counted) =>
    [...seen].reduce((total, [id, now]) => total + growth(from.seen.get(id)?.[what], now[what]), 0);
  return {
    connections: from.connections + grown('connections'),
    bytesIn: from.bytesIn + grown('bytesIn'),
    sinceMs: from.sinceMs,
    seen,
  };
}

/** What a counter shows when it is first seen may be old. One that went back began anew: all that it shows is new. */
function growth(before: number | undefined, now: number): number {
  if (before === undefined) return 0;
  return now >= before ? now - before : now;
}
