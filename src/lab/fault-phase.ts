// One fault from injection to recovery, with the times that matter.
import { messageOf } from '../domain/error.ts';
import { fitnessNow } from './control-signs.ts';
import { type Disturbance, prepareDisturbance } from './disturbance.ts';
import { beginDuring, type During, type DuringOutcome } from './during.ts';
import { atPace, type Lab } from './lab.ts';
import { rest } from './rest.ts';
import type { Fault } from './scenario-schema.ts';
import { sightings } from './sightings.ts';
import { textDifference } from './text-difference.ts';
import { heldBy, isAway, pause, waitUntil } from './wait.ts';

/** A site's order follows a matrix that believes three windows of 5 s; busy, it takes a few more. */
const settleLimitMs = 40_000;
/** Between two looks at something that changes slowly. */
const slowLookMs = 1_000;
/** And at what others are not to be disturbed by. */
const besideLookMs = 2_500;
/** A coordinator that is started anew may be the only one. */
const changeLimitMs = 60_000;
const tableLookMs = 250;
/** The pace is that of the phase and of so long before it. */
const paceBeforeMs = 2_000;
/** After recovery, so that the next fault finds ordinary traffic, and an agent that has just begun has run its code. */
const calmMs = 2_000;
/** Directors judge by the round trips of the last 5 s, and while all programs begin these are long. */
const calmAfterStartsMs = 5_000;
/** What may take until the end waits for no other limit than this. */
const besideLimitMs = 120_000;

/** Times in ms since the epoch, durations in ms. */
export interface FaultOutcome {
  readonly fault: Fault;
  readonly gone: readonly string[];
  readonly unnoticed: boolean;
  readonly tablesKept: Disturbance['tablesKept'];
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
  /** How the directors' tables differed in what must not change; empty when they never did. */
  readonly tablesChanged: string;
  /** Of operators' changes; undefined where the fault is not of the control plane. */
  readonly declared: DeclaredOutcome | undefined;
  /** Undefined where nothing else was in force. */
  readonly during: DuringOutcome | undefined;
  /** What was seen of the control plane, a line each. */
  readonly sightings: readonly string[];
  /** How slow the machine was meanwhile (pace.ts). */
  readonly pace: number;
}

export interface DeclaredOutcome {
  /** Whether any coordinator could take a change meanwhile. */
  readonly isDue: boolean;
  /** From the injection until one was taken; undefined: none was. */
  readonly takenMs: number | undefined;
  /** Why none was taken; empty where one was. */
  readonly refusal: string;
  /** What of all that was applied is not there in the end, by any coordinator; empty: nothing. */
  readonly lost: string;
}

/** Whether the next fault comes before what follows from this one. */
export function isBeside(fault: Fault): boolean {
  return fault.kind === 'wan-rtt' && fault.believedBy === 'the end';
}

/** What has come of a fault so far. */
export interface FaultRun {
  readonly outcome: FaultOutcome;
  /** The whole outcome, of a fault beside which others go on. */
  readonly whole: Promise<FaultOutcome>;
}

export async function runFault(fault: Fault, lab: Lab): Promise<FaultRun> {
  const beneath = await beginDuring(fault, lab);
  try {
    await rest(fault, lab);
    return await suffer(fault, beneath, lab);
  } catch (error) {
    // The next fault must not find it.
    await beneath?.end();
    throw error;
  }
}

