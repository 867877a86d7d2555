/** How single checks become a verdict: what fails for certain counts at once, all else only several times in a row. Pure. */
import type { AppVerdict } from '../../src/domain/probe.ts';

export type CheckResult =
  | { readonly ok: true }
  /** `certain`: nobody listens there, so no second look is needed. */
  | { readonly ok: false; readonly reason: string; readonly certain: boolean };

export interface Judgement {
  readonly verdict: AppVerdict;
  /** Why it is not healthy; empty when it is, or nothing is known. */
  readonly reason: string;
  readonly sinceMs: number;
  /** Results in a row that contradict the verdict. */
  readonly against: number;
}

export function unjudged(nowMs: number): Judgement {
  return { verdict: 'unknown', reason: '', sinceMs: nowMs, against: 0 };
}

/** The verdict after one more result. The first success is believed at once: a restarted agent knows nothing. */
export function judge(
  before: Judgement,
  result: CheckResult,
  limits: { readonly fall: number; readonly rise: number },
  nowMs: number,
): Judgement {
  const target: AppVerdict = result.ok ? 'healthy' : 'unhealthy';
  const reason = result.ok ? '' : result.reason;
  if (before.verdict === target) return { ...before, reason, against: 0 };
  const against = before.against + 1;
  const needed = result.ok
    ? before.verdict === 'unknown'
      ? 1
      : limits.rise
    : result.certain
      ? 1
      : limits.fall;
  if (against >= needed) return { verdict: target, reason, sinceMs: nowMs, against: 0 };
  // While unknown, successes end the state; so what is counted are failures.
  return { ...before, against };
}

/** Milliseconds until the next check: a doubtful failure is looked at again at once. */
export function nextCheckMs(after: Judgement, result: CheckResult, intervalMs: number): number {
  const doubtful = !result.ok && after.verdict !== 'unhealthy';
  return doubtful ? Math.min(recheckMs, intervalMs) : intervalMs;
}

/** Short, yet no tight loop against an application that answers 500 at once. */
const recheckMs = 20;
