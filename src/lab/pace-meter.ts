// Measures the pace of the kernel that the lab runs in, for as long as the lab runs: by its own timers, and by the shell that starts
// everything.
import type { Launcher } from './launcher.ts';
import { paceOf, type Step, stepMs, stepsWithin } from './pace.ts';
import { pause } from './wait.ts';

/** Between two steps: measuring must not be what slows. */
const restMs = 150;
/** What has just been counts for what is waited for now. */
const recentMs = 5_000;

export class PaceMeter {
  readonly #steps: Step[] = [];
  #leastWorkMs = Number.POSITIVE_INFINITY;
  readonly #stopped = new AbortController();

  constructor(launcher: Pick<Launcher, 'wake'>) {
    this.#measure(launcher);
  }

  /** Of the steps that began within the span, ms since the epoch. */
  between(fromMs: number, untilMs = Number.POSITIVE_INFINITY): number {
    return paceOf(stepsWithin(this.#steps, fromMs, untilMs), this.#leastWorkMs);
  }

  /** The pace of the last seconds. */
  get now(): number {
    return this.between(Date.now() - recentMs);
  }

  stop(): void {
    this.#stopped.abort();
  }

  async #measure(launcher: Pick<Launcher, 'wake'>): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      const atMs = Date.now();
      const begun = performance.now();
      await pause(stepMs);
      const woken = performance.now();
      await launcher.wake();
      const workMs = performance.now() - woken;
      this.#leastWorkMs = Math.min(this.#leastWorkMs, workMs);
      this.#steps.push({ atMs, timerMs: woken - begun, workMs });
      await pause(restMs);
    }
  }
}