async function suffer(fault: Fault, beneath: During | undefined, lab: Lab): Promise<FaultRun> {
  const disturbance = await prepareDisturbance(fault, lab);
  const { recoveryLimitMs, isOfControl, tablesKept } = disturbance;
  // The last that was applied is the first that would be lost.
  if (isOfControl) await beginDeclaring(lab);
  const watch = watchTables(lab, tablesKept);
  const { signal } = lab;
  try {
    const injectedAtMs = Date.now();
    const since = (): number => Date.now() - injectedAtMs;
    await disturbance.inject();
    const decision = watchDecision(disturbance, isBeside(fault), injectedAtMs, lab);
    // A rejection is heard by whoever waits for it, in time or not.
    decision.catch(() => {});
    const { detectedMs, settledMs: decidedMs } = isBeside(fault) ? undecided : await decision;
    const change = isOfControl ? await changeMeanwhile(lab, injectedAtMs) : undefined;
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
    const unlike = recoveredMs === undefined ? await disturbance.unlike() : '';
    const during = await beneath?.end();
    await pause(
      Math.max(phaseMs - since(), fault.kind === 'restart-agents' ? calmAfterStartsMs : calmMs),
      signal,
    );
    const fromMs = during?.beganAtMs ?? injectedAtMs;
    const endMs = restoreAfterMs === 'never' ? Date.now() : (during?.restoredAtMs ?? restoredAtMs);
    const outcome: FaultOutcome = {
      fault,
      gone: disturbance.gone,
      unnoticed: disturbance.unnoticed,
      tablesKept,
      keepsConnections: disturbance.keepsConnections,
      injectedAtMs,
      restoredAtMs: restoreAfterMs === 'never' ? Date.now() : restoredAtMs,
      endedAtMs: Date.now(),
      detectedMs,
      settledMs,
      recoveredMs,
      unlike,
      tablesChanged: watch.difference(),
      declared: change && { ...change, lost: await lostOf(lab) },
      during,
      sightings: sightings(lab.control.between(fromMs, Number.POSITIVE_INFINITY), {
        injectedAtMs: fromMs,
        restoredAtMs: endMs,
      }),
      pace: lab.pace.between(injectedAtMs - paceBeforeMs),
    };
    const whole = isBeside(fault)
      ? decision.then((times) => ({ ...outcome, ...times }))
      : Promise.resolve(outcome);
    whole.catch(() => {});
    return { outcome, whole };
  } finally {
    watch.stop();
  }
}

type Decision = Pick<FaultOutcome, 'detectedMs' | 'settledMs'>;

const undecided: Decision = { detectedMs: undefined, settledMs: undefined };

/** From the injection until it is noticed, and until those who decide have finished. */
async function watchDecision(
  disturbance: Disturbance,
  goesOn: boolean,
  injectedAtMs: number,
  lab: Lab,
): Promise<Decision> {
  const { signal } = lab;
  const since = (): number => Date.now() - injectedAtMs;
  const noticed = await waitUntil(() => heldBy(disturbance.noticed), {
    limitMs: atPace(lab, goesOn ? besideLimitMs : disturbance.noticeLimitMs),
    everyMs: goesOn ? besideLookMs : disturbance.lookEveryMs,
    signal,
  });
  if (noticed === undefined) return undecided;
  const detectedMs = since();
  const settled = await waitUntil(() => heldBy(disturbance.settled), {
    limitMs: atPace(lab, goesOn ? besideLimitMs : settleLimitMs),
    everyMs: goesOn ? besideLookMs : slowLookMs,
    signal,
  });
  return { detectedMs, settledMs: settled === undefined ? undefined : since() };
}

/** Nobody may be in time to answer at once on a slow machine, though all is whole. */
async function beginDeclaring(lab: Lab): Promise<void> {
  let reason: unknown;
  const begun = await waitUntil(
    async () => {
      try {
        await lab.declared.begin(lab.admin);
        return true;
      } catch (error) {
        if (!isAway(error)) throw error;
        reason = error;
        return false;
      }
    },
    { limitMs: atPace(lab, changeLimitMs), everyMs: slowLookMs, signal: lab.signal },
  );
  if (begun === undefined) throw reason;
}

/** An operator tries until it is taken; where nobody can take it, once. */
async function changeMeanwhile(lab: Lab, injectedAtMs: number): Promise<Omit<DeclaredOutcome, 'lost'>> {
  const isDue = fitnessNow(lab).fit.length > 0;
  let refusal: string | undefined;
  const limitMs = isDue ? atPace(lab, changeLimitMs) : 0;
  await waitUntil(
    async () => {
      refusal = await lab.declared.change(lab.admin);
      return refusal === undefined;
    },
    { limitMs, everyMs: slowLookMs, signal: lab.signal },
  );
  const takenMs = refusal === undefined ? Date.now() - injectedAtMs : undefined;
  return { isDue, takenMs, refusal: refusal ?? '' };
}

async function lostOf({ admins, declared }: Lab): Promise<string> {
  const words = [...admins.each].map(async ([name, admin]) => {
    const lost = await declared.lost(admin).catch((error: unknown) => messageOf(error));
    return lost === '' ? [] : [`${name}: ${lost}`];
  });
  return (await Promise.all(words)).flat().join('; ');
}

/** Compares all directors' tables with what they are now, for as long as it is not stopped. */
function watchTables(
  { tables }: Lab,
  kept: Disturbance['tablesKept'],
): { difference(): string; stop(): void } {
  if (kept === 'nothing') return { difference: () => '', stop: () => {} };
  const text = (): string => tables.text(kept === 'what carries');
  const before = text();
  let difference = '';
  const look = (): void => {
    const now = text();
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
