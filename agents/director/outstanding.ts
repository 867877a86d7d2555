/** Which probes wait for their answer: bounded, and each nonce good for one answer. */

export interface Outstanding<P> {
  sent(nonce: bigint, path: P, atUs: number): void;
  /** The path whose probe this was; undefined for a nonce that is unknown, used or given up. */
  answered(nonce: bigint): P | undefined;
  /** As `answered`, but it may still come. */
  find(nonce: bigint): P | undefined;
  /** Gives up what was sent before `beforeUs`, oldest first. */
  expire(beforeUs: number): void;
  /** Forgets, without a word, the probes of paths that are no more. */
  forget(belongs: (path: P) => boolean): void;
  readonly size: number;
}

/** `lost` hears of each probe given up, because of its age or for want of room. */
export function createOutstanding<P>(limit: number, lost: (path: P) => void): Outstanding<P> {
  // A map keeps the order of insertion, which is the order of sending: the oldest is always first.
  const probes = new Map<bigint, { readonly path: P; readonly atUs: number }>();

  function giveUp(nonce: bigint, path: P): void {
    probes.delete(nonce);
    lost(path);
  }

  return {
    sent(nonce, path, atUs) {
      const oldest = probes.size < limit ? undefined : probes.entries().next().value;
      if (oldest !== undefined) giveUp(oldest[0], oldest[1].path);
      probes.set(nonce, { path, atUs });
    },
    answered(nonce) {
      const probe = probes.get(nonce);
      probes.delete(nonce);
      return probe?.path;
    },
    find: (nonce) => probes.get(nonce)?.path,
    expire(beforeUs) {
      for (const [nonce, { path, atUs }] of probes) {
        if (atUs >= beforeUs) return;
        giveUp(nonce, path);
      }
    },
    forget(belongs) {
      for (const [nonce, { path }] of probes) if (belongs(path)) probes.delete(nonce);
    },
    get size() {
      return probes.size;
    },
  };
}
