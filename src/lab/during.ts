// Faults of the control plane that are in force from before another fault until it is over.
import { controlDisturbance } from './disturb-control.ts';
import type { Disturbance } from './disturbance.ts';
import { atPace, type Lab } from './lab.ts';
import type { Fault } from './scenario-schema.ts';
import { textDifference } from './text-difference.ts';
import { heldBy, waitUntil } from './wait.ts';

/** Times in ms since the epoch. */
export interface DuringOutcome {
  readonly beganAtMs: number;
  readonly isNoticed: boolean;
  /** How the directors' tables differed by then, before the other fault; empty: in nothing. */
  readonly tablesChanged: string;
  readonly restoredAtMs: number;
  /** Until all was as before; undefined: not within its limit. */
  readonly recoveredMs: number | undefined;
  /** Where it never recovered: what was not as before. */
  readonly unlike: string;
}

export interface During {
  /** Once, however often it is called. */
  end(): Promise<DuringOutcome>;
}

/** Resolves once they are noticed, or it has taken too long. Undefined where there are none. */
export async function beginDuring({ during }: Fault, lab: Lab): Promise<During | undefined> {
  if (during.length === 0) return undefined;
  const disturbances: Disturbance[] = [];
  for (const fault of during) disturbances.push(await controlDisturbance(fault, 0, lab));
  const tables = lab.tables.text();
  const beganAtMs = Date.now();
  for (const { inject } of disturbances) await inject();
  const isNoticed = await held(disturbances, 'noticed', lab);
  const tablesChanged = textDifference(tables, lab.tables.text());
  async function end(): Promise<DuringOutcome> {
    const restoredAtMs = Date.now();
    for (const { restore } of disturbances.toReversed()) await restore();
    const isRecovered = await held(disturbances, 'recovered', lab);
    const recoveredMs = isRecovered ? Date.now() - restoredAtMs : undefined;
    const [unlike = ''] = isRecovered ? [] : await Promise.all(disturbances.map((one) => one.unlike()));
    return { beganAtMs, isNoticed, tablesChanged, restoredAtMs, recoveredMs, unlike };
  }
  let ending: Promise<DuringOutcome> | undefined;
  return {
    end() {
      ending ??= end();
      return ending;
    },
  };
}

async function held(
  disturbances: readonly Disturbance[],
  what: 'noticed' | 'recovered',
  lab: Lab,
): Promise<boolean> {
  for (const disturbance of disturbances) {
    const limitMs = atPace(lab, what === 'noticed' ? disturbance.noticeLimitMs : disturbance.recoveryLimitMs);
    const limits = { limitMs, everyMs: disturbance.lookEveryMs, signal: lab.signal };
    if ((await waitUntil(() => heldBy(disturbance[what]), limits)) === undefined) return false;
  }
  return true;
}
