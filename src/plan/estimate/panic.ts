/** Which real servers count as healthy when so many fail at once that it is more likely our sight that failed. */

/** `unknown`: not seen, or failed as seen from one vantage point only; `confirmed`: failed as seen from two. */
export type ServerState = 'healthy' | 'unknown' | 'confirmed';

/** Healthy capacity from this time on. */
export interface HealthyCapacity {
  readonly atMs: number;
  readonly healthyConnections: number;
}

export interface PanicInput {
  readonly history: readonly HealthyCapacity[];
  readonly nowMs: number;
}

export interface PanicVerdict {
  readonly isPanic: boolean;
  /** The capacity of which more than half went; undefined without panic. */
  readonly beforeConnections: number | undefined;
}

/** One that goes on. */
export interface Panic {
  readonly sinceMs: number;
  readonly beforeConnections: number;
}

const withinMs = 30_000;

/** A history from which the same panic is judged: for whoever takes over in the midst of it. */
export function panicHistory({ sinceMs, beforeConnections }: Panic): readonly HealthyCapacity[] {
  return [
    { atMs: sinceMs - 1, healthyConnections: beforeConnections },
    { atMs: sinceMs, healthyConnections: 0 },
  ];
}

export function judgePanic({ history, nowMs }: PanicInput): PanicVerdict {
  const beforeConnections = capacityBefore(history, nowMs);
  return { isPanic: beforeConnections !== undefined, beforeConnections };
}

/**
 * In panic, `unknown` counts as healthy, and `confirmed` only where the service would rather have a dead server than none; else
 * neither does.
 */
export function countsAsHealthy(state: ServerState, isPanic: boolean, failOpen: boolean): boolean {
  return state === 'healthy' || (isPanic && (state === 'unknown' || failOpen));
}

/**
 * Panic begins where more than half of the capacity that was healthy within the last 30 s no longer is. It ends when half of that
 * is healthy again, not after 30 s: those that are still unknown would all fail at once. A history that no longer reaches back to
 * its beginning ends it too.
 */
function capacityBefore(history: readonly HealthyCapacity[], nowMs: number): number | undefined {
  const points = history.filter((point) => isUsable(point) && point.atMs <= nowMs).toSorted(compareTimes);
  let before: number | undefined;
  for (const [index, { healthyConnections }] of points.entries()) {
    if (before !== undefined && healthyConnections * 2 < before) continue;
    const peak = peakBefore(points, index);
    before = healthyConnections * 2 < peak ? peak : undefined;
  }
  return before;
}

/** The largest capacity within 30 s before a point, with what was in force at their beginning. */
function peakBefore(points: readonly HealthyCapacity[], index: number): number {
  const fromMs = (points[index]?.atMs ?? 0) - withinMs;
  let peak = 0;
  for (const { atMs, healthyConnections } of points.slice(0, index).toReversed()) {
    peak = Math.max(peak, healthyConnections);
    if (atMs <= fromMs) break;
  }
  return peak;
}

function isUsable({ atMs, healthyConnections }: HealthyCapacity): boolean {
  return Number.isFinite(atMs) && Number.isFinite(healthyConnections) && healthyConnections >= 0;
}

/** Of two at the same time the lower is the later. */
function compareTimes(a: HealthyCapacity, b: HealthyCapacity): number {
  return a.atMs - b.atMs || b.healthyConnections - a.healthyConnections;
}
