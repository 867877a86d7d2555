// One fault from injection to recovery, with the times that matter.
import { prepareDisturbance } from './disturbance.ts';
import { atPace, type Lab } from './lab.ts';
import type { Fault } from './scenario-schema.ts';
import { textDifference } from './text-difference.ts';
import { heldBy, pause, waitUntil } from './wait.ts';

/** A site's order follows a matrix that believes three windows of 5 s; busy, it takes a few more. */
const settleLimitMs = 40_000;
/** Between two looks at something that changes slowly. */
const slowLookMs = 1_000;
const tableLookMs = 250;
/** The pace is that of the phase and of so long before it. */
const paceBeforeMs = 2_000;
/** After recovery, so that the next fault finds ordinary traffic, and an agent that has just begun has run its code. */
const calmMs = 2_000;

/** Times in ms since the epoch, durations in ms. */
export interface FaultOutcome {
  readonly fault: Fault;
  readonly gone: readonly string[];
  readonly unnoticed: boolean;
  readonly keepsConnections: boolean;
  readonly injectedAtMs: number;
  readonly restoredAtMs: number;
  readonly endedAtMs: number;
  /** Undefined: not within its limit. */
  readonly detectedMs: number | undefined;
  /** Until those who decide had finished; undefined: not within its limit. */
  readonly settledMs: number | undefined;
  /** From the restoration until all was as before; undefined: not within its limit. */
  readonly recoveredMs: number | undefined;
  /** Where it never recovered: what was not as before. */
  readonly unlike: string;
  /** For what nobody may notice: how the directors' tables differed, empty when they never did. */
  readonly tablesChanged: string;
  /** How slow the machine was meanwhile (pace.ts). */
  readonly pace: number;
}

export async function runFault(fault: Fault, lab: Lab): Promise<FaultOutcome> {
  const disturbance = await prepareDisturbance(fault, lab);
  const watch = watchTables(lab, disturbance.unnoticed);
  const { signal } = lab;
  const { recoveryLimitMs } = disturbance;
  try {
    const injectedAtMs = Date.now();
    const since = (): number => Date.now() - injectedAtMs;
    await disturbance.inject();
    const { lookEveryMs, noticeLimitMs } = disturbance;
    const noticed = await waitUntil(() => heldBy(disturbance.noticed), {
      limitMs: atPace(lab, noticeLimitMs),
      everyMs: lookEveryMs,
      signal,
    });
    const detectedMs = noticed === undefined ? undefined : since();
    const settled =
      noticed === undefined
        ? undefined
        : await waitUntil(() => heldBy(disturbance.settled), {
            limitMs: atPace(lab, settleLimitMs),
            everyMs: slowLookMs,
            signal,
          });
    const decidedMs = settled === undefined ? undefined : since();
    const phaseMs = fault.seconds * 1_000;
    const restoreAfterMs = disturbance.restoreAfterMs;
    await pause((typeof restoreAfterMs === 'number' ? restoreAfterMs : phaseMs) - since(), signal);
    // From its beginning on: whoever is restored may serve before that has been told.
    const restoredAtMs = Date.now();
    await disturbance.restore();
    const recoveredMs = await waitUntil(() => heldBy(disturbance.recovered), {
      limitMs: atPace(lab, recoveryLimitMs),
      everyMs: slowLookMs,
      signal,
    });
    // What nobody may notice is over when the control plane is whole again.
    const settledMs = disturbance.unnoticed && recoveredMs !== undefined ? since() : decidedMs;
    await pause(Math.max(phaseMs - since(), calmMs), signal);
    return {
      fault,
      gone: disturbance.gone,
      unnoticed: disturbance.unnoticed,
      keepsConnections: disturbance.keepsConnections,
      injectedAtMs,
      restoredAtMs: restoreAfterMs === 'never' ? Date.now() : restoredAtMs,
      endedAtMs: Date.now(),
      detectedMs,
      settledMs,
      recoveredMs,
      unlike: recoveredMs === undefined ? disturbance.unlike() : '',
      tablesChanged: watch.difference(),
      pace: lab.pace.between(injectedAtMs - paceBeforeMs),
    };
  } finally {
    watch.stop();
  }
}

/** Compares all directors' tables with what they are now, for as long as it is not stopped. */
function watchTables({ tables }: Lab, wanted: boolean): { difference(): string; stop(): void } {
  if (!wanted) return { difference: () => '', stop: () => {} };
  const before = tables.text();
  let difference = '';
  const look = (): void => {
    const now = tables.text();
    if (difference === '' && now !== before) difference = textDifference(before, now);
  };
  const timer = setInterval(look, tableLookMs);
  return {
    difference() {
      look();
      return difference;
    },
    stop: () => clearInterval(timer),
  };
}
