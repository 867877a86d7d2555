/** What the product's estimators have made of one site's reports so far. */
import {
  type CapacityState,
  capacityOf,
  nextCapacity,
  unmeasuredCapacity,
} from '../../../../src/plan/estimate/capacity.ts';
import {
  type DemandState,
  demandOf,
  nextDemand,
  unknownDemand,
} from '../../../../src/plan/estimate/demand.ts';
import {
  type HoldDown,
  holdDownPermille,
  neverFailed,
  nextHoldDown,
} from '../../../../src/plan/estimate/hold-down.ts';
import { nextRate, type RateState, unknownRate } from '../../../../src/plan/estimate/rate.ts';
import {
  initialStaleness,
  nextStaleness,
  type Staleness,
  standingAt,
  trustedMilli,
} from '../../../../src/plan/estimate/staleness.ts';
import type { SiteReport } from '../policy.ts';
import { activeOf } from '../telemetry.ts';
import { declaredConnections } from '../world.ts';

export interface Estimates {
  readonly site: number;
  readonly reportedAtSecond: number;
  /** By the newest report. */
  readonly served: number;
  readonly rate: RateState;
  readonly demand: DemandState;
  readonly capacity: CapacityState;
  readonly holdDown: HoldDown;
  readonly staleness: Staleness | undefined;
}

export function newEstimates(site: number): Estimates {
  return {
    site,
    reportedAtSecond: Number.NEGATIVE_INFINITY,
    served: 0,
    rate: unknownRate,
    demand: unknownDemand,
    capacity: unmeasuredCapacity,
    holdDown: neverFailed,
    staleness: undefined,
  };
}

export function withHealth(known: Estimates, isUp: boolean, nowMs: number): Estimates {
  const kind = isUp ? 'healthy' : 'failed';
  return {
    ...known,
    holdDown: nextHoldDown(known.holdDown, { kind, atMs: nowMs }),
    staleness: known.staleness ?? initialStaleness(nowMs),
  };
}

export function withReport(
  known: Estimates,
  report: SiteReport | undefined,
  isUp: boolean,
  nowMs: number,
): Estimates {
  if (report === undefined) return known;
  const atMs = 1_000 * report.atSecond;
  const rate = nextRate(known.rate, { atMs, counter: report.counter }, nowMs).state;
  const active = activeOf(report);
  const demand = nextDemand(
    known.demand,
    { atMs, newPerSecond: rate.newPerSecond, activeConnections: active },
    nowMs,
  ).state;
  const telemetry = { atMs, activeConnections: report.served, util: report.util };
  const capacity = nextCapacity(known.capacity, telemetry, siteOf(known.site, isUp ? 1 : 0, 0), nowMs).state;
  const staleness = nextStaleness(
    known.staleness ?? initialStaleness(nowMs),
    { kind: 'telemetry', atMs },
    nowMs,
  );
  return {
    ...known,
    reportedAtSecond: report.atSecond,
    served: report.served,
    rate,
    demand,
    capacity,
    staleness,
  };
}

export function demandOfCity({ demand }: Estimates): number | undefined {
  return demandOf(demand)?.milliConnections;
}

export function capacityOfSite(known: Estimates, isUp: boolean, carryOver: number, nowMs: number) {
  const standing = standingAt(known.staleness ?? initialStaleness(nowMs), nowMs);
  const share = isUp ? holdDownPermille(known.holdDown, nowMs) / 1_000 : 0;
  // What broke at a dead site is no longer there, whatever the last report says.
  const capacity = capacityOf(known.capacity, siteOf(known.site, share, isUp ? carryOver : 0));
  return {
    capacityMilli: trustedMilli(standing.freshness, capacity),
    inflowMayGrow: standing.inflowMayGrow,
    mayServe: share > 0,
  };
}

function siteOf(site: number, healthyShare: number, carryOverConnections: number) {
  return { declaredConnections: declaredConnections[site] ?? 0, healthyShare, carryOverConnections };
}
