/** Who was not let in, or not let do something: each is counted and told in one line, but nobody fills the log. */
import type { Refused } from '../api/handlers.ts';
import type { Clock } from '../domain/clock.ts';
import type { Logger } from '../runtime/log.ts';
import type { CoordinatorMetrics } from './coordinator-metrics.ts';

export interface RefusalsOptions {
  readonly log: Pick<Logger, 'warn'>;
  readonly metrics: Pick<CoordinatorMetrics, 'callersRefused'>;
  readonly clock: Clock;
}

const repeatMs = 60_000;
/** In that time; an attacker has many addresses. */
const linesLimit = 100;

export function createRefusals({ log, metrics, clock }: RefusalsOptions): (refused: Refused) => void {
  /** What was told in this minute. */
  const told = new Set<string>();
  let minuteMs = Number.NEGATIVE_INFINITY;
  /** Since the last line. */
  let untold = 0;
  return (refused) => {
    metrics.callersRefused.inc();
    const nowMs = clock.monotonicMs();
    if (nowMs - minuteMs >= repeatMs) {
      told.clear();
      minuteMs = nowMs;
    }
    const key = JSON.stringify(refused);
    if (told.has(key) || told.size >= linesLimit) {
      untold += 1;
      return;
    }
    told.add(key);
    log.warn({ ...refused, untold }, 'refused');
    untold = 0;
  };
}
