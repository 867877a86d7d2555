/**
 * One step of the flow leader, whole: from what is known to flows, withdrawn VIPs and weights. It decides and remembers nothing
 * by itself: whoever calls it keeps the memory, and writes what is to be written.
 */
import type { ServiceFlows } from '../../domain/flows.ts';
import type { Steps } from '../../domain/steps.ts';
import type { PlannedWeights, World } from '../../domain/world.ts';
import { planFlows } from '../flow/plan-flows.ts';
import { concernedGroups, restricted } from '../optimal/concerned.ts';
import { flowSituation } from '../optimal/flow-input.ts';
import { groupsIn, type ServiceGroup } from '../optimal/groups.ts';
import type { LatestPlan, WeightChange } from '../optimal/latest-plans.ts';
import { mergedPlan, mergedWeights } from '../optimal/merged.ts';
import { differs, flowsByService, flowsInForce, flowsOf, publishedFlows } from '../optimal/next-flows.ts';
import type { Observation } from '../optimal/observation.ts';
import { plannedWeightsOf, serverWeights } from '../optimal/server-weights.ts';
import { compareText } from '../order.ts';
import { remembered } from '../remembered.ts';
import { weightChanges } from './weight-changes.ts';
import {
  nextWithdrawals,
  nothingWithdrawn,
  type WayWord,
  type WithdrawalChange,
  type WithdrawalMemory,
  withdrawalsOf,
} from './withdrawals.ts';

/** What one step leaves to the next, beside the plan that is explained to operators. */
export interface LeaderMemory {
  /** In force; one a service, by service. */
  readonly flows: readonly ServiceFlows[];
  /** Undefined before the first step. */
  readonly weights: PlannedWeights | undefined;
  /** How many ticks of late were leaps, by service; 0 where absent. */
  readonly leaps: Readonly<Record<string, number>>;
  /** Names of the overrides that were in force. */
  readonly orders: readonly string[];
  readonly withdrawals: WithdrawalMemory;
}

export const nothingYet: LeaderMemory = {
  flows: [],
  weights: undefined,
  leaps: {},
  orders: [],
  withdrawals: nothingWithdrawn,
};

/** What a step looks at: everything, or the groups of services that something happened to. */
export interface Scope {
  /** Of everything; its overrides are those in force. */
  readonly world: World;
  /** What is to be observed and planned. */
  readonly asked: World;
  /** Of these groups. */
  readonly groups: readonly ServiceGroup[];
  /** The latest plan, of which `asked` is a part; undefined where it is everything. */
  readonly before: LatestPlan | undefined;
}

/** `concerned`: real servers, or undefined for everything. A tick, and orders that begin or end, concern everything. */
export function scopeOf(
  memory: LeaderMemory,
  world: World,
  latest: LatestPlan | undefined,
  isTick: boolean,
  concerned: ReadonlySet<string> | undefined,
): Scope {
  const all = groupsIn(world);
  const whole: Scope = { world, asked: world, groups: all, before: undefined };
  if (isTick || latest === undefined || concerned === undefined || ordersChange(memory, world)) return whole;
  const groups = concernedGroups(world, concerned);
  if (groups.length === 0 || !isPlanOf(latest, all)) return whole;
  return { world, asked: restricted(world, groups), groups, before: latest };
}

/** Of these very groups: who shares what is as it was. */
function isPlanOf({ situation }: LatestPlan, groups: readonly ServiceGroup[]): boolean {
  return (
    situation.groups.length === groups.length &&
    situation.groups.every(({ group }, place) => group === groups[place])
  );
}

export interface StepInput {
  readonly scope: Scope;
  /** Of the scope's `asked`. */
  readonly observation: Observation;
  /** Used with a tick. */
  readonly words: readonly WayWord[];
  /** Between two ticks only what can't wait moves, and no VIP is withdrawn: routers would damp what comes more often. */
  readonly isTick: boolean;
  /** No weight is kept back for being too small. */
  readonly safety: boolean;
  /** What directors have; in place of the memory's weights before the first step. */
  readonly inKernel?: PlannedWeights;
  /** What set it off, for people. */
  readonly cause: string;
  readonly monotonicMs: number;
  /** Milliseconds since the epoch. */
  readonly atMs: number;
}

