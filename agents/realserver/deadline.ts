/** A deadline for others that does not count the time in which this process itself stood still. */
import type { Clock, Timer } from '../../src/domain/clock.ts';

/** Later than this share of its limit, a timer tells of a standstill: stopped, migrated, or without a CPU. */
const lateShare = 0.1;

/**
 * Runs `run` once after `limitMs`. Where the timer itself comes late, an answer may lie unread in the socket, or may not have been
 * asked for in time: what was lost is given back, up to `limitMs` in all.
 */
export function deadline(
  clock: Pick<Clock, 'monotonicMs' | 'after'>,
  limitMs: number,
  run: () => void,
): Timer {
  let allowanceMs = limitMs;
  let timer = arm(limitMs);

  function arm(delayMs: number): Timer {
    const dueMs = clock.monotonicMs() + delayMs;
    return clock.after(delayMs, () => {
      const lateMs = Math.min(clock.monotonicMs() - dueMs, allowanceMs);
      if (lateMs <= limitMs * lateShare) return run();
      allowanceMs -= lateMs;
      timer = arm(lateMs);
    });
  }

  return { cancel: () => timer.cancel() };
}
