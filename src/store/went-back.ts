/** Whether a store has gone back to what it was: an old copy, or none. Pure. */
import { revisionOfKey } from './keys.ts';

/** How far a store is. */
export interface Reached {
  readonly revision: number;
  /** Number of the newest change in its history; 0: none is known. */
  readonly change: number;
}

/**
 * Whoever restores an etcd with --bump-revision says that he means it: revisions that nobody comes to in the time for which a
 * coordinator looks away.
 */
const meantJump = 1_000_000;

/**
 * `is of revision 3, and was at revision 7`, or undefined. Revisions alone would not tell for long: an old copy comes to those that were known as
 * soon as coordinators campaign on it. The history is written with what operators change, and with nothing else.
 */
export function wentBack(now: Reached, known: Reached): string | undefined {
  if (now.revision < known.revision)
    return `is of revision ${now.revision}, and was at revision ${known.revision}`;
  if (now.change >= known.change || now.revision - known.revision >= meantJump) return undefined;
  return `has the history up to change ${now.change}, and had it up to ${known.change}`;
}

/** The newest change among these keys; 0: there is none. */
export function newestChange(keys: Iterable<string>): number {
  let newest = 0;
  for (const key of keys) newest = Math.max(newest, revisionOfKey(key) ?? 0);
  return newest;
}
