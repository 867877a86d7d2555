/** Which requests were answered already: a copy of one is not, so that whoever has recorded it gains nothing by sending it again. */

export interface SeenNonces {
  /** Whether it is the first time, as far as is remembered. */
  isNew(nonce: bigint): boolean;
}

/** Remembers so many, and of them as many again that came last. */
export function createSeenNonces(limit: number): SeenNonces {
  let young = new Set<bigint>();
  let old = new Set<bigint>();
  return {
    isNew(nonce) {
      if (young.has(nonce) || old.has(nonce)) return false;
      if (young.size >= limit) [young, old] = [new Set(), young];
      young.add(nonce);
      return true;
    },
  };
}
