/** Samples that were not believed: each is counted, and each kind named in the log, but not over and over. */
import type { Clock } from '../../domain/clock.ts';
import type { Rejection } from '../../plan/estimate/sample.ts';
import type { Logger } from '../../runtime/log.ts';
import type { CoordinatorMetrics } from '../coordinator-metrics.ts';

export interface RejectionsOptions {
  readonly log: Logger;
  readonly metrics: Pick<CoordinatorMetrics, 'telemetryRejected'>;
  readonly clock: Clock;
}

const repeatMs = 60_000;
/** Of all agents, in that time. */
const linesLimit = 100;

export function createRejections({ log, metrics, clock }: RejectionsOptions) {
  /** By agent, sample and reason: what was logged in this minute. */
  const told = new Set<string>();
  let minuteMs = Number.NEGATIVE_INFINITY;
  /** Since the last line. */
  let untold = 0;
  return {
    take(agent: string, { name: sample, found, why }: Rejection): void {
      metrics.telemetryRejected.inc({ sample });
      const nowMs = clock.monotonicMs();
      if (nowMs - minuteMs >= repeatMs) {
        told.clear();
        minuteMs = nowMs;
      }
      const key = `${agent} ${sample} ${why}`;
      if (told.has(key) || told.size >= linesLimit) {
        untold += 1;
        return;
      }
      told.add(key);
      log.warn({ agent, sample, found, why, untold }, 'telemetry rejected');
      untold = 0;
    },
  };
}
