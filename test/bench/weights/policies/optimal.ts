/** The product's own: its estimators fed with the reports as they come, its leader asked for a step every 5 s and at every event. */

import type { ServiceFlows } from '../../../../src/domain/flows.ts';
import { atOnce } from '../../../../src/domain/steps.ts';
import type { World } from '../../../../src/domain/world.ts';
import { acceptLatency, emptyLatency } from '../../../../src/plan/latency.ts';
import { nothingYet, scopeOf, step } from '../../../../src/plan/leader/step.ts';
import * as worlds from '../../../plan/fixtures.ts';
import { matrixOf, normalised } from '../matrix.ts';
import type { Policy, PolicyKind, PolicyView, SiteReport, Split } from '../policy.ts';
import { reportEverySeconds } from '../telemetry.ts';
import { cities, declaredConnections } from '../world.ts';
import { nameOf, newEstimates, observationOf, service, withHealth, withReport } from './estimates.ts';

const names = cities.map(({ name }) => name);
/** Before anything is known of anybody. */
const toItself: Split = matrixOf((city, site) => (city === site ? 1 : 0));

/** A director a city, and a real server that stands for all of its site's. */
const world: World = worlds.world({
  sites: names.map((name) => worlds.site(name)),
  services: [worlds.service({ name: service, placement: 'optimal' })],
  directors: names.map((site) => worlds.director(site, { site })),
  realServers: names.map((site, index) =>
    worlds.realServer(site, { site, capacity: declaredConnections[index] ?? 0, probeSlot: index + 1 }),
  ),
});

export const optimalPolicy: PolicyKind = { name: 'optimal', label: 'optimal (this design)', create };

function create(): Policy {
  let estimates = cities.map((_, site) => newEstimates(site));
  let latency = emptyLatency;
  let memory = nothingYet;
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
      const observation = observationOf(estimates, isUp, nowMs);
      if (observation.demands.length === 0) return toItself;
      const isTick = nowSecond % reportEverySeconds === 0;
      const scope = scopeOf(memory, { ...world, latency: latency.entries }, undefined, isTick, undefined);
      const time = { monotonicMs: nowMs, atMs: nowMs };
      const made = atOnce(
        step(memory, {
          scope,
          observation,
          words: [],
          isTick,
          safety: !isTick,
          cause: '',
          ...time,
        }),
      );
      memory = made.memory;
      return splitOf(memory.flows.find((flows) => flows.service === service));
    },
  };
}

function newer(report: SiteReport | undefined, thanSecond: number): SiteReport | undefined {
  return report !== undefined && report.atSecond > thanSecond ? report : undefined;
}

function splitOf(flows: ServiceFlows | undefined): Split {
  const milli = new Map(flows?.flows.map((flow) => [`${flow.from} ${flow.to}`, flow.milli]));
  return names.map((from, city) => {
    const row = normalised(names.map((_, to) => milli.get(`${from} ${nameOf(to)}`) ?? 0));
    return row.some((share) => share > 0) ? row : (toItself[city] ?? []);
  });
}
