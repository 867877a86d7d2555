/** Whether the way to a real server is up, judged from when its probes were sent and answered. */
import type { ProbeSettings } from '../domain/probe.ts';
import type { PathState } from '../domain/report.ts';

export type ProbeTiming = Pick<ProbeSettings, 'intervalMs' | 'downAfterMs' | 'goneAfterMs' | 'rise'>;

/** What happened, at a monotonic time in ms. A tick comes about once an interval. */
export type ProbeEvent = { readonly kind: 'sent' | 'answered' | 'tick'; readonly atMs: number };

/** A value: each event gives a new one. All times are monotonic ms. */
export interface ProbeHealth {
  readonly state: PathState;
  /** When the state became what it is. */
  readonly sinceMs: number;
  /** Silence counts from here: the last answer, or the first probe, moved on by the director's own sleep. */
  readonly silentFromMs: number | undefined;
  /** Probes that have gone out since the last answer; silence to nothing says nothing. */
  readonly asked: number;
  readonly answersInRow: number;
  readonly lastTickMs: number | undefined;
}

export function initialProbeHealth(nowMs: number): ProbeHealth {
  return {
    state: 'unknown',
    sinceMs: nowMs,
    silentFromMs: undefined,
    asked: 0,
    answersInRow: 0,
    lastTickMs: undefined,
  };
}

/**
 * - the first answer of all brings the path up at once; after that, `rise` answers in a row do (in a row: with no silence of
 *   more than two intervals between)
 * - silence of `downAfterMs` is down, of `goneAfterMs` is gone, where as many probes were left without an answer as go out in
 *   `downAfterMs`: who is asked less often is judged later, and one lost datagram never condemns
 * - a director that was itself asleep (its ticks more than two intervals apart) counts of that time one interval only:
 *   it condemns nobody for its own absence
 */
export function nextProbeHealth(health: ProbeHealth, event: ProbeEvent, timing: ProbeTiming): ProbeHealth {
  switch (event.kind) {
    case 'sent':
      return { ...health, asked: health.asked + 1, silentFromMs: health.silentFromMs ?? event.atMs };
    case 'answered':
      return answered(health, event.atMs, timing);
    case 'tick':
      return ticked(health, event.atMs, timing);
  }
}

function answered(health: ProbeHealth, atMs: number, { rise }: ProbeTiming): ProbeHealth {
  const answersInRow = health.answersInRow + 1;
  const isUp = health.state === 'up' || health.state === 'unknown' || answersInRow >= rise;
  const heard = { ...health, answersInRow, silentFromMs: atMs, asked: 0 };
  return changed(heard, isUp ? 'up' : health.state, atMs);
}

function ticked(health: ProbeHealth, atMs: number, timing: ProbeTiming): ProbeHealth {
  const gapMs = health.lastTickMs === undefined ? 0 : atMs - health.lastTickMs;
  const sleptMs = gapMs > 2 * timing.intervalMs ? gapMs - timing.intervalMs : 0;
  // An answer that came within the sleep has set the start later than the sleep's: never past now.
  const silentFromMs =
    health.silentFromMs === undefined ? undefined : Math.min(atMs, health.silentFromMs + sleptMs);
  const silentMs = silentFromMs === undefined || health.asked === 0 ? 0 : atMs - silentFromMs;
  const answersInRow = silentMs > 2 * timing.intervalMs ? 0 : health.answersInRow;
  const next = { ...health, silentFromMs, answersInRow, lastTickMs: atMs };
  if (health.asked < Math.floor(timing.downAfterMs / timing.intervalMs)) return next;
  if (silentMs >= timing.goneAfterMs) return changed(next, 'gone', atMs);
  // Gone stays gone until answers bring the path back.
  if (silentMs >= timing.downAfterMs && health.state !== 'gone') return changed(next, 'down', atMs);
  return next;
}

function changed(health: ProbeHealth, state: PathState, atMs: number): ProbeHealth {
  return state === health.state ? health : { ...health, state, sinceMs: atMs };
}
