/** The flow leader and the expansion of its flows: when plans are made, what is written of them, which weights follow. */
import type { Clock, Timer } from '../domain/clock.ts';
import type { ServiceFlows } from '../domain/flows.ts';
import { type PlannedWeights, plannedWeightsKey, type World } from '../domain/world.ts';
import type { ServicePlan } from '../plan/flow/flow-plan.ts';
import { planFlows } from '../plan/flow/plan-flows.ts';
import { flowSituation, type OptimalInput } from '../plan/optimal/flow-input.ts';
import type { LatestPlan, WeightChange } from '../plan/optimal/latest.ts';
import { differs, publishedFlows } from '../plan/optimal/next-flows.ts';
import { type PlacedService, plannedWeightsOf, serverWeights } from '../plan/optimal/server-weights.ts';
import { flowsKey } from '../store/keys.ts';
import { encodeRecord } from '../store/record.ts';
import type { Store, Write } from '../store/store.ts';
import type { AgentRecords } from './agent-record.ts';
import type { PlanSource } from './plan-source.ts';
import type { Serial } from './serial.ts';
import type { StoreView } from './store-view.ts';
import type { Telemetry } from './telemetry.ts';
import { transact } from './transact.ts';
import { worldAt } from './world.ts';

export interface FlowLeaderOptions {
  readonly store: Store;
  readonly view: StoreView;
  readonly agents: AgentRecords;
  readonly telemetry: Telemetry;
  readonly serial: Serial;
  readonly clock: Clock;
  readonly tickMs?: number;
  /** Longest wait for the agents before the first plan. */
  readonly settleMs?: number;
  /** Weights are not what they were, or are known for the first time. */
  onWeights(): void;
  onPlanned(told: PlanTold): void;
  onError(error: unknown): void;
}

export interface PlanTold {
  readonly cause: string;
  readonly tookMs: number;
  readonly latest: LatestPlan;
  /** Names of the services whose flows were published. */
  readonly published: readonly string[];
  readonly changes: readonly WeightChange[];
}

export interface FlowLeader extends PlanSource {
  /** Undefined until the first plan: until then no director gets anything new. */
  weights(): PlannedWeights | undefined;
  /** Something happened that does not wait for the tick. `cause`: for people. */
  hurry(cause: string, safety: boolean): void;
  close(): void;
}

const defaultTickMs = 5_000;
const defaultSettleMs = 10_000;
/** Events of one mishap come in a flurry: one plan for all of them, and no more than four a second. */
const flurryMs = 50;
const leastPauseMs = 250;
const settleLookMs = 250;
const rememberedChanges = 10_000;

