/** Samples that were not believed: each is counted, and each kind named in the log, but not over and over. */
import type { Clock } from '../domain/clock.ts';
import type { Rejection } from '../plan/estimate/sample.ts';
import type { Logger } from '../runtime/log.ts';
import type { CoordinatorMetrics } from './metrics.ts';

export interface RejectionsOptions {
  readonly log: Logger;
  readonly metrics: Pick<CoordinatorMetrics, 'telemetryRejected'>;
  readonly clock: Clock;
}

const repeatMs = 60_000;
const rememberedLimit = 10_000;

export function createRejections({ log, metrics, clock }: RejectionsOptions) {
  /** By agent, sample and reason: when it was logged last. */
  const told = new Map<string, number>();
  return {
    take(agent: string, { name: sample, found, why }: Rejection): void {
      metrics.telemetryRejected.inc({ sample });
      const key = `${agent} ${sample} ${why}`;
      const nowMs = clock.monotonicMs();
      if (nowMs - (told.get(key) ?? Number.NEGATIVE_INFINITY) < repeatMs) return;
      if (told.size >= rememberedLimit) told.clear();
      told.set(key, nowMs);
      log.warn({ agent, sample, found, why }, 'telemetry rejected');
    },
  };
}
