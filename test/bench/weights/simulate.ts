/** One policy through one course of events, a second at a time. */
import { nextConnections, openConnections, steadyConnections } from './connections.ts';
import type { Course } from './course.ts';
import { columnSums, type Matrix, normalised, sumOf } from './matrix.ts';
import { createMeter, type Metrics, type Series } from './metrics.ts';
import type { PolicyKind } from './policy.ts';
import { createTelemetry, reportEverySeconds } from './telemetry.ts';

export interface RunResult {
  readonly metrics: Metrics;
  readonly series: Series;
}

export function simulate({ scenario, seed, moments }: Course, kind: PolicyKind): RunResult {
  const policy = kind.create();
  const telemetry = createTelemetry(scenario, seed);
  const meter = createMeter();
  const [first] = moments;
  if (first === undefined) throw new Error('nothing happens');
  const counters = first.arrivals.map(() => 0);
  const view = (second: number, isUp: readonly boolean[]) => ({ reports: telemetry.arrivedBy(second), isUp });
  let decided = policy.decide(view(first.second, first.isUp), first.second);
  let connections = steadyConnections(first.arrivals, alive(decided, first.isUp));
  let wasUp = first.isUp;
  for (const moment of moments) {
    const { second, isUp } = moment;
    const isEvent = isUp.some((up, site) => up !== wasUp[site]);
    if (isEvent || second % reportEverySeconds === 0) decided = policy.decide(view(second, isUp), second);
    wasUp = isUp;
    const split = alive(decided, isUp);
    const next = nextConnections(connections, { arrivals: moment.arrivals, split, isUp });
    connections = next.connections;
    for (const [city, count] of next.opened.entries()) counters[city] = (counters[city] ?? 0) + count;
    const open = openConnections(connections);
    const utilisation = columnSums(open).map((load, site) => fullness(load, moment.capacity[site] ?? 0));
    telemetry.observe({ second, open, counters, utilisation });
    if (second >= 0) {
      meter.add({ open, rttMs: moment.rttMs, utilisation, split, optimumRttMs: moment.optimumRttMs });
    }
  }
  return { metrics: meter.metrics(), series: meter.series };
}

/** The director alone: what is dead gets nothing, whatever was decided. Where nothing else was decided, all others share. */
export function alive(split: Matrix, isUp: readonly boolean[]): Matrix {
  if (isUp.every((up) => up)) return split;
  return split.map((row) => {
    const left = row.map((share, site) => (isUp[site] === true ? share : 0));
    return sumOf(left) > 0 ? normalised(left) : normalised(isUp.map((up) => (up ? 1 : 0)));
  });
}

function fullness(load: number, capacity: number): number {
  if (capacity > 0) return load / capacity;
  return load > 0 ? Number.POSITIVE_INFINITY : 0;
}
