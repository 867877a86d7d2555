/** What a store of Causeway promises: keys with revisions, transactions, and watches that lose nothing in silence. */

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

/** Holds when the key's modRevision is exactly this; 0: when the key does not exist. */
export interface Condition {
  readonly key: string;
  readonly modRevision: number;
}

export type Write =
  | { readonly kind: 'put'; readonly key: string; readonly value: string }
  | { readonly kind: 'delete'; readonly key: string };

export interface Transaction {
  /** All must hold, or nothing is written. */
  readonly conditions: readonly Condition[];
  /** At most one a key. All get the same new revision. Deleting what is absent is no error. */
  readonly writes: readonly Write[];
}

export interface Commit {
  /** False: a condition did not hold and nothing was written; read again and decide again. */
  readonly committed: boolean;
  /** The store's revision after the transaction. It does not grow when nothing was written. */
  readonly revision: number;
}

export type Change =
  | { readonly kind: 'put'; readonly entry: Entry }
  | { readonly kind: 'delete'; readonly key: string; readonly revision: number };

export type WatchEvent =
  /** The whole present state: forget what was known of the prefix and take this. */
  | { readonly kind: 'list'; readonly entries: readonly Entry[]; readonly revision: number }
  /** All changes of one revision. */
  | { readonly kind: 'changes'; readonly changes: readonly Change[]; readonly revision: number };

export interface WatchOptions {
  /** Resume after this revision. Absent, or where the store no longer knows what came after: a `list` is first. */
  readonly afterRevision?: number;
  /** Ends the watch. */
  readonly signal?: AbortSignal;
}

export interface Store {
  /** Where it is, for messages: a file, or endpoints. */
  readonly location: string;
  get(key: string): Promise<Entry | undefined>;
  /** All keys that begin with the prefix; '' is everything. */
  list(prefix: string): Promise<Listing>;
  /** Errors: `invalid` (one key written twice), `unavailable`, `deadline`. */
  commit(transaction: Transaction): Promise<Commit>;
  /**
   * Changes in the order of their revisions, without gaps: a reader too slow for the bounded queue gets one `list`
   * in place of what it missed. Ends when the signal fires or the store closes.
   */
  watch(prefix: string, options?: WatchOptions): AsyncIterable<WatchEvent>;
  close(): Promise<void>;
}