export function createFlowLeader(options: FlowLeaderOptions): FlowLeader {
  const {
    store,
    view,
    agents,
    telemetry,
    serial,
    clock,
    tickMs = defaultTickMs,
    settleMs = defaultSettleMs,
  } = options;
  const startedMs = clock.monotonicMs();
  let timer: Timer = clock.after(0, begin);
  let closed = false;
  let latest: LatestPlan | undefined;
  let planned: PlannedWeights | undefined;
  let leaps: ReadonlyMap<string, number> = new Map();
  let orders = '';
  let changes: readonly WeightChange[] = [];
  let pending: { causes: Set<string>; safety: boolean } | undefined;
  let isPlanning = false;
  let lastPlanMs = Number.NEGATIVE_INFINITY;
  let lastTickMs = Number.NEGATIVE_INFINITY;

  /** A plan without having heard the agents would be a plan without health: nobody may seem dead because nobody was asked. */
  function begin(): void {
    const isLate = clock.monotonicMs() - startedMs >= settleMs;
    if (isLate || !usesFlows() || everybodyHeard()) run('start', false);
    else timer = clock.after(settleLookMs, begin);
  }

  function usesFlows(): boolean {
    return view
      .resources()
      .some((resource) => resource.kind === 'Service' && resource.placement === 'optimal');
  }

  function everybodyHeard(): boolean {
    return view.members().every(({ role, name }) => {
      const record = agents.find(role, name);
      return record !== undefined && record.reportedAtMs >= startedMs;
    });
  }

  function run(cause: string, safety: boolean): void {
    isPlanning = true;
    serial(() => plan(cause, safety))
      .catch(options.onError)
      .finally(() => {
        isPlanning = false;
        lastPlanMs = clock.monotonicMs();
        arm();
      });
  }

  /** For the tick, or sooner where something is pending. */
  function arm(): void {
    timer.cancel();
    if (closed) return;
    const nowMs = clock.monotonicMs();
    if (pending === undefined)
      timer = clock.after(Math.max(0, lastTickMs + tickMs - nowMs), () => run('tick', false));
    else timer = clock.after(Math.max(flurryMs, lastPlanMs + leastPauseMs - nowMs), runPending);
  }

  function runPending(): void {
    const { causes, safety } = pending ?? { causes: new Set(['tick']), safety: false };
    pending = undefined;
    run([...causes].slice(0, 3).join(', '), safety);
  }

  async function plan(cause: string, safety: boolean): Promise<void> {
    if (closed) return;
    const began = clock.monotonicMs();
    const input = inputNow();
    const situation = flowSituation(input);
    // However many events there are, ticks come in time.
    const isTick = began - lastTickMs >= tickMs;
    if (isTick) lastTickMs = began;
    const flowPlan = planFlows({ ...situation.input, isTick });
    leaps = new Map(flowPlan.services.map((service) => [service.name, service.leaps]));
    const published = await publish(flowPlan.services);
    const previous = planned ?? weightsInKernel(input.world);
    const placed = serverWeights({
      world: input.world,
      observation: input.observation,
      flows: view.flows(),
      previous,
      safety: safety || planned === undefined,
    });
    const weights = plannedWeightsOf(placed);
    const atMs = clock.nowMs();
    const changed = weightChanges(placed, previous, atMs, cause);
    // Orders that begin or end in time concern every policy.
    const inForce = input.world.overrides.map(({ name }) => name).join();
    const isNews =
      planned === undefined || changed.length > 0 || weights.size !== planned.size || inForce !== orders;
    orders = inForce;
    latest = { atMs, input, situation, plan: flowPlan, placed };
    planned = weights;
    changes = [...changes, ...changed].slice(-rememberedChanges);
    if (isNews) options.onWeights();
    options.onPlanned({ cause, tookMs: clock.monotonicMs() - began, latest, published, changes: changed });
  }

  function inputNow(): OptimalInput {
    const world = worldAt(view, clock.nowMs(), planned);
    const observation = telemetry.observe(world, clock.monotonicMs());
    return { world, observation, flows: view.flows(), leaps };
  }

  /** One record a service, written when it changes; names of those written. */
  async function publish(plans: readonly ServicePlan[]): Promise<readonly string[]> {
    let written: readonly ServiceFlows[] = [];
    await transact(store, view, 'publish flows', () => {
      const known = new Map(view.flows().map((flows) => [flows.service, flows]));
      written = plans.map(publishedFlows).filter((flows) => differs(known.get(flows.service), flows));
      const current = new Set(plans.map(({ name }) => name));
      const over = [...known.keys()].filter((service) => !current.has(service));
      return [
        ...written.map((value): Write => {
          const record = encodeRecord({ kind: 'flows', value });
          return { kind: 'put', key: flowsKey(value.service), value: record };
        }),
        ...over.map((service): Write => ({ kind: 'delete', key: flowsKey(service) })),
      ];
    });
    return written.map(({ service }) => service);
  }

  /** What directors say they have: a coordinator that begins anew changes nothing that is near enough. */
  function weightsInKernel(world: World): PlannedWeights {
    const found = new Map<string, Map<string, number>>();
    for (const { name, site } of world.directors) {
      for (const { service, realServer, weight } of agents.find('director', name)?.report.destinations ??
        []) {
        const key = plannedWeightsKey(service, site);
        const weights = found.get(key) ?? new Map<string, number>();
        found.set(key, weights.set(realServer, Math.max(weights.get(realServer) ?? 0, weight)));
      }
    }
    return found;
  }

  return {
    input: inputNow,
    latest: () => latest,
    changesSince: (atMs) => changes.filter((change) => change.atMs >= atMs),
    weights: () => planned,
    hurry(cause, safety) {
      if (latest === undefined) return;
      pending = {
        causes: (pending?.causes ?? new Set()).add(cause),
        safety: safety || pending?.safety === true,
      };
      if (!isPlanning) arm();
    },
    close() {
      closed = true;
      timer.cancel();
    },
  };
}

function weightChanges(
  placed: readonly PlacedService[],
  previous: PlannedWeights,
  atMs: number,
  cause: string,
): WeightChange[] {
  return placed.flatMap(({ service, site, weights }) => {
    const before = previous.get(plannedWeightsKey(service, site));
    if (before === weights.byName) return [];
    return [...weights.byName].flatMap(([name, weight]) => {
      const from = before?.get(name);
      if (from === weight) return [];
      return [{ atMs, service, site, realServer: name, from, to: weight, decision: weights.decision, cause }];
    });
  });
}
