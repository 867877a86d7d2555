/** The flow leader: when steps are made, on what they are made, and what is written of them. What is decided: plan/leader/step. */

import type { Clock, Timer } from '../../domain/clock.ts';
import type { Steps } from '../../domain/steps.ts';
import { tickMs as ordinaryTickMs } from '../../domain/tick.ts';
import type { PlannedWeights, Withdrawals, World } from '../../domain/world.ts';
import { memoryOf } from '../../plan/leader/memory.ts';
import {
  type LeaderMemory,
  nothingYet,
  type Step,
  type StepInput,
  scopeOf,
  step,
} from '../../plan/leader/step.ts';
import { type WayWord, type WithdrawalChange, withdrawalsOf } from '../../plan/leader/withdrawals.ts';
import type { AgentWords } from '../../plan/observe/agent-word.ts';
import { lostPaths } from '../../plan/observe/path-states.ts';
import { witnesses } from '../../plan/observe/witnesses.ts';
import type { OptimalInput } from '../../plan/optimal/flow-input.ts';
import { groupSteps } from '../../plan/optimal/groups.ts';
import type { LatestPlan, WeightChange } from '../../plan/optimal/latest-plans.ts';
import { breathing } from '../../runtime/breathing.ts';
import type { Fence, Store } from '../../store/store.ts';
import type { Serial } from '../view/serial.ts';
import type { StoreView } from '../view/store-view.ts';
import { worldAt } from '../view/world-of-store.ts';
import type { EstimateRecords } from './estimate-records.ts';
import { createPlanRecords } from './plan-records.ts';
import type { Telemetry } from './telemetry.ts';

export interface FlowLeaderOptions {
  readonly store: Store;
  readonly view: StoreView;
  readonly agents: AgentWords;
  readonly telemetry: Telemetry;
  /** Where what was learnt is kept. */
  readonly estimates: EstimateRecords;
  readonly serial: Serial;
  readonly clock: Clock;
  readonly tickMs?: number;
  /** Where others may take over: nothing is written without it, and what the next leader needs is written. */
  readonly fence?: Fence | undefined;
  /** Longest wait for the agents before the first plan, from when the first director is heard. */
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
  readonly withdrawals: readonly WithdrawalChange[];
}

export interface FlowLeader {
  /** What a plan made now would start from. */
  input(): Steps<OptimalInput>;
  /** Undefined before the first plan. */
  latest(): LatestPlan | undefined;
  /** Of all services, since that time (milliseconds since the epoch), as far back as they are known. */
  changesSince(atMs: number): readonly WeightChange[];
  /** Undefined until the first plan: until then no director gets anything new. */
  weights(): PlannedWeights | undefined;
  /** Empty until the first plan. */
  withdrawals(): Withdrawals;
  /** Something happened that does not wait for the tick, at these real servers or, absent, anywhere. `cause`: for people. */
  hurry(cause: string, safety: boolean, realServers?: readonly string[]): void;
  close(): void;
}

interface Pending {
  readonly causes: ReadonlySet<string>;
  readonly safety: boolean;
  /** Real servers; everything where undefined. */
  readonly concerned: ReadonlySet<string> | undefined;
}

/** A step that is to be made, and what it is made on. */
interface StepDue extends Pick<StepInput, 'scope' | 'isTick' | 'safety' | 'cause' | 'monotonicMs'> {
  readonly known: LeaderMemory;
}

