/** When a director's claims to VIPs change: with its table, and by the time that has gone. */
import type { Clock, Timer } from '../../src/domain/clock.ts';
import { defaultAnnouncement } from '../../src/domain/resource.ts';
import type { DirectorSnapshot } from '../../src/domain/snapshot.ts';
import type { Ledger } from '../../src/kernel/ledger.ts';
import { claimsDueMs, claimsOf, claimTimes, nextClaims } from '../../src/plan/claims.ts';
import { attractingVips } from '../../src/plan/director-host.ts';
import type { DirectorPlan } from '../../src/plan/director-table.ts';
import type { Logger } from '../../src/runtime/log.ts';

export interface ClaimingOptions {
  readonly clock: Clock;
  readonly log: Logger;
  /** VIPs of before a restart still attract clients. */
  readonly ledger: Pick<Ledger, 'made'>;
  /** What the table that was wanted last can serve; undefined: not known yet. */
  readonly served: () => { readonly snapshot: DirectorSnapshot; readonly plan: DirectorPlan } | undefined;
  /** The director suspects itself. */
  readonly isHeld: () => boolean;
  readonly onChange: () => void;
}

export interface Claiming {
  claimed(): ReadonlySet<string>;
  /** Something may be otherwise. */
  look(): void;
  close(): void;
}

export function createClaiming({ clock, log, ledger, served, isHeld, onChange }: ClaimingOptions): Claiming {
  const before = ledger.made().addresses.map((one) => one.address);
  let claims = claimsOf(before);
  let claimed: ReadonlySet<string> = new Set(before);
  let timer: Timer | undefined;
  let isClosed = false;

  function look(): void {
    const known = served();
    if (known === undefined || isClosed) return;
    const { snapshot, plan } = known;
    const nowMs = clock.monotonicMs();
    const times = claimTimes[snapshot.announce ?? defaultAnnouncement];
    const view = { vips: attractingVips(snapshot), servable: plan.servable, isHeld: isHeld(), nowMs };
    claims = nextClaims(claims, view, times);
    timer?.cancel();
    const dueMs = claimsDueMs(claims, times);
    // Timers of whole milliseconds may come a little early.
    timer = Number.isFinite(dueMs) ? clock.after(Math.ceil(dueMs - nowMs) + 1, look) : undefined;
    const next = new Set(claims.claimed.keys());
    if (next.size === claimed.size && [...next].every((vip) => claimed.has(vip))) return;
    claimed = next;
    log.info({ vips: [...next] }, 'VIPs that attract clients changed');
    onChange();
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
