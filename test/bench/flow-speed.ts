/** How long does the leader plan who serves whom: everything, and one pool after an event? Run directly, it prints the table. */
import { planPool } from '../plan/flow/plan-pool.ts';
import { createPools, createRandom, nextTick, withCapacityEvent } from './flow-fleet.ts';
import { inOwnProcess } from './own-process.ts';
import { createStopwatch, most, nothing, quantile, type Took } from './stopwatch.ts';

export interface FlowSpeed {
  /** Median of five full ticks, of the slowest case. */
  readonly fullTickMs: Took;
  /** Of 300 events, of the slowest case: one pool planned again after one site's capacity has changed. */
  readonly eventP99Ms: Took;
  /** Of this process, the most that any case left; the fleet's own description is most of it. */
  readonly rssMb: number;
  readonly cases: readonly FlowCase[];
}

export interface FlowCase {
  readonly pools: number;
  readonly loadPercent: number;
  /** Nobody served before; and tick after tick, with demand that changes by up to 5 %. */
  readonly coldTickMs: Took;
  readonly warmTickMs: Took;
  /** Absent where one pool is the whole fleet: every event is a full tick. */
  readonly eventP99Ms?: Took;
}

const ticks = 5;
const events = 300;
const seed = 7;

/** Each service on its own real servers; ten services on each; all on all. */
const shapes = [500, 50, 1].flatMap((pools) => [60, 90].map((loadPercent) => ({ pools, loadPercent })));

export function measureFlowSpeed(): FlowSpeed {
  return inOwnProcess(import.meta.filename, '--json');
}

function measureHere(): FlowSpeed {
  let rssMb = 0;
  const cases = shapes.map((shape) => {
    const measured = measureCase(shape);
    rssMb = Math.max(rssMb, Math.round(process.memoryUsage().rss / 1e6));
    return measured;
  });
  return {
    fullTickMs: most(cases.flatMap(({ coldTickMs, warmTickMs }) => [coldTickMs, warmTickMs])),
    eventP99Ms: most(cases.flatMap(({ eventP99Ms = [] }) => eventP99Ms)),
    rssMb,
    cases,
  };
}

function measureCase({
  pools,
  loadPercent,
}: {
  readonly pools: number;
  readonly loadPercent: number;
}): FlowCase {
  const random = createRandom(seed);
  let fleet = createPools({ pools, loadPercent, seed });
  const cold = Array.from({ length: ticks }, () => tookBy(() => fleet.map((pool) => planPool(pool))));
  const warm = Array.from({ length: ticks }, () => {
    fleet = fleet.map((pool) => nextTick(pool, planPool(pool), random));
    return tookBy(() => fleet.map((pool) => planPool(pool)));
  });
  const speed = { pools, loadPercent, coldTickMs: quantile(cold, 0.5), warmTickMs: quantile(warm, 0.5) };
  if (pools === 1) return speed;
  const each = Array.from({ length: events }, () => {
    const pool = fleet[Math.floor(random() * fleet.length)];
    if (pool === undefined) return nothing;
    const changed = withCapacityEvent(pool, random);
    return tookBy(() => planPool(changed));
  });
  return { ...speed, eventP99Ms: quantile(each, 0.99) };
}

function tookBy(work: () => unknown): Took {
  const stopwatch = createStopwatch();
  stopwatch.time(work);
  return stopwatch.took();
}

if (import.meta.main) {
  const speed = measureHere();
  const { cases, fullTickMs, eventP99Ms, rssMb } = speed;
  if (process.argv.includes('--json')) process.stdout.write(JSON.stringify(speed));
  else {
    console.table(cases);
    process.stdout.write(
      `full tick ${fullTickMs.cpu} ms of CPU (at most 2,000), event p99 ${eventP99Ms.cpu} ms (at most 20), ${rssMb} MB\n`,
    );
  }
}