const defaultSettleMs = 10_000;
/** Nobody can be told a plan while no director is there; but operators ask for one. */
const longestSettleMs = 60_000;
/** Events of one mishap come in a flurry: one plan for all of them, and no more than four a second. */
const flurryMs = 50;
const leastPauseMs = 250;
const ordinaryTick: Pending = { causes: new Set(['tick']), safety: false, concerned: undefined };
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
    tickMs = ordinaryTickMs,
    settleMs = defaultSettleMs,
    fence,
  } = options;
  const startedMs = clock.monotonicMs();
  /** The same for all of a tenure: what is kept must not change with every step of a clock. */
  const epochMs = Math.round(clock.nowMs() - startedMs);
  /** When the first director was there. */
  let directorsFromMs: number | undefined;
  let timer: Timer = clock.after(0, begin);
  let closed = false;
  const ended = new AbortController();
  let latest: LatestPlan | undefined;
  let memory = fence === undefined ? nothingYet : memoryOf(view.leaderMemory(), view.weights(), epochMs);
  let withdrawals: Withdrawals = withdrawalsOf(memory.withdrawals, epochMs);
  const records = createPlanRecords({ store, view, fence, epochMs, onError: options.onError });
  let changes: readonly WeightChange[] = [];
  let pending: Pending | undefined;
  let isPlanning = false;
  let lastPlanMs = Number.NEGATIVE_INFINITY;
  let lastTickMs = Number.NEGATIVE_INFINITY;

  /**
   * A plan without having heard the agents would be a plan without health: nobody may seem dead because nobody was asked. And one
   * without the weights that directors have would move them by as much as it rounds: where all were restarted together, the wait
   * begins with the first of them.
   */
  function begin(): void {
    const nowMs = clock.monotonicMs();
    if (isAnyDirectorThere()) directorsFromMs ??= nowMs;
    const isLate = nowMs - (directorsFromMs ?? nowMs) >= settleMs || nowMs - startedMs >= longestSettleMs;
    if (isLate || !usesFlows() || everybodyHeard()) run({ ...ordinaryTick, causes: new Set(['start']) });
    else timer = clock.after(settleLookMs, begin);
  }

  /** Or expected by nobody. One that has no snapshot has nothing to say. */
  function isAnyDirectorThere(): boolean {
    const directors = view.members().filter(({ role }) => role === 'director');
    const isThere = directors.some(({ name }) => {
      const record = agents.find('director', name);
      if (record === undefined) return false;
      return record.reportedAtMs >= startedMs || (record.isConnected && record.applied.version === 0);
    });
    return isThere || directors.length === 0;
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

  function run(due: Pending): void {
    isPlanning = true;
    serial(() => plan(due))
      .catch((error) => {
        if (!closed) options.onError(error);
      })
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
      timer = clock.after(Math.max(0, lastTickMs + tickMs - nowMs), () => run(ordinaryTick));
    else timer = clock.after(Math.max(flurryMs, lastPlanMs + leastPauseMs - nowMs), runPending);
  }

  function runPending(): void {
    const due = pending ?? ordinaryTick;
    pending = undefined;
    run(due);
  }

  async function plan({ causes, safety, concerned }: Pending): Promise<void> {
    if (closed) return;
    const cause = [...causes].slice(0, 3).join(', ');
    const began = clock.monotonicMs();
    const world = worldNow();
    // However many events there are, ticks come in time.
    const isTick = began - lastTickMs >= tickMs;
    if (isTick) lastTickMs = began;
    // Where services or members have changed it takes long; everybody after it has it at hand.
    await breathing(groupSteps(world), { operation: 'plan flows', signal: ended.signal });
    const known = { ...memory, flows: records.flows() };
    const scope = scopeOf(known, world, latest, isTick, concerned);
    const due: StepDue = { known, scope, isTick, safety, cause, monotonicMs: began };
    const made = await breathing(stepDue(due), { operation: 'plan flows', signal: ended.signal });
    await records.write(made);
    await options.estimates.write(telemetry.estimates, world, began);
    memory = made.memory;
    latest = made.latest;
    withdrawals = latest.world.withdrawals;
    changes = [...changes, ...made.changes].slice(-rememberedChanges);
    if (made.isNews) options.onWeights();
    options.onPlanned({
      cause,
      tookMs: clock.monotonicMs() - began,
      latest,
      published: made.publish.map(({ service }) => service),
      changes: made.changes,
      withdrawals: made.withdrawals,
    });
  }

  function* stepDue({ known, scope, isTick, safety, cause, monotonicMs }: StepDue): Steps<Step> {
    const of = scope.before === undefined ? 'all' : 'part';
    const observation = yield* telemetry.observe(scope.asked, monotonicMs, of);
    return yield* step(known, {
      scope,
      observation,
      words: isTick ? wayWords(agents, monotonicMs) : [],
      isTick,
      safety,
      inKernel: known.weights ?? (yield* weightsInKernel(scope.world)),
      cause,
      monotonicMs,
      atMs: clock.nowMs(),
    });
  }

  function worldNow(): World {
    return worldAt(view, clock.nowMs(), { weights: memory.weights, withdrawals });
  }

  function* inputNow(): Steps<OptimalInput> {
    const world = worldNow();
    const observation = yield* telemetry.observe(world, clock.monotonicMs(), 'all');
    return { world, observation, flows: records.flows(), leaps: memory.leaps };
  }

  /** What directors say they have: a coordinator that begins anew changes nothing that is near enough. */
  function* weightsInKernel(world: World): Steps<PlannedWeights> {
    const found = new Map<string, Map<string, Map<string, number>>>();
    for (const { name, site } of world.directors) {
      yield;
      for (const { service, realServer, weight } of agents.find('director', name)?.report.destinations ??
        []) {
        const sites = found.get(service) ?? new Map<string, Map<string, number>>();
        const weights = sites.get(site) ?? new Map<string, number>();
        found.set(service, sites.set(site, weights));
        weights.set(realServer, Math.max(weights.get(realServer) ?? 0, weight));
      }
    }
    return found;
  }

  return {
    input: inputNow,
    latest: () => latest,
    changesSince: (atMs) => changes.filter((change) => change.atMs >= atMs),
    weights: () => memory.weights,
    withdrawals: () => withdrawals,
    hurry(cause, safety, realServers) {
      if (latest === undefined) return;
      const isAnywhere =
        realServers === undefined || (pending !== undefined && pending.concerned === undefined);
      pending = {
        causes: new Set([...(pending?.causes ?? []), cause]),
        safety: safety || pending?.safety === true,
        concerned: isAnywhere ? undefined : new Set([...(pending?.concerned ?? []), ...realServers]),
      };
      if (!isPlanning) arm();
    },
    close() {
      closed = true;
      ended.abort();
      timer.cancel();
    },
  };
}

/** What the directors that speak of the present say of their ways. */
export function wayWords(agents: Pick<AgentWords, 'connected'>, nowMs: number): readonly WayWord[] {
  return witnesses(agents, nowMs).map(({ name, report }) => ({
    director: name,
    paths: report.paths,
    lost: lostPaths(report),
  }));
}
