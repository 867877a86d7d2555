/** The product's own: its estimators fed with the reports as they come, its planner asked every 5 s and at every event. */
import { carryOverConnections } from '../../../../src/plan/estimate/carry-over.ts';
import type { ServicePlan } from '../../../../src/plan/flow/flow-plan.ts';
import { planFlows } from '../../../../src/plan/flow/plan-flows.ts';
import { acceptLatency, emptyLatency } from '../../../../src/plan/latency.ts';
import { listedPaths } from '../../../plan/flow/listed-paths.ts';
import { matrixOf, normalised } from '../matrix.ts';
import type { Policy, PolicyKind, PolicyView, SiteReport, Split } from '../policy.ts';
import { reportEverySeconds } from '../telemetry.ts';
import { cities } from '../world.ts';
import { capacityOfSite, demandOfCity, newEstimates, withHealth, withReport } from './estimates.ts';

const service = 'web';
const names = cities.map(({ name }) => name);
/** Before anything is known of anybody. */
const toItself: Split = matrixOf((city, site) => (city === site ? 1 : 0));

export const optimalPolicy: PolicyKind = { name: 'optimal', label: 'optimal (this design)', create };

function create(): Policy {
  let estimates = cities.map((_, site) => newEstimates(site));
  let latency = emptyLatency;
  let plan: ServicePlan | undefined;
  return {
    decide({ reports, isUp }: PolicyView, nowSecond) {
      const nowMs = 1_000 * nowSecond;
      const fresh = estimates.map((known, site) => newer(reports[site], known.reportedAtSecond));
      const samples = fresh.flatMap((report) => report?.paths ?? []);
      if (samples.length > 0) latency = acceptLatency(latency, samples);
      estimates = estimates.map((known, site) => {
        const healthy = withHealth(known, isUp[site] === true, nowMs);
        return withReport(healthy, fresh[site], isUp[site] === true, nowMs);
      });
      const demands = estimates.flatMap((known, city) => {
        const milli = demandOfCity(known);
        return milli === undefined ? [] : [{ site: names[city] ?? '', milli }];
      });
      if (demands.length === 0) return toItself;

      const sites = estimates.map((known, site) => {
        const planned = sum(plan?.flows.filter(({ to }) => to === names[site]).map(({ milli }) => milli));
        const carryOver = plan === undefined ? 0 : carryOverConnections(known.served, planned);
        return { site: names[site] ?? '', ...capacityOfSite(known, isUp[site] === true, carryOver, nowMs) };
      });
      [plan] = planFlows({
        paths: listedPaths(latency.entries),
        isTick: nowSecond % reportEverySeconds === 0,
        pools: [
          {
            sites,
            services: [
              {
                name: service,
                sites: sites.filter(({ mayServe }) => mayServe).map(({ site }) => site),
                demands,
                before: plan?.flows,
                orders: [],
                leaps: plan?.leaps ?? 0,
              },
            ],
          },
        ],
      }).services;
      return splitOf(plan);
    },
  };
}

function newer(report: SiteReport | undefined, thanSecond: number): SiteReport | undefined {
  return report !== undefined && report.atSecond > thanSecond ? report : undefined;
}

function splitOf(plan: ServicePlan | undefined): Split {
  const milli = new Map(plan?.flows.map((flow) => [`${flow.from} ${flow.to}`, flow.milli]));
  return names.map((from, city) => {
    const row = normalised(names.map((to) => milli.get(`${from} ${to}`) ?? 0));
    return row.some((share) => share > 0) ? row : (toItself[city] ?? []);
  });
}

function sum(values: readonly number[] | undefined): number {
  return (values ?? []).reduce((all, value) => all + value, 0);
}
