// The whole way from what is known to what directors get, tick by tick, as a coordinator goes it.
import type { ServiceFlows } from '../../../src/domain/flows.ts';
import type { PlannedWeights, World } from '../../../src/domain/world.ts';
import type { FlowPlan, PlannedFlow, ServicePlan } from '../../../src/plan/flow/flow-plan.ts';
import { planFlows } from '../../../src/plan/flow/plan-flows.ts';
import { type FlowSituation, flowSituation } from '../../../src/plan/optimal/flow-input.ts';
import { differs, publishedFlows } from '../../../src/plan/optimal/next-flows.ts';
import type { Observation } from '../../../src/plan/optimal/observation.ts';
import {
  type PlacedService,
  plannedWeightsOf,
  serverWeights,
} from '../../../src/plan/optimal/server-weights.ts';

/** What one tick leaves to the next. */
export interface Standing {
  readonly flows: readonly ServiceFlows[];
  readonly weights: PlannedWeights;
  readonly leaps: ReadonlyMap<string, number>;
}

export const nothingYet: Standing = { flows: [], weights: new Map(), leaps: new Map() };

/** What a tick sees. */
export interface Seen {
  readonly world: World;
  readonly observation: Observation;
}

export interface Tick {
  readonly situation: FlowSituation;
  readonly plan: FlowPlan;
  readonly published: readonly string[];
  readonly placed: readonly PlacedService[];
  readonly after: Standing;
}

export function tick({ world, observation }: Seen, before: Standing, safety = false): Tick {
  const { flows: known, leaps } = before;
  const situation = flowSituation({ world, observation, flows: known, leaps });
  const plan = planFlows(situation.input);
  const stands = new Map(known.map((flows) => [flows.service, flows]));
  const planned = plan.services.map(publishedFlows);
  const published = planned.filter((flows) => differs(stands.get(flows.service), flows));
  const news = new Map(published.map((flows) => [flows.service, flows]));
  const flows = planned.map((one) => news.get(one.service) ?? stands.get(one.service) ?? one);
  const placed = serverWeights({ world, observation, flows, previous: before.weights, safety });
  return {
    situation,
    plan,
    published: published.map(({ service }) => service),
    placed,
    after: {
      flows,
      weights: plannedWeightsOf(placed),
      leaps: new Map(plan.services.map((service) => [service.name, service.leaps])),
    },
  };
}

/** What a service's directors at one site send where. */
export interface Row {
  readonly service: ServicePlan;
  readonly from: string;
  readonly flows: readonly PlannedFlow[];
}

export function rowsOf({ services }: FlowPlan): readonly Row[] {
  return services.flatMap((service) =>
    [...Map.groupBy(service.flows, ({ from }) => from)].map(([from, flows]) => ({ service, from, flows })),
  );
}

export function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
