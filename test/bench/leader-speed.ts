/** How long does the flow leader take from what was observed to the weights: for everything, and after one real server failed? */
import type { ServiceFlows } from '../../src/domain/flows.ts';
import type { PlannedWeights } from '../../src/domain/world.ts';
import { planFlows } from '../../src/plan/flow/plan-flows.ts';
import { concernedGroups, restricted } from '../../src/plan/optimal/concerned.ts';
import { flowSituation, type OptimalInput } from '../../src/plan/optimal/flow-input.ts';
import type { LatestPlan } from '../../src/plan/optimal/latest.ts';
import { mergedPlan, mergedWeights } from '../../src/plan/optimal/merged.ts';
import { publishedFlows } from '../../src/plan/optimal/next-flows.ts';
import type { Observation } from '../../src/plan/optimal/observation.ts';
import { plannedWeightsOf, serverWeights } from '../../src/plan/optimal/server-weights.ts';
import { createRandom } from './flow-fleet.ts';
import { createLeaderFleet } from './leader-fleet.ts';

export interface LeaderCase {
  /** Services that share real servers form one group. */
  readonly groups: number;
  readonly loadPercent: number;
  /** Nobody served before; and median of five ticks, with demand that changes by up to 5 %. */
  readonly coldTickMs: number;
  readonly warmTickMs: number;
  /** Medians of a warm tick's stages. */
  readonly situationMs: number;
  readonly planMs: number;
  readonly weightsMs: number;
  readonly eventP50Ms: number;
  readonly eventP99Ms: number;
  /** Of this process. */
  readonly rssMb: number;
}

interface Made {
  readonly latest: LatestPlan;
  readonly flows: readonly ServiceFlows[];
  readonly weights: PlannedWeights;
  readonly stagesMs: readonly number[];
}

const ticks = 5;
const events = 300;

export function measureLeader(shape: {
  readonly groups: number;
  readonly loadPercent: number;
  readonly seed: number;
}): LeaderCase {
  const { world, observation } = createLeaderFleet(shape);
  const random = createRandom(shape.seed);
  const input = (flows: readonly ServiceFlows[], failed?: ReadonlySet<string>): OptimalInput => {
    const base = failed === undefined ? observation(random) : calm;
    return { world, observation: withFailed(base, failed), flows, leaps: new Map() };
  };
  const calm = observation(random);
  let rssMb = 0;
  const timed = (work: () => Made): readonly [Made, number] => {
    const begin = performance.now();
    const made = work();
    const tookMs = performance.now() - begin;
    rssMb = Math.max(rssMb, Math.round(process.memoryUsage.rss() / 1e6));
    return [made, tookMs];
  };
  const first = input([]);
  let [made, coldMs] = timed(() => planAll(first, new Map()));
  const warm = Array.from({ length: ticks }, () => {
    const next = input(made.flows);
    const before = made;
    const [again, tookMs] = timed(() => planAll(next, before.weights));
    made = again;
    return { tookMs, stagesMs: again.stagesMs };
  });
  const each = Array.from({ length: events }, () => {
    const name = `server-${Math.floor(random() * world.realServers.length)}`;
    const failed = new Set([name]);
    const next = input(made.flows, failed);
    const before = made;
    const [again, tookMs] = timed(() => planPart(before, next, failed));
    made = again;
    return tookMs;
  });
  const stage = (index: number) =>
    quantile(
      warm.map(({ stagesMs }) => stagesMs[index] ?? 0),
      0.5,
    );
  return {
    groups: shape.groups,
    loadPercent: shape.loadPercent,
    coldTickMs: tenth(coldMs),
    warmTickMs: quantile(
      warm.map(({ tookMs }) => tookMs),
      0.5,
    ),
    situationMs: stage(0),
    planMs: stage(1),
    weightsMs: stage(2),
    eventP50Ms: quantile(each, 0.5),
    eventP99Ms: quantile(each, 0.99),
    rssMb,
  };
}

function planAll(input: OptimalInput, previous: PlannedWeights): Made {
  return planned(input, input, previous, true, undefined);
}

/** As the leader does after an event: the concerned groups alone, then all together again. */
function planPart(before: Made, input: OptimalInput, failed: ReadonlySet<string>): Made {
  const groups = concernedGroups(before.latest.situation, failed);
  return planned(input, restricted(input, groups), before.weights, false, before);
}

function planned(
  input: OptimalInput,
  asked: OptimalInput,
  previous: PlannedWeights,
  isTick: boolean,
  before: Made | undefined,
): Made {
  const times = [performance.now()];
  const situation = flowSituation(asked);
  times.push(performance.now());
  const plan = planFlows({ ...situation.input, isTick });
  const own = plan.services.map(publishedFlows);
  times.push(performance.now());
  const { world, observation } = asked;
  const placed = serverWeights({ world, observation, flows: own, previous, safety: !isTick });
  const made: LatestPlan = { atMs: 0, input, situation, plan, placed };
  const latest = before === undefined ? made : mergedPlan(before.latest, made);
  const weights = before === undefined ? plannedWeightsOf(placed) : mergedWeights(previous, made);
  times.push(performance.now());
  const again = new Set(own.map(({ service }) => service));
  const others = (before?.flows ?? []).filter(({ service }) => !again.has(service));
  const stagesMs = times.slice(1).map((time, index) => time - (times[index] ?? 0));
  return { latest, flows: [...others, ...own], weights, stagesMs };
}

function withFailed(observation: Observation, failed: ReadonlySet<string> = new Set()): Observation {
  const servers = observation.servers.map((server) => {
    if (!failed.has(server.name)) return server;
    const services = server.services.map((one) => ({ ...one, isHealthy: false, isConfirmedDown: true }));
    return { ...server, services };
  });
  return { ...observation, servers };
}

export function quantile(values: readonly number[], share: number): number {
  return tenth(values.toSorted((a, b) => a - b)[Math.ceil(values.length * share) - 1] ?? 0);
}

function tenth(value: number): number {
  return Math.round(value * 10) / 10;
}
