/** How long does the flow leader take from the agents' reports to the weights: for everything, and after one real server failed? */

import type { AgentStream } from '../../src/api/handlers.ts';
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
import { createLeaderFleet, realServerReport, type Said } from './leader-fleet.ts';
import { inOwnProcess } from './own-process.ts';
import { createStopwatch, nothing, quantile, type Took } from './stopwatch.ts';

export interface LeaderCase {
  readonly groups: number;
  readonly loadPercent: number;
  /** All agents' reports of a tick, filed one by one as they come. */
  readonly hearMs: Took;
  /** Nobody served before; and median of five ticks, with demand that changes by up to 5 %. */
  readonly coldTickMs: Took;
  readonly warmTickMs: Took;
  /** Medians of a warm tick's stages: what the reports come to, and what is decided from it. */
  readonly observeMs: Took;
  readonly stepMs: Took;
  readonly eventP50Ms: Took;
  readonly eventP99Ms: Took;
  /** The most of this process at any time, the agents' reports included. */
  readonly rssMb: number;
  /** Of the heap, what was still in use after all of it. */
  readonly livesMb: number;
}

interface Made {
  readonly memory: LeaderMemory;
  readonly latest: LatestPlan;
  readonly stages: readonly Took[];
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
  const { telemetry, words, hear } = createHearing(world);
  let nowMs = 0;
  let made: Made | undefined;
  const tick = () => {
    nowMs += tickMs;
    const filed = createStopwatch();
    for (const some of inBatches(fleet.reports(made?.memory.flows ?? [], tickMs / 1_000, random))) {
      filed.time(() => {
        for (const { role, name, report } of some) hear(role, name, report, nowMs);
      });
    }
    const planning = createStopwatch();
    made = planning.time(() => planned({ telemetry, words }, world, nowMs, made, undefined));
    return { filed: filed.took(), took: planning.took(), stages: made.stages };
  };
  const cold = tick();
  const warm = Array.from({ length: ticks }, tick);
  const each = Array.from({ length: events }, () => {
    nowMs += eventMs;
    const failed = world.realServers[Math.floor(random() * world.realServers.length)];
    if (failed === undefined) return nothing;
    const { name, labels } = failed;
    const services = world.services.filter(({ selector }) => selector.group === labels.group);
    const report = realServerReport(
      services.map((one) => one.name),
      'unhealthy',
      0,
    );
    hear('realserver', name, report, nowMs);
    const planning = createStopwatch();
    made = planning.time(() => planned({ telemetry, words }, world, nowMs, made, new Set([name])));
    return planning.took();
  });
  const rssMb = Math.round(process.resourceUsage().maxRSS / 1_000);
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  const stage = (index: number) => median(warm.map(({ stages }) => stages[index] ?? nothing));
  return {
    groups: shape.groups,
    loadPercent: shape.loadPercent,
    hearMs: median(warm.map(({ filed }) => filed)),
    coldTickMs: median([cold.took]),
    warmTickMs: median(warm.map(({ took }) => took)),
    observeMs: stage(0),
    stepMs: stage(1),
    eventP50Ms: quantile(each, 0.5),
    eventP99Ms: quantile(each, 0.99),
    rssMb,
    livesMb: Math.round((heapUsed + external) / 1e6),
  };
}

/** As the coordinator does: everything with a tick; after an event the concerned groups alone. */
function planned(
  { telemetry, words }: Pick<ReturnType<typeof createHearing>, 'telemetry' | 'words'>,
  given: World,
  nowMs: number,
  before: Made | undefined,
  failed: ReadonlySet<string> | undefined,
): Made {
  const [observing, stepping] = [createStopwatch(), createStopwatch()];
  const isTick = failed === undefined;
  const memory = before?.memory ?? nothingYet;
  // Put together anew for each step, of the same lists.
  const world = { ...given };
  const scope = scopeOf(memory, world, before?.latest, isTick, failed);
  const observation = observing.time(() =>
    atOnce(telemetry.observe(scope.asked, nowMs, scope.before === undefined ? 'all' : 'part')),
  );
  const made = stepping.time(() =>
    atOnce(
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
    ),
  );
  return { memory: made.memory, latest: made.latest, stages: [observing.took(), stepping.took()] };
}

/** Those of directors by themselves, as they are large; to ask for the time takes longer than to file one of a real server. */
function* inBatches(said: Iterable<Said>): Iterable<readonly Said[]> {
  let batch: Said[] = [];
  for (const one of said) {
    batch.push(one);
    if (one.role === 'realserver' && batch.length < 1_000) continue;
    yield batch;
    batch = [];
  }
  yield batch;
}

const silentStream: AgentStream = { peer: 'bench', send() {}, holds() {}, close() {} };

function createHearing(world: World) {
  const agents = createAgentRecords();
  const telemetry = createTelemetry({
    agents,
    startedMs: 0,
    onRejected(agent, { name, why }) {
      throw new Error(`${agent}: ${name} ${why}`);
    },
  });
  const siteOf = new Map([...world.directors, ...world.realServers].map(({ name, site }) => [name, site]));
  function hear(role: AgentRole, name: string, report: AgentReport, nowMs: number): void {
    const agent = agents.get(role, name);
    agent.stream ??= silentStream;
    const previous = agent.report;
    agent.report = report;
    agent.reportedAtMs = nowMs;
    telemetry.heard(agent, siteOf.get(name) ?? '', previous, nowMs);
  }
  return {
    telemetry,
    words: (nowMs: number) => wayWords(agents, nowMs),
    hear,
  };
}

function median(values: readonly Took[]): Took {
  return quantile(values, 0.5);
}

if (import.meta.main) {
  // As the coordinator begins.
  keepHeapLean();
  const loadPercent = Number(process.argv[2] ?? 60);
  process.stdout.write(`${JSON.stringify(measureLeader({ groups: 500, loadPercent, seed: 7 }))}\n`);
}
