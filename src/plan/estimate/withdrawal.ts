/** Which sites stop attracting a service's clients because too little of what they may use is usable, and when they begin again. */
import { compareText } from '../order.ts';
import type { SiteReach } from './site-reach.ts';

/** How a site stands with one service. */
export interface SiteClaim extends SiteReach {
  /** Its VIPs are withdrawn there. */
  readonly isWithdrawn: boolean;
  /** Monotonic; undefined where it never changed. */
  readonly changedMs: number | undefined;
}

/** Shares of the reachable capacity that is usable; between them a site stays as it is. */
const lowWatermark = 0.4;
const highWatermark = 0.8;
/** Routers far away damp what comes and goes more often. */
const leastBetweenMs = 30_000;

/**
 * By site. Whoever has the greatest share stays, in a tie all of them; where nobody is left, they come back at once, for clients must
 * have somewhere to go. A site that reaches nobody has a share of 0. Sites that are not given any more are forgotten.
 */
export function nextClaims(
  before: readonly SiteClaim[],
  reaches: readonly SiteReach[],
  nowMs: number,
): readonly SiteClaim[] {
  const greatest = Math.max(...reaches.map(usableShare));
  const known = new Map(before.map((claim) => [claim.site, claim]));
  const decided = reaches.map((reach) => {
    const claim = known.get(reach.site) ?? neverChanged;
    const isGreatest = usableShare(reach) === greatest;
    return { reach, claim, isGreatest, isWithdrawn: decide(usableShare(reach), isGreatest, claim, nowMs) };
  });
  const isNobodyLeft = decided.every(({ isWithdrawn }) => isWithdrawn);
  return decided
    .map(({ reach, claim, isGreatest, isWithdrawn: isAsDecided }): SiteClaim => {
      const isWithdrawn = isAsDecided && !(isNobodyLeft && isGreatest);
      return {
        ...reach,
        isWithdrawn,
        changedMs: isWithdrawn === claim.isWithdrawn ? claim.changedMs : nowMs,
      };
    })
    .toSorted((a, b) => compareText(a.site, b.site));
}

/** Whether it is withdrawn. */
function decide(
  share: number,
  isGreatest: boolean,
  { isWithdrawn, changedMs }: Pick<SiteClaim, 'isWithdrawn' | 'changedMs'>,
  nowMs: number,
): boolean {
  if (changedMs !== undefined && nowMs - changedMs < leastBetweenMs) return isWithdrawn;
  if (isGreatest || share > highWatermark) return false;
  return share < lowWatermark || isWithdrawn;
}

const neverChanged = { isWithdrawn: false, changedMs: undefined };

/** 0..1. */
function usableShare({ reachableConnections, usableConnections }: SiteReach): number {
  const share = usableConnections / reachableConnections;
  return reachableConnections > 0 && share > 0 ? Math.min(1, share) : 0;
}
