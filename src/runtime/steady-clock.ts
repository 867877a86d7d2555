/** A time of day that a step of the host's clock does not carry along: what was ordered until a time lasts until then. */
import type { Clock } from '../domain/clock.ts';

export interface SteadyClock extends Clock {
  /** That the host's clock was stepped, by how much and what follows, for as long as it is not followed; undefined: it is. */
  trouble(): string | undefined;
}

/** What comes at once and is less is no step but a clock that is being set right, or a machine that was paused. */
const leastStepMs = 30_000;
/** A step is most often a mistake, and taken back; one that lasts for so long is how it is. */
const believedAfterMs = 15 * 60_000;

/** `onStep`: the host's clock was stepped by so many milliseconds. */
export function createSteadyClock(host: Clock, onStep: (byMs: number) => void): SteadyClock {
  let last = { atMs: host.nowMs(), monotonicMs: host.monotonicMs() };
  /** How far the host's clock is ahead of what is told. */
  let aheadMs = 0;
  let sinceMs = 0;

  function nowMs(): number {
    const now = { atMs: host.nowMs(), monotonicMs: host.monotonicMs() };
    const leapMs = now.atMs - last.atMs - (now.monotonicMs - last.monotonicMs);
    last = now;
    if (Math.abs(leapMs) >= leastStepMs) {
      onStep(leapMs);
      aheadMs += leapMs;
      sinceMs = now.monotonicMs;
    }
    const isTakenBack = Math.abs(aheadMs) < leastStepMs;
    if (isTakenBack || now.monotonicMs - sinceMs >= believedAfterMs) aheadMs = 0;
    return Math.round(now.atMs - aheadMs);
  }

  return {
    nowMs,
    monotonicMs: host.monotonicMs,
    after: host.after,
    trouble() {
      nowMs();
      if (aheadMs === 0) return undefined;
      const way = aheadMs > 0 ? 'forward' : 'back';
      const seconds = Math.round(Math.abs(aheadMs) / 1_000);
      return (
        `the clock of this coordinator's host was stepped ${way} by ${seconds} s: the time of before is counted on until it is set ` +
        `right, or for ${believedAfterMs / 60_000} minutes; see whether its time is synchronised`
      );
    },
  };
}