export interface Step {
  /** As it is once the flows are written. */
  readonly memory: LeaderMemory;
  readonly latest: LatestPlan;
  /** Flows to be written, and names of the services whose flows are to be deleted. */
  readonly publish: readonly ServiceFlows[];
  readonly over: readonly string[];
  readonly weights: PlannedWeights;
  readonly changes: readonly WeightChange[];
  readonly withdrawals: readonly WithdrawalChange[];
  /** Directors may have to be told something. */
  readonly isNews: boolean;
}

/** Yields often: of everything it takes a second, in which agents report and are answered. */
export function* step(memory: LeaderMemory, input: StepInput): Steps<Step> {
  const { scope, observation, isTick, atMs, monotonicMs } = input;
  const { world, asked, before } = scope;
  const isPart = before !== undefined;
  const judged = isTick
    ? nextWithdrawals(memory.withdrawals, world, observation, input.words, monotonicMs)
    : { memory: memory.withdrawals, changes: [] };
  yield;
  // What an event costs depends on what it touches: nothing of the others is looked up, or made anew.
  const inForce = isPart ? flowsOf(memory.flows, asked.services) : memory.flows;
  const situation = yield* flowSituation({
    world: asked,
    groups: scope.groups,
    observation,
    flows: inForce,
    leaps: memory.leaps,
  });
  const plan = yield* planFlows({ ...situation.input, isTick });
  const leaps = Object.fromEntries(plan.services.map((service) => [service.name, service.leaps]));

  const known = flowsByService(inForce);
  const current = new Set<string>();
  const publish: ServiceFlows[] = [];
  for (const service of plan.services) {
    const before = known.get(service.name);
    const flows = heldFlows(before, publishedFlows(service), observation.silentSites);
    current.add(flows.service);
    if (differs(before, flows)) publish.push(flows);
    yield;
  }
  const over = isPart ? [] : [...known.keys()].filter((service) => !current.has(service));
  const flows = flowsInForce(memory.flows, publish, over);

  const previous = memory.weights ?? input.inKernel ?? new Map();
  const safety = input.safety || memory.weights === undefined;
  const placed = yield* serverWeights({
    ...{ world: asked, observation, previous, safety },
    flows: isPart ? flowsInForce(inForce, publish, []) : flows,
  });
  const withdrawals = isPart ? before.world.withdrawals : withdrawalsOf(judged.memory, atMs - monotonicMs);
  const made: LatestPlan = { atMs, world: { ...world, withdrawals }, situation, plan, placed };
  const weights = isPart ? mergedWeights(previous, made) : plannedWeightsOf(placed);
  const changes = yield* weightChanges(placed, previous, atMs, input.cause);
  return {
    memory: {
      flows,
      weights,
      leaps: isPart ? withLeaps(memory.leaps, leaps) : leaps,
      orders: ordersOf(world),
      withdrawals: judged.memory,
    },
    latest: isPart ? mergedPlan(before, made) : made,
    publish,
    over,
    weights,
    changes,
    withdrawals: judged.changes,
    isNews:
      memory.weights === undefined ||
      changes.length > 0 ||
      judged.changes.length > 0 ||
      placesIn(weights) !== placesIn(memory.weights) ||
      ordersChange(memory, world),
  };
}

/** Of sites of which nobody speaks the flows stay: nobody there could be told, and what is heard then tells whether anything is to move. */
function heldFlows(
  before: ServiceFlows | undefined,
  { service, flows }: ServiceFlows,
  silent: ReadonlySet<string> | undefined,
): ServiceFlows {
  const held = (before?.flows ?? []).filter(({ from }) => silent?.has(from) === true);
  if (held.length === 0) return { service, flows };
  const sites = new Set(held.map(({ from }) => from));
  const all = [...held, ...flows.filter(({ from }) => !sites.has(from))];
  return { service, flows: all.toSorted((a, b) => compareText(a.from, b.from) || compareText(a.to, b.to)) };
}

/** Mostly nothing has changed. */
function withLeaps(before: LeaderMemory['leaps'], leaps: LeaderMemory['leaps']): LeaderMemory['leaps'] {
  const isSame = Object.entries(leaps).every(([service, count]) => before[service] === count);
  return isSame ? before : { ...before, ...leaps };
}

function ordersOf({ overrides }: World): readonly string[] {
  return overrides.map(({ name }) => name);
}

function ordersChange({ orders }: LeaderMemory, world: World): boolean {
  return ordersOf(world).join() !== orders.join();
}

/** For how many services and sites something is planned. */
const placesIn = remembered((weights: PlannedWeights): number => {
  let places = 0;
  for (const sites of weights.values()) places += sites.size;
  return places;
});
