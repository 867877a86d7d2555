/** How long does the flow leader take from the agents' reports to the weights: for everything, and after one real server failed? */

import { wayWords } from '../../src/coordinator/lead/flow-leader.ts';
import { createTelemetry } from '../../src/coordinator/lead/telemetry.ts';
import { createAgentRecords } from '../../src/coordinator/site/agent-record.ts';
import type { AgentReport } from '../../src/domain/agent-message.ts';
import type { AgentRole } from '../../src/domain/role.ts';
import { atOnce } from '../../src/domain/steps.ts';
import type { World } from '../../src/domain/world.ts';
import { type LeaderMemory, nothingYet, scopeOf, step } from '../../src/plan/leader/step.ts';
import type { LatestPlan } from '../../src/plan/optimal/latest-plans.ts';
import { keepHeapLean } from '../../src/runtime/lean-heap.ts';
import { createRandom } from './flow-fleet.ts';
import { createLeaderFleet, type FleetReports, realServerReport } from './leader-fleet.ts';
import { inOwnProcess } from './own-process.ts';

export interface LeaderCase {
  readonly groups: number;
  readonly loadPercent: number;
  /** All agents' reports of a tick, filed one by one as they come. */
  readonly hearMs: number;
  /** Nobody served before; and median of five ticks, with demand that changes by up to 5 %. */
  readonly coldTickMs: number;
  readonly warmTickMs: number;
  /** Medians of a warm tick's stages: what the reports come to, and what is decided from it. */
  readonly observeMs: number;
  readonly stepMs: number;
  readonly eventP50Ms: number;
  readonly eventP99Ms: number;
  /** Of this process, the agents' reports included. */
  readonly rssMb: number;
}

interface Made {
  readonly memory: LeaderMemory;
  readonly latest: LatestPlan;
  readonly stagesMs: readonly number[];
}

const ticks = 5;
const events = 300;
const tickMs = 5_000;
const eventMs = 20;

export function measureLeaders(): LeaderCase[] {
  return [60, 90].map((loadPercent) => inOwnProcess<LeaderCase>(import.meta.filename, String(loadPercent)));
}

function measureLeader(shape: {
  readonly groups: number;
  readonly loadPercent: number;
  readonly seed: number;
}): LeaderCase {
  const fleet = createLeaderFleet(shape);
  const { world } = fleet;
  const random = createRandom(shape.seed);
  const { telemetry, words, hear, hearAll } = createHearing(world);
  let nowMs = 0;
  let rssMb = 0;
  let made: Made | undefined;
  const timed = (work: () => Made): number => {
    const begin = performance.now();
    made = work();
    const tookMs = performance.now() - begin;
    rssMb = Math.max(rssMb, Math.round(process.memoryUsage.rss() / 1e6));
    return tookMs;
  };
  const tick = () => {
    nowMs += tickMs;
    const reports = fleet.reports(made?.memory.flows ?? [], tickMs / 1_000, random);
    const begin = performance.now();
    hearAll(reports, nowMs);
    const hearMs = performance.now() - begin;
    const tookMs = timed(() => planned({ telemetry, words }, world, nowMs, made, undefined));
    return { hearMs, tookMs, stagesMs: made?.stagesMs ?? [] };
  };
  const cold = tick();
  const warm = Array.from({ length: ticks }, tick);
  const each = Array.from({ length: events }, () => {
    nowMs += eventMs;
    const failed = world.realServers[Math.floor(random() * world.realServers.length)];
    if (failed === undefined) return 0;
    const { name, labels } = failed;
    const services = world.services.filter(({ selector }) => selector.group === labels.group);
    hear(
      'realserver',
      name,
      realServerReport(
        services.map((one) => one.name),
        'unhealthy',
        0,
      ),
      nowMs,
    );
    return timed(() => planned({ telemetry, words }, world, nowMs, made, new Set([name])));
  });
  const stage = (index: number) => median(warm.map(({ stagesMs }) => stagesMs[index] ?? 0));
  return {
    groups: shape.groups,
    loadPercent: shape.loadPercent,
    hearMs: median(warm.map(({ hearMs }) => hearMs)),
    coldTickMs: tenth(cold.tookMs),
    warmTickMs: median(warm.map(({ tookMs }) => tookMs)),
    observeMs: stage(0),
    stepMs: stage(1),
    eventP50Ms: quantile(each, 0.5),
    eventP99Ms: quantile(each, 0.99),
    rssMb,
  };
}

/** As the coordinator does: everything with a tick; after an event the concerned groups alone. */
function planned(
  { telemetry, words }: Pick<ReturnType<typeof createHearing>, 'telemetry' | 'words'>,
  world: World,
  nowMs: number,
  before: Made | undefined,
  failed: ReadonlySet<string> | undefined,
): Made {
  const times = [performance.now()];
  const isTick = failed === undefined;
  const memory = before?.memory ?? nothingYet;
  const scope = scopeOf(memory, world, before?.latest, isTick, failed);
  const observation = atOnce(
    telemetry.observe(scope.asked, nowMs, scope.before === undefined ? 'all' : 'part'),
  );
  times.push(performance.now());
  const made = atOnce(
    step(memory, {
      scope,
      observation,
      words: isTick ? words(nowMs) : [],
      isTick,
      safety: !isTick,
      cause: 'benchmark',
      monotonicMs: nowMs,
      atMs: nowMs,
    }),
  );
  times.push(performance.now());
  const stagesMs = times.slice(1).map((time, index) => time - (times[index] ?? 0));
  return { memory: made.memory, latest: made.latest, stagesMs };
}

function createHearing(world: World) {
  const agents = createAgentRecords();
  const connected = (role?: AgentRole) =>
    [...agents.all()].filter((one) => role === undefined || one.role === role);
  const telemetry = createTelemetry({
    agents: { find: agents.find, connected },
    startedMs: 0,
    onRejected(agent, { name, why }) {
      throw new Error(`${agent}: ${name} ${why}`);
    },
  });
  const siteOf = new Map([...world.directors, ...world.realServers].map(({ name, site }) => [name, site]));
  function hear(role: AgentRole, name: string, report: AgentReport, nowMs: number): void {
    const agent = agents.get(role, name);
    const previous = agent.report;
    agent.report = report;
    agent.reportedAtMs = nowMs;
    telemetry.heard(agent, siteOf.get(name) ?? '', previous, nowMs);
  }
  return {
    telemetry,
    words: (nowMs: number) => wayWords({ connected }, nowMs),
    hear,
    hearAll({ directors, realServers }: FleetReports, nowMs: number): void {
      for (const [name, report] of directors) hear('director', name, report, nowMs);
      for (const [name, report] of realServers) hear('realserver', name, report, nowMs);
    },
  };
}

function quantile(values: readonly number[], share: number): number {
  return tenth(values.toSorted((a, b) => a - b)[Math.ceil(values.length * share) - 1] ?? 0);
}

function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

function tenth(value: number): number {
  return Math.round(value * 10) / 10;
}

if (import.meta.main) {
  // As the coordinator begins.
  keepHeapLean();
  const loadPercent = Number(process.argv[2] ?? 60);
  process.stdout.write(`${JSON.stringify(measureLeader({ groups: 500, loadPercent, seed: 7 }))}\n`);
}
