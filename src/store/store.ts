/** What a store of Causeway promises: keys with revisions, transactions, watches that lose nothing in silence, and leases. */

/** `modRevision` is the store's revision at which the key was last written; 0 stands for a key that is not there. */
export interface Entry {
  readonly key: string;
  readonly value: string;
  readonly createRevision: number;
  readonly modRevision: number;
}

export interface Listing {
  /** In the order of their keys' bytes. */
  readonly entries: readonly Entry[];
  /** The store's revision that this listing shows. */
  readonly revision: number;
}

/** All keys that begin with the prefix ('' is everything), or these keys as far as they exist. */
export type Selection = { readonly prefix: string } | { readonly keys: readonly string[] };

/** What a winner of `campaign` holds: its candidacy, which vanishes with its lease. */
export interface Fence {
  /** What was campaigned for. */
  readonly name: string;
  /** Grows with each winner of the name, for as long as there are stores and clocks: whoever hears of two, obeys the higher. */
  readonly epoch: number;
  readonly key: string;
  readonly modRevision: number;
}

export type Condition =
  /** The key's modRevision is exactly this; 0: the key does not exist. */
  | { readonly key: string; readonly modRevision: number }
  /**
   * No key with the prefix was written or deleted after this revision: for what is decided by all that stands under it. Where the
   * store can't tell it does not hold: of a change it may know no more than the folder, the first part of the key. Says nothing of
   * keys that live by a lease.
   */
  | { readonly prefix: string; readonly unchangedSince: number }
  /** Whoever writes still holds what it won. */
  | { readonly fence: Fence };

export type Write =
  /** With the id of a lease the key, which stands under `livePrefix`, vanishes when the lease does. */
  | { readonly kind: 'put'; readonly key: string; readonly value: string; readonly lease?: string }
  | { readonly kind: 'delete'; readonly key: string };

export interface Transaction {
  /** All must hold, or nothing is written. */
  readonly conditions: readonly Condition[];
  /** At most one a key. All get the same new revision. Deleting what is absent is no error. */
  readonly writes: readonly Write[];
}

export type Commit =
  /** `revision`: the store's after the transaction. It need not grow where nothing was written. */
  | { readonly outcome: 'committed'; readonly revision: number }
  /** A condition did not hold at this revision, and nothing was written: read again and decide again. */
  | { readonly outcome: 'conflict'; readonly revision: number }
  /** It may have been written, or may still be: read what stands there before anything else is tried. */
  | { readonly outcome: 'unknown'; readonly reason: string };

export type Change =
  | { readonly kind: 'put'; readonly entry: Entry }
  | { readonly kind: 'delete'; readonly key: string; readonly revision: number };

export type WatchEvent =
  /** The whole present state: what is not in it is gone. */
  | { readonly kind: 'list'; readonly entries: readonly Entry[]; readonly revision: number }
  /** All changes of one revision; none: nothing else has changed up to it. */
  | { readonly kind: 'changes'; readonly changes: readonly Change[]; readonly revision: number }
  /** What was told may be old by now. The next event of another kind ends that. */
  | { readonly kind: 'stale'; readonly reason: string };

export interface WatchOptions {
  /** Resume after this revision. Absent, or where the store no longer knows what came after: a `list` is first. */
  readonly afterRevision?: number;
  /** Ends the watch. */
  readonly signal?: AbortSignal;
}

export interface Lease {
  readonly id: string;
  /** Fires once: when the store says that the lease is over, and at the latest when by the own clock nobody has confirmed it for its whole time. */
  readonly lost: AbortSignal;
  /** Gives it back: its keys vanish at once, or, where the store does not answer, at the end of its time. Never throws. */
  end(): Promise<void>;
}

export interface StoreLimits {
  /** Writes of one transaction; and as many conditions. */
  readonly operations: number;
  /** Keys and values of one transaction. */
  readonly bytes: number;
}

export interface Store {
  /** Where it is, for messages: a file, or endpoints. */
  readonly location: string;
  readonly limits: StoreLimits;
  /** How it is backed up and restored, where that is not Causeway's to do. */
  readonly backupElsewhere?: string;
  /** The present state, never an older one. Errors: `unavailable`, `deadline`, `permission`. */
  read(selection: Selection): Promise<Listing>;
  /**
   * Errors, all of which say that nothing was written: `invalid` (one key written twice, beyond the limits), `unavailable`,
   * `permission`.
   */
  commit(transaction: Transaction): Promise<Commit>;
  /**
   * Changes in the order of their revisions, without gaps: a reader too slow for the bounded queue gets one `list`
   * in place of what it missed. Never throws; ends when the signal fires or the store closes.
   */
  watch(prefix: string, options?: WatchOptions): AsyncIterable<WatchEvent>;
  /** Kept alive until it is lost or ended. Errors: `unavailable`, `deadline`, `permission`. */
  lease(ttlMs: number): Promise<Lease>;
  close(): Promise<void>;
}

/** The rules that all stores share. */
export const livePrefix = 'live/';
