/** What a policy without estimators makes of the newest reports: they are taken as they are. */
import type { Matrix } from '../matrix.ts';
import type { PolicyView } from '../policy.ts';
import { activeOf } from '../telemetry.ts';
import { baseRttMs, declaredConnections } from '../world.ts';

/** By city; what its site could carry where nothing was ever heard of it. */
export function knownDemand({ reports }: PolicyView): number[] {
  return reports.map((report, city) =>
    report === undefined ? (declaredConnections[city] ?? 0) / 2 : activeOf(report),
  );
}

/** The median; where nothing was ever heard, the distance. */
export function knownRttMs({ reports }: PolicyView): Matrix {
  return baseRttMs.map((row, city) =>
    row.map((distance, site) => {
      const path = reports[city]?.paths[site];
      return path === undefined ? distance : path.p50Us / 1_000;
    }),
  );
}

/** Declared, 0 while it is down. */
export function knownCapacity({ isUp }: PolicyView): number[] {
  return declaredConnections.map((declared, site) => (isUp[site] === true ? declared : 0));
}

const leastUtil = 0.3;

/** Load over utilisation, between a tenth of what is declared and 5 % more than it. */
export function measuredCapacity(view: PolicyView): number[] {
  return knownCapacity(view).map((declared, site) => {
    const report = view.reports[site];
    if (report === undefined || report.util <= leastUtil) return declared;
    return Math.min(1.05 * declared, Math.max(0.1 * declared, report.served / report.util));
  });
}
