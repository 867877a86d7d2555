// The whole way from what is known to what directors get, tick by tick, as a coordinator goes it.
import { atOnce } from '../../../src/domain/steps.ts';
import type { PlannedWeights, World } from '../../../src/domain/world.ts';
import type { FlowPlan, PlannedFlow, ServicePlan } from '../../../src/plan/flow/flow-plan.ts';
import {
  type LeaderMemory,
  nothingYet as nothingRemembered,
  scopeOf,
  step,
} from '../../../src/plan/leader/step.ts';
import type { FlowSituation } from '../../../src/plan/optimal/flow-input.ts';
import type { Observation } from '../../../src/plan/optimal/observation.ts';
import type { PlacedService } from '../../../src/plan/optimal/server-weights.ts';

/** What one tick leaves to the next. */
export type Standing = LeaderMemory & { readonly weights: PlannedWeights };
export const nothingYet: Standing = { ...nothingRemembered, weights: new Map() };

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
  const scope = scopeOf(before, world, undefined, true, undefined);
  const time = { monotonicMs: 0, atMs: 0 };
  const made = atOnce(
    step(before, { scope, observation, words: [], isTick: true, safety, cause: 'tick', ...time }),
  );
  const { situation, plan } = made.latest;
  const placed = made.latest.placed.flatMap(({ sites }) => sites);
  const published = made.publish.map(({ service }) => service);
  return { situation, plan, published, placed, after: { ...made.memory, weights: made.weights } };
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
