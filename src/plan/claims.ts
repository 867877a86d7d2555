/** Which VIPs a director attracts clients to: those of which it can serve something. Pure. */
import type { Announcement } from '../domain/resource.ts';
import { attractingVips } from './director-host.ts';
import type { DirectorContent } from './snapshots.ts';

/** Times are monotonic ms. */
export interface Claims {
  /** Each with since when nothing of it could be served; undefined: something can. */
  readonly claimed: ReadonlyMap<string, number | undefined>;
  /** Given up because nothing of them could be served, each with since when something can again; undefined: nothing yet. */
  readonly lost: ReadonlyMap<string, number | undefined>;
}

export interface ClaimTimes {
  /** So long nothing could be served. */
  readonly unclaimAfterMs: number;
  /** So long something could be served again, of what was given up. */
  readonly reclaimAfterMs: number;
}

/**
 * On a link a VIP that goes leads its clients nowhere better at once: a short outage is sat out. With routing they have another way, so it
 * goes as soon as health has surely changed (a moment for a table that changes hands), and what comes and goes comes back late, for routers damp.
 */
export const claimTimes: Readonly<Record<Announcement, ClaimTimes>> = {
  link: { unclaimAfterMs: 5_000, reclaimAfterMs: 0 },
  routing: { unclaimAfterMs: 300, reclaimAfterMs: 3_000 },
  // Likewise: another director of the link may be able to.
  vrrp: { unclaimAfterMs: 300, reclaimAfterMs: 3_000 },
};

/** Those of before a restart. */
export function claimsOf(vips: readonly string[]): Claims {
  return { claimed: new Map(vips.map((vip) => [vip, undefined])), lost: new Map() };
}

export interface ClaimView {
  /** Those to be attracted to, if they can be served. */
  readonly vips: readonly string[];
  readonly servable: ReadonlySet<string>;
  /** This director suspects itself, and takes nothing back. */
  readonly isHeld: boolean;
  readonly nowMs: number;
}

export function nextClaims(
  before: Claims,
  { vips, servable, isHeld, nowMs }: ClaimView,
  { unclaimAfterMs, reclaimAfterMs }: ClaimTimes,
): Claims {
  const claimed = new Map<string, number | undefined>();
  const lost = new Map<string, number | undefined>();
  for (const vip of vips) {
    if (servable.has(vip)) {
      const backSinceMs = before.lost.has(vip) ? (before.lost.get(vip) ?? nowMs) : undefined;
      if (backSinceMs === undefined || nowMs - backSinceMs >= reclaimAfterMs) claimed.set(vip, undefined);
      else lost.set(vip, backSinceMs);
    } else if (before.claimed.has(vip)) {
      const idleSinceMs = isHeld ? undefined : (before.claimed.get(vip) ?? nowMs);
      if (idleSinceMs === undefined || nowMs - idleSinceMs < unclaimAfterMs) claimed.set(vip, idleSinceMs);
      else lost.set(vip, undefined);
    } else if (before.lost.has(vip)) lost.set(vip, undefined);
  }
  return { claimed, lost };
}

/** When the claims become others though nothing else changes; infinite: never. */
export function claimsDueMs(
  { claimed, lost }: Claims,
  { unclaimAfterMs, reclaimAfterMs }: ClaimTimes,
): number {
  const due = (since: ReadonlyMap<string, number | undefined>, afterMs: number) =>
    [...since.values()].map((sinceMs) => (sinceMs ?? Number.POSITIVE_INFINITY) + afterMs);
  return [...due(claimed, unclaimAfterMs), ...due(lost, reclaimAfterMs)].reduce(
    (first, one) => Math.min(first, one),
    Number.POSITIVE_INFINITY,
  );
}

/** VIPs of which it can serve nothing, as far as is known: of those that are not probed it is not. */
export function idleVips(
  served: DirectorContent | undefined,
  claims: ReadonlySet<string>,
  unprobed: readonly string[],
): { readonly idleVips?: readonly string[] } {
  const idle =
    served === undefined
      ? []
      : attractingVips(served).filter((vip) => !claims.has(vip) && !unprobed.includes(vip));
  return idle.length === 0 ? {} : { idleVips: idle };
}
