/** What the product's estimators have made of one site's reports so far. */
import {
  type CapacityState,
  nextCapacity,
  unmeasuredCapacity,
} from '../../../../src/plan/estimate/capacity.ts';
import { DemandWindow } from '../../../../src/plan/estimate/demand.ts';
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
} from '../../../../src/plan/estimate/staleness.ts';
import type { Observation } from '../../../../src/plan/optimal/observation.ts';
import { sumOf } from '../matrix.ts';
import type { SiteReport } from '../policy.ts';
import { activeOf } from '../telemetry.ts';
import { cities, declaredConnections } from '../world.ts';

/** The one that all clients want. */
export const service = 'web';

export interface Estimates {
  readonly site: number;
  readonly reportedAtSecond: number;
  /** By site, by the newest report. */
  readonly active: readonly number[];
  readonly served: number;
  readonly rate: RateState;
  /** The same from report to report. */
  readonly demand: DemandWindow;
  readonly capacity: CapacityState;
  readonly holdDown: HoldDown;
  readonly staleness: Staleness | undefined;
}

export function newEstimates(site: number): Estimates {
  return {
    site,
    reportedAtSecond: Number.NEGATIVE_INFINITY,
    active: [],
    served: 0,
    rate: unknownRate,
    demand: new DemandWindow(),
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
  known.demand.take({ atMs, newPerSecond: rate.newPerSecond, activeConnections: active }, nowMs);
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
    active: report.activeBySite,
    served: report.served,
    rate,
    capacity,
    staleness,
  };
}

/** The same as a coordinator's telemetry would say of the site, whose real servers stand for one. */
export function observationOf(
  all: readonly Estimates[],
  isUp: readonly boolean[],
  nowMs: number,
): Observation {
  return {
    demands: all.flatMap(({ site, demand, active, reportedAtSecond }) => {
      const known = demand.demand();
      if (known === undefined) return [];
      const [activeConnections, ageMs] = [sumOf(active), nowMs - 1_000 * reportedAtSecond];
      const { newPerSecond } = demand.newest;
      return [{ service, site: nameOf(site), demand: known, newPerSecond, activeConnections, ageMs }];
    }),
    servers: all.map(({ site, capacity, holdDown }) => ({
      name: nameOf(site),
      capacity,
      services: [
        {
          service,
          isHealthy: isUp[site] === true,
          isConfirmedDown: isUp[site] !== true,
          isPanic: false,
          slowStartPerMille: 1_000,
          holdDownPerMille: holdDownPermille(holdDown, nowMs),
        },
      ],
    })),
    sites: all.map(({ site, staleness }) => ({
      site: nameOf(site),
      standing: standingAt(staleness ?? initialStaleness(nowMs), nowMs),
    })),
    // What its real servers carry, whoever sent it; a dead site carries nothing, whatever the last report says.
    active: all.flatMap(({ site, served }) =>
      isUp[site] === true ? [{ service, from: nameOf(site), to: nameOf(site), connections: served }] : [],
    ),
  };
}

function siteOf(site: number, healthyShare: number, carryOverConnections: number) {
  return { declaredConnections: declaredConnections[site] ?? 0, healthyShare, carryOverConnections };
}

export function nameOf(site: number): string {
  return cities[site]?.name ?? '';
}
