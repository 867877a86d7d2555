/** Three sites under policy `optimal` with what was observed there; each builder takes what the test is about. */

import type { ServiceFlows } from '../../../src/domain/flows.ts';
import { atOnce } from '../../../src/domain/steps.ts';
import type { PlannedWeights, World } from '../../../src/domain/world.ts';
import type { Standing } from '../../../src/plan/estimate/staleness.ts';
import { planFlows } from '../../../src/plan/flow/plan-flows.ts';
import { flowSituation, type OptimalInput } from '../../../src/plan/optimal/flow-input.ts';
import type { LatestPlan } from '../../../src/plan/optimal/latest-plans.ts';
import type { ObservedDemand, ObservedServer, ServerService } from '../../../src/plan/optimal/observation.ts';
import { serverWeights } from '../../../src/plan/optimal/server-weights.ts';
import { service, world } from '../fixtures.ts';

export const nowMs = Date.UTC(2026, 4, 1, 12, 3, 25);

export const fresh: Standing = {
  freshness: 'fresh',
  ageMs: 4_000,
  onProbation: false,
  inflowMayGrow: true,
  flagged: false,
};

/** Connections that arrive as fast as they end. */
export function demand(
  site: string,
  connections: number,
  changes: Partial<ObservedDemand> = {},
): ObservedDemand {
  return {
    service: 'web',
    site,
    demand: {
      milliConnections: 1_000 * connections,
      bound: 'none',
      lifetimeSeconds: 50,
      heldPeakMilli: 1_000 * connections,
    },
    newPerSecond: connections / 50,
    activeConnections: connections,
    ageMs: 3_000,
    ...changes,
  };
}

export function observed(name: string, changes: Partial<ServerService> = {}): ObservedServer {
  return {
    name,
    capacity: { measuredPpm: undefined, atMs: undefined },
    services: [
      {
        service: 'web',
        isHealthy: true,
        isConfirmedDown: false,
        isPanic: false,
        slowStartPerMille: 1_000,
        holdDownPerMille: 1_000,
        ...changes,
      },
    ],
  };
}

/** Two real servers of 1,000 connections a site; 1,000 wanted at fra, 600 at lon, 400 at nyc; nothing planned yet. */
export function optimalInput(changes: Partial<OptimalInput> = {}): OptimalInput {
  const everything = changes.world ?? world({ services: [service({ placement: 'optimal' })] });
  return {
    world: everything,
    observation: {
      demands: [demand('fra', 1_000), demand('lon', 600), demand('nyc', 400)],
      servers: everything.realServers.map(({ name }) => observed(name)),
      sites: ['fra', 'lon', 'nyc'].map((site) => ({ site, standing: fresh })),
      active: [],
    },
    flows: [],
    leaps: {},
    ...changes,
  };
}

/** The same weights for all services at all sites. */
export function everywhere({ services, sites }: World, weights: ReadonlyMap<string, number>): PlannedWeights {
  const bySite = new Map(sites.map(({ name }) => [name, weights]));
  return new Map(services.map(({ name }) => [name, bySite]));
}

/** What a leader has made of it. */
export function latestPlan(
  input: OptimalInput,
  { previous = new Map(), safety = false }: { previous?: PlannedWeights; safety?: boolean } = {},
): LatestPlan {
  const situation = atOnce(flowSituation(input));
  const plan = atOnce(planFlows(situation.input));
  const { world: everything, observation } = input;
  const flows = flowsOf(plan);
  const placed = atOnce(serverWeights({ world: everything, observation, flows, previous, safety }));
  return { atMs: nowMs, world: everything, situation, plan, placed };
}

export function flowsOf({ services }: LatestPlan['plan']): readonly ServiceFlows[] {
  return services.map(({ name, flows }) => ({
    service: name,
    flows: flows.filter(({ milli }) => milli > 0).map(({ from, to, milli }) => ({ from, to, milli })),
  }));
}
