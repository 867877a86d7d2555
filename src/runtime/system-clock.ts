/** The time of this machine, as the programs pass it on. */
import type { Clock } from '../domain/clock.ts';

const longestDelayMs = 2 ** 31 - 1;

export const realClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, run) {
    // What is longer a timer of Node would take for 1 ms; of what is over already it would warn.
    const timeout = setTimeout(run, Math.max(0, Math.min(delayMs, longestDelayMs)));
    return { cancel: () => clearTimeout(timeout) };
  },
};
