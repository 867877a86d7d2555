/** When a director's claims to VIPs change: with its table, and by the time that has gone. */
import type { Clock, Timer } from '../../src/domain/clock.ts';
import { type Announcement, defaultAnnouncement } from '../../src/domain/resource.ts';
import { type ClaimView, claimsDueMs, claimsOf, claimTimes, nextClaims } from '../../src/plan/claims.ts';

export interface ClaimingOptions {
  readonly clock: Clock;
  /** VIPs that attract clients now: those of before a restart still do. */
  readonly before: readonly string[];
  /** What can be served now; undefined: not known yet. */
  readonly view: () => (Omit<ClaimView, 'nowMs'> & { readonly announce?: Announcement }) | undefined;
  readonly onChange: (vips: ReadonlySet<string>) => void;
}

export interface Claiming {
  claimed(): ReadonlySet<string>;
  /** Something may be otherwise. */
  look(): void;
  close(): void;
}

export function createClaiming({ clock, before, view, onChange }: ClaimingOptions): Claiming {
  let claims = claimsOf(before);
  let claimed: ReadonlySet<string> = new Set(before);
  let timer: Timer | undefined;
  let isClosed = false;

  function look(): void {
    const seen = view();
    if (seen === undefined || isClosed) return;
    const nowMs = clock.monotonicMs();
    const times = claimTimes[seen.announce ?? defaultAnnouncement];
    claims = nextClaims(claims, { ...seen, nowMs }, times);
    timer?.cancel();
    const dueMs = claimsDueMs(claims, times);
    // Timers of whole milliseconds may come a little early.
    timer = Number.isFinite(dueMs) ? clock.after(Math.ceil(dueMs - nowMs) + 1, look) : undefined;
    const next = new Set(claims.claimed.keys());
    if (next.size === claimed.size && [...next].every((vip) => claimed.has(vip))) return;
    claimed = next;
    onChange(next);
  }

  return {
    claimed: () => claimed,
    look,
    close() {
      isClosed = true;
      timer?.cancel();
    },
  };
}
