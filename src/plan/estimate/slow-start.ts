/** How much of its share a real server gets while it is new, so that it can warm up. */
import { type Scheduler, schedulerFacts } from '../../domain/ipvs-table.ts';

const leastPermille = 100;
const fullPermille = 1_000;

/** What compares connections floods an empty server whatever its weight, so it takes longer. */
export function slowStartWindowMs(scheduler: Scheduler): number {
  return schedulerFacts[scheduler].comparesConnections ? 120_000 : 60_000;
}

export interface SlowStart {
  /** Since the server began to get connections. */
  readonly elapsedMs: number;
  readonly windowMs: number;
  /** 1 is linear; more is steeper at first. One that is not above 0 counts as 1. */
  readonly aggression: number;
}

/**
 * max(100, 1000 · (t/window)^(1/aggression)), per mille, an integer. `**` may differ between machines in its last bits:
 * rounding to the nearest per mille hides that, and the linear case does without.
 */
export function slowStartPermille({ elapsedMs, windowMs, aggression }: SlowStart): number {
  if (elapsedMs >= windowMs) return fullPermille;
  const passed = elapsedMs / windowMs;
  if (!(passed > 0)) return leastPermille;
  const isCurved = Number.isFinite(aggression) && aggression > 0 && aggression !== 1;
  const grown = isCurved ? fullPermille * passed ** (1 / aggression) : (fullPermille * elapsedMs) / windowMs;
  return Math.max(leastPermille, Math.round(grown));
}
