/** Which VIPs a director attracts clients to: those of which it can serve something. Pure. */
import { attractingVips } from './director-host.ts';
import type { DirectorContent } from './snapshots.ts';

/** What is remembered of each VIP that is claimed: since when nothing of it could be served, monotonic ms. */
export type Claims = ReadonlyMap<string, number | undefined>;

/** A short outage must not make routers forget a VIP and learn it again. */
export const unclaimAfterMs = 5_000;

/** `isHeld`: this director suspects itself, and takes nothing back. */
export function nextClaims(
  before: Claims,
  vips: readonly string[],
  servable: ReadonlySet<string>,
  isHeld: boolean,
  nowMs: number,
): Claims {
  const next = new Map<string, number | undefined>();
  for (const vip of vips) {
    if (servable.has(vip)) next.set(vip, undefined);
    else if (before.has(vip)) {
      const idleSinceMs = isHeld ? undefined : (before.get(vip) ?? nowMs);
      if (idleSinceMs === undefined || nowMs - idleSinceMs < unclaimAfterMs) next.set(vip, idleSinceMs);
    }
  }
  return next;
}

/** VIPs of which it can serve nothing, as far as is known: of those that are not probed it is not. */
export function idleVips(
  served: DirectorContent | undefined,
  claims: Claims,
  unprobed: readonly string[],
): { readonly idleVips?: readonly string[] } {
  const idle =
    served === undefined
      ? []
      : attractingVips(served).filter((vip) => !claims.has(vip) && !unprobed.includes(vip));
  return idle.length === 0 ? {} : { idleVips: idle };
}
