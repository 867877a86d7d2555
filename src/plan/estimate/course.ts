/** How a real server stands with one service over time: from when it fails and is well, how much of its share it gets. */
import type { Service } from '../../domain/resource.ts';
import {
  type HoldDown,
  heldUntilMs,
  holdDownPermille,
  isForgotten,
  neverFailed,
  nextHoldDown,
} from './hold-down.ts';
import type { ServerState } from './panic.ts';
import { slowStartPermille, slowStartWindowMs } from './slow-start.ts';

/** A value: each judgement gives a new one, or the same where nothing has changed. */
export interface Course {
  readonly state: ServerState;
  readonly holdDown: HoldDown;
  /** When it was first well, or well again; −∞: always. */
  readonly wellSinceMs: number;
}

/** `isOld`: it was there before anybody looked, and needs no warming up. */
export function firstCourse(state: ServerState, isOld: boolean, nowMs: number): Course {
  return { state, holdDown: neverFailed, wellSinceMs: isOld ? Number.NEGATIVE_INFINITY : nowMs };
}

/** `isStartUp`: who was not well yet may just not have been heard. */
export function nextCourse(known: Course, state: ServerState, isStartUp: boolean, nowMs: number): Course {
  if (known.state === state) return known;
  const isWell = state === 'healthy';
  const wasWell = known.state === 'healthy';
  const isStarting = known.holdDown === neverFailed && isStartUp;
  // Not heard of yet is no failure.
  const failed = wasWell || (known.holdDown !== neverFailed && isWell);
  const holdDown = failed
    ? nextHoldDown(known.holdDown, { kind: isWell ? 'healthy' : 'failed', atMs: nowMs })
    : known.holdDown;
  const wellSinceMs = isWell && !wasWell && !isStarting ? nowMs : known.wellSinceMs;
  return { state, holdDown, wellSinceMs };
}

/** Per mille of its share, while it is new or well again. */
export function warmthPermille(
  { scheduler, slowStartSeconds }: Pick<Service, 'scheduler' | 'slowStartSeconds'>,
  { holdDown, wellSinceMs }: Course,
  nowMs: number,
): number {
  const windowMs = slowStartSeconds === undefined ? slowStartWindowMs(scheduler) : 1_000 * slowStartSeconds;
  const sinceMs = Math.max(wellSinceMs, heldUntilMs(holdDown) ?? wellSinceMs);
  return slowStartPermille({ elapsedMs: nowMs - sinceMs, windowMs, aggression: 1 });
}

/** As of one that was always well: whoever knows nothing of it would do the same. */
export function isOrdinary(
  service: Pick<Service, 'scheduler' | 'slowStartSeconds'>,
  course: Course,
  nowMs: number,
): boolean {
  const { state, holdDown, wellSinceMs } = course;
  if (state !== 'healthy') return false;
  if (holdDown === neverFailed && wellSinceMs === Number.NEGATIVE_INFINITY) return true;
  return (
    isForgotten(holdDown, nowMs) &&
    holdDownPermille(holdDown, nowMs) === 1_000 &&
    warmthPermille(service, course, nowMs) === 1_000
  );
}
