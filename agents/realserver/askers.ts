/** Who has asked lately, and so is told what does not wait, and when the agent goes: bounded, each asker of a VIP once, with its last request. */

export interface Asker {
  readonly address: string;
  readonly port: number;
  readonly vip: string;
}

export interface Askers<R> {
  asked(asker: Asker, request: R, atMs: number): void;
  /** The last request of each who has asked about this VIP since `sinceMs`. */
  of(vip: string, sinceMs: number): (Asker & { readonly request: R })[];
  /** The last request of each who has asked since `sinceMs`, and forgets all. */
  take(sinceMs: number): (Asker & { readonly request: R })[];
}

/** Beyond `limit` who was silent longest is forgotten first. */
export function createAskers<R>(limit: number): Askers<R> {
  // A map keeps the order of insertion: who asks again goes to its end.
  const askers = new Map<string, Asker & { readonly request: R; readonly atMs: number }>();
  return {
    asked({ address, port, vip }, request, atMs) {
      const id = `${address} ${port} ${vip}`;
      askers.delete(id);
      askers.set(id, { address, port, vip, request, atMs });
      if (askers.size <= limit) return;
      const [oldest] = askers.keys();
      if (oldest !== undefined) askers.delete(oldest);
    },
    of: (vip, sinceMs) =>
      [...askers.values()]
        .filter((asker) => asker.vip === vip && asker.atMs >= sinceMs)
        .map(({ atMs: _, ...asker }) => asker),
    take(sinceMs) {
      const recent = [...askers.values()].filter(({ atMs }) => atMs >= sinceMs);
      askers.clear();
      return recent.map(({ atMs: _, ...asker }) => asker);
    },
  };
}
