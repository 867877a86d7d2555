/** How far a site's telemetry can still be trusted, judged from the age of the newest. */
import { freshForMs } from '../../domain/tick.ts';
import type { Capacity } from './capacity.ts';

export type Freshness = 'fresh' | 'hold' | 'frozen' | 'lost';

/** Telemetry came; `atMs` is when it was taken. */
export type StalenessEvent = { readonly kind: 'telemetry'; readonly atMs: number };

/** A value: each event gives a new one. */
export interface Staleness {
  /** When the newest telemetry was taken; before the first, when the site began to be watched. */
  readonly newestAtMs: number;
  readonly heard: boolean;
  /** When it came back from lost; undefined once it has proved itself. */
  readonly returnedAtMs: number | undefined;
}

/** What the plan may make of a site's figures. */
export interface Standing {
  readonly freshness: Freshness;
  readonly ageMs: number;
  readonly onProbation: boolean;
  /** Whether more may be sent there than now. */
  readonly inflowMayGrow: boolean;
  /** To be shown to an operator. */
  readonly flagged: boolean;
}

const holdForMs = 60_000;
const frozenForMs = 180_000;
const probationMs = 10_000;

/** A site not yet heard of is held, not fresh: a coordinator that has just begun knows nothing against it, and nothing for it. */
export function initialStaleness(nowMs: number): Staleness {
  return { newestAtMs: nowMs, heard: false, returnedAtMs: undefined };
}

/**
 * Telemetry that is not newer, or from the future, changes nothing. Probation after `lost` ends with the first telemetry 10 s or
 * more after the return, so that only news gives a permission, never time alone; a gap past `fresh` starts it again.
 */
export function nextStaleness(staleness: Staleness, { atMs }: StalenessEvent, nowMs: number): Staleness {
  const isNews = atMs > staleness.newestAtMs || (!staleness.heard && atMs === staleness.newestAtMs);
  if (!isNews || !(atMs <= nowMs)) return staleness;
  const heard = { ...staleness, newestAtMs: atMs, heard: true };
  const { freshness, onProbation } = standingAt(staleness, nowMs);
  if (freshness === 'lost' || (onProbation && freshness !== 'fresh')) {
    return { ...heard, returnedAtMs: nowMs };
  }
  const isProved = staleness.returnedAtMs !== undefined && nowMs - staleness.returnedAtMs >= probationMs;
  return isProved ? { ...heard, returnedAtMs: undefined } : heard;
}

export function standingAt({ newestAtMs, heard, returnedAtMs }: Staleness, nowMs: number): Standing {
  const ageMs = nowMs - newestAtMs;
  const freshness = freshnessOf(ageMs, heard);
  const onProbation = returnedAtMs !== undefined;
  const isTrusted = freshness === 'fresh' || freshness === 'hold';
  const inflowMayGrow = isTrusted && !onProbation;
  return { freshness, ageMs, onProbation, inflowMayGrow, flagged: freshness === 'lost' };
}

function freshnessOf(ageMs: number, heard: boolean): Freshness {
  if (ageMs <= freshForMs && heard) return 'fresh';
  if (ageMs <= holdForMs) return 'hold';
  return ageMs <= frozenForMs ? 'frozen' : 'lost';
}

/** Ĉ as far as it is to be trusted, milli-connections: × 0.9 when frozen; when lost, what was declared × the last health known. */
export function trustedMilli(freshness: Freshness, capacity: Capacity): number {
  switch (freshness) {
    case 'fresh':
    case 'hold':
      return capacity.milliConnections;
    case 'frozen':
      return Math.floor((capacity.milliConnections * 9) / 10);
    case 'lost':
      return Math.max(0, capacity.healthyMilli - capacity.carryOverMilli);
  }
}
