/** When a director knocks at one VIP of a real server, and at which ports. Where datagrams are answered, hardly ever. */
import { probePort } from '../domain/probe.ts';
import { isSuspect, type KnockRound, type PathHealth, type PathTiming, suspectAtMs } from './path-health.ts';

/** What is remembered of the rounds so far. Times are monotonic ms. */
export interface KnockCourse {
  /** When the last round ended; undefined: there was none. */
  readonly endedMs: number | undefined;
  /** When the closed port was last tried. */
  readonly closedMs: number | undefined;
  /** Rounds so far: of many ports, each has its turn. */
  readonly rounds: number;
}

export interface KnockPlan {
  readonly inSilence: boolean;
  /** Much depends on it: whoever knocks makes sure of its own means first. Else the kernel there was alive a moment ago. */
  readonly isDoubt: boolean;
  readonly open: readonly number[];
  readonly closed: boolean;
}

export interface KnockTimes {
  /** Whoever lives has answered by then, as a rule. */
  readonly dueAfterMs: number;
  /** A handshake that takes longer failed. */
  readonly timeoutMs: number;
}

export const noKnocks: KnockCourse = { endedMs: undefined, closedMs: undefined, rounds: 0 };

/** Whether knocks work is tried again so long after; and sooner where that is not known, or they did not: until then silence is judged by datagrams alone, which takes longer. */
const trialEveryMs = 60_000;
const unsureTrialEveryMs = 2_000;
/** A middlebox may come at any time. */
const closedEveryMs = 10_000;
/** A refused knock is over at once: not a loop without a rest. */
const suspectEveryMs = 50;
const deadEveryMs = 1_000;
const returningEveryMs = 200;
/** In so many everybody who lives is heard: one that is missed costs another round of knocks. */
const witnessIntervals = 9 / 8;
const handshake = { marginMs: 10, unknownMs: 70, leastMs: 200, mostMs: 1_000 };
/** Of a VIP of more TCP ports so many are knocked at in one round. */
const portLimit = 32;

/** `tcpPorts`: as the real server listens. `absentEveryMs`: from one knock to the next where only the agent is missing. */
export function nextKnock(
  health: PathHealth,
  course: KnockCourse,
  tcpPorts: readonly number[],
  absentEveryMs: number,
  timing: PathTiming,
  atMs: number,
): KnockPlan | undefined {
  const restedMs = course.endedMs === undefined ? Number.POSITIVE_INFINITY : atMs - course.endedMs;
  const inSilence = isSuspect(health, atMs, timing);
  if (restedMs < restOf(health, inSilence, absentEveryMs)) return undefined;
  const ports = portsOf(tcpPorts, course.rounds);
  if (!inSilence) {
    if (health.state !== 'up') return undefined;
    // The probe port will do; where nobody listens there, a service's will.
    const open = health.vainTrials === 0 ? [probePort] : [probePort, ...ports];
    return { inSilence, isDoubt: true, open, closed: true };
  }
  const closed =
    health.knock !== 'works' || course.closedMs === undefined || atMs - course.closedMs >= closedEveryMs;
  // A doubt that nobody else can settle, where this is the only one, is settled by the host itself: its probe port is asked as well.
  const isCertain = isAlive(health) && health.doubt === undefined;
  const isWell = isCertain && health.portMisses.size === 0 && ports.length > 0;
  return { inSilence, isDoubt: !isWell, open: isWell ? ports : [probePort, ...ports], closed };
}

/**
 * When to look for a knock between two rounds of probes: a round comes with a datagram, and silence since the last answer is as old as
 * it must be a round trip later. Undefined: the next round of probes is soon enough.
 */
export function nextLookMs(health: PathHealth, timing: PathTiming, atMs: number): number | undefined {
  const dueMs = suspectAtMs(health, timing);
  // An answer that takes a little longer than the last one did is no silence.
  const lookMs = dueMs === undefined ? undefined : dueMs + timing.intervalMs / 8;
  return lookMs === undefined || lookMs <= atMs || lookMs > atMs + timing.intervalMs ? undefined : lookMs;
}

/**
 * A handshake is one round trip of two kernels: due a little after nine of ten datagrams are answered, later where that was never
 * measured (0 µs). It is waited for as long again as it takes to hear everybody who lives, some of them late; for a lost SYN that comes again it is not.
 */
export function knockTimes(rttP90Us: number, { intervalMs }: PathTiming): KnockTimes {
  const { marginMs, unknownMs, leastMs, mostMs } = handshake;
  const dueAfterMs = rttP90Us === 0 ? unknownMs : rttP90Us / 1_000 + marginMs;
  return {
    dueAfterMs,
    timeoutMs: Math.min(mostMs, Math.max(leastMs, dueAfterMs + witnessIntervals * intervalMs)),
  };
}

/** The course after a round that ended now; `round` undefined: it could not be tried. */
export function nextCourse(course: KnockCourse, round: KnockRound | undefined, atMs: number): KnockCourse {
  const closedMs = round?.closed === undefined ? course.closedMs : atMs;
  return { endedMs: atMs, closedMs, rounds: course.rounds + 1 };
}

function portsOf(tcpPorts: readonly number[], rounds: number): readonly number[] {
  if (tcpPorts.length <= portLimit) return tcpPorts;
  const from = (rounds * portLimit) % tcpPorts.length;
  return [...tcpPorts, ...tcpPorts].slice(from, from + portLimit);
}

/** Since the agent fell silent the kernel there has answered, and whatever was asked last. */
function isAlive({ handshakeMs, silentFromMs, missed }: PathHealth): boolean {
  return missed === 0 && handshakeMs !== undefined && handshakeMs > (silentFromMs ?? 0);
}

function restOf(health: PathHealth, inSilence: boolean, absentEveryMs: number): number {
  // Of a trial that could not be made, in the bustle of a start, nothing is known either.
  if (!inSilence)
    return health.vainTrials > 0 || health.knock === 'unknown' ? unsureTrialEveryMs : trialEveryMs;
  if (health.state === 'down' || health.state === 'gone')
    return health.handshakesInRow > 0 ? returningEveryMs : deadEveryMs;
  const isDoubtful = [...health.portMisses.values()].includes(1);
  return isAlive(health) && !isDoubtful ? absentEveryMs : suspectEveryMs;
}
