/**
 * Whether the way to one VIP of a real server is up. Two are asked through the tunnel: the agent there, by datagrams, and, once it
 * falls silent, the kernel there, by TCP handshakes (knocks). Up or down is the kernel's answer; of the agent, silence says only
 * that it is absent.
 */
import { type ProbeSettings, probePort } from '../domain/probe.ts';
import type { AgentPresence, KnockState, PathState } from '../domain/report.ts';

export type PathTiming = Pick<ProbeSettings, 'intervalMs' | 'downAfterMs' | 'goneAfterMs' | 'rise'>;

/** `refused` proves nothing: with the tunnel device down the kernel there refuses as well, in ICMP. */
export type KnockOutcome = 'handshake' | 'refused' | 'silent';

/** One round of handshakes that were really tried. Times are monotonic ms. */
export interface KnockRound {
  readonly startedMs: number;
  /** By then whoever lives should have answered. */
  readonly dueMs: number;
  /** The agent was silent when it began; else it was tried only to know whether knocks work here. */
  readonly inSilence: boolean;
  /** The last sign of life from anybody when it ended; undefined: none ever. */
  readonly heardMs: number | undefined;
  /** When the last question left that anybody has answered by then; undefined: none ever. */
  readonly askedMs: number | undefined;
  /** At TCP ports that should be open: those of services, and the probe port. */
  readonly open: readonly { readonly port: number; readonly outcome: KnockOutcome }[];
  /** At the port known to be closed; undefined where it was not asked this time. */
  readonly closed: KnockOutcome | undefined;
}

/** What happened, at a monotonic time in ms. A tick comes about once an interval. */
export type PathEvent =
  | { readonly kind: 'sent' | 'unsent' | 'farewell' | 'released'; readonly atMs: number }
  /** `provedMs`: until when the answer proves life, where it was read late; absent: until it was read. */
  | { readonly kind: 'answered'; readonly atMs: number; readonly provedMs?: number }
  | { readonly kind: 'knocked'; readonly atMs: number; readonly round: KnockRound }
  /** `heardMs` as in a round; `isHeld`: this director suspects itself, and condemns nobody. */
  | {
      readonly kind: 'tick';
      readonly atMs: number;
      readonly heardMs: number | undefined;
      readonly isHeld: boolean;
    };

/** A value: each event gives a new one. All times are monotonic ms. */
export interface PathHealth {
  readonly state: PathState;
  /** When the state became what it is. */
  readonly sinceMs: number;
  readonly agent: AgentPresence;
  /** The agent has answered since this real server was registered: before that, handshakes bring nothing up. */
  readonly wasHeard: boolean;
  readonly knock: KnockState;
  /** Trials in a row, while the agent answered, without a handshake. */
  readonly vainTrials: number;
  /** Silence of the agent counts from here: its last answer, or the first datagram, moved on by the director's own sleep. */
  readonly silentFromMs: number | undefined;
  /** Datagrams that have gone out since the last answer; silence to nothing says nothing. */
  readonly asked: number;
  /** The first round of handshakes that has failed since the last sign of life. Undefined: there is none. */
  readonly doubt: Pick<KnockRound, 'startedMs' | 'dueMs'> | undefined;
  readonly answersInRow: number;
  readonly lastTickMs: number | undefined;
  /** The last handshake that proved life. */
  readonly handshakeMs: number | undefined;
  readonly handshakesInRow: number;
  /** Handshakes that failed since the last sign of life, while somebody else was heard. */
  readonly missed: number;
  /** While down: death has been confirmed again and again from the first of these times to the second. */
  readonly confirmedFromMs: number | undefined;
  readonly confirmedMs: number | undefined;
  /** By port: failed handshakes in a row while the agent was absent. */
  readonly portMisses: ReadonlyMap<number, number>;
  /** Ports of services that have completed a handshake: silence of others may be a filter's. */
  readonly answeringPorts: ReadonlySet<number>;
}

const noMisses: ReadonlyMap<number, number> = new Map();

export function initialPathHealth(nowMs: number): PathHealth {
  return {
    state: 'unknown',
    sinceMs: nowMs,
    agent: 'unknown',
    wasHeard: false,
    knock: 'unknown',
    vainTrials: 0,
    silentFromMs: undefined,
    asked: 0,
    doubt: undefined,
    answersInRow: 0,
    lastTickMs: undefined,
    handshakeMs: undefined,
    handshakesInRow: 0,
    missed: 0,
    confirmedFromMs: undefined,
    confirmedMs: undefined,
    portMisses: noMisses,
    answeringPorts: new Set(),
  };
}

/** A sign of life ends what spoke against it. */
const noDoubt = { doubt: undefined, missed: 0, confirmedFromMs: undefined, confirmedMs: undefined };

/** Where no knock proves anything, silence of datagrams must do, and last so much longer. */
const datagramsAlone = 5;
/** Datagrams without an answer, and intervals of silence. */
const suspectAfter = 2;
/** One lost packet condemns nobody. */
const missesToCondemn = 2;
const missesOfPort = 2;
/** One lost trial says nothing about a way. */
const trialsInVain = 2;
/** Death that was not confirmed for longer is confirmed anew. */
const confirmationGapMs = 3_000;

/**
 * - the first answer of all brings the path up at once; after that `rise` answers in a row do, or as many handshakes, where the
 *   agent was ever heard
 * - down: datagrams are silent for `downAfterMs`, as many of them as go out in that time, and two handshakes fail that were tried
 *   after somebody else had been heard since. Where knocks prove nothing, five times that silence, while others are heard
 * - gone: `goneAfterMs` of confirmed death
 * - a director that was itself asleep (its ticks more than two intervals apart) counts of that time one interval only
 */
export function nextPathHealth(health: PathHealth, event: PathEvent, timing: PathTiming): PathHealth {
  switch (event.kind) {
    case 'sent':
      return sent(health, event.atMs);
    case 'unsent':
      return { ...health, asked: Math.max(0, health.asked - 1) };
    case 'answered':
      return answered(health, event, timing);
    case 'farewell':
      return { ...health, agent: 'absent' };
    case 'released':
      return released(health, event.atMs);
    case 'knocked':
      return knocked(health, event.atMs, event.round, timing);
    case 'tick':
      return ticked(health, event, timing);
  }
}

/** The agent owes an answer: now the kernel is worth a question. */
export function isSuspect(
  { agent, asked, silentFromMs }: PathHealth,
  atMs: number,
  timing: PathTiming,
): boolean {
  if (agent === 'absent') return true;
  return (
    asked >= suspectAfter &&
    silentFromMs !== undefined &&
    atMs >= silentFromMs + suspectAfter * timing.intervalMs
  );
}

/** When it will owe one, if it answers nothing of what it has been asked; undefined: too little for that. */
export function suspectAtMs(
  { agent, asked, silentFromMs }: PathHealth,
  timing: PathTiming,
): number | undefined {
  if (agent === 'absent' || asked < suspectAfter || silentFromMs === undefined) return undefined;
  return silentFromMs + suspectAfter * timing.intervalMs;
}

/** Whether knocks say that nobody serves this port, while the agent can't. */
export function isPortDead({ agent, portMisses }: PathHealth, port: number): boolean {
  return agent !== 'present' && (portMisses.get(port) ?? 0) >= missesOfPort;
}

/** The last sign of life, of agent or kernel; undefined: never asked. */
export function aliveMs({ silentFromMs, handshakeMs }: PathHealth): number | undefined {
  if (silentFromMs === undefined || handshakeMs === undefined) return silentFromMs ?? handshakeMs;
  return Math.max(silentFromMs, handshakeMs);
}

function sent(health: PathHealth, atMs: number): PathHealth {
  return { ...health, asked: health.asked + 1, silentFromMs: health.silentFromMs ?? atMs };
}

/** An answer that this director was too busy to read at once: what was asked after it was given is still without one. */
function answered(
  health: PathHealth,
  { atMs, provedMs = atMs }: Extract<PathEvent, { kind: 'answered' }>,
  { rise, intervalMs }: PathTiming,
): PathHealth {
  const answersInRow = health.answersInRow + 1;
  const isUp = health.state === 'up' || health.state === 'unknown' || answersInRow >= rise;
  const heard: PathHealth = {
    ...health,
    agent: 'present',
    wasHeard: true,
    answersInRow,
    silentFromMs: Math.max(provedMs, health.silentFromMs ?? provedMs),
    asked: Math.min(health.asked, Math.floor((atMs - provedMs) / intervalMs)),
    ...noDoubt,
    portMisses: noMisses,
  };
  return changed(heard, isUp ? 'up' : health.state, atMs);
}

/** What was held against itself is over: everybody has as long as ever to answer. */
function released(health: PathHealth, atMs: number): PathHealth {
  const silentFromMs = health.silentFromMs === undefined ? undefined : atMs;
  const confirmedFromMs = health.confirmedFromMs === undefined ? undefined : atMs;
  return { ...health, silentFromMs, asked: 0, doubt: undefined, missed: 0, confirmedFromMs };
}

function knocked(health: PathHealth, atMs: number, round: KnockRound, timing: PathTiming): PathHealth {
  const hasHandshake = round.open.some(({ outcome }) => outcome === 'handshake');
  const next = { ...health, ...knockState(health, round, hasHandshake) };
  if (next.knock === 'proxied') return { ...next, portMisses: noMisses, missed: 0 };
  if (hasHandshake && next.knock === 'works') return alive({ ...next, ...ports(next, round) }, atMs, timing);
  const isSilent = round.inSilence && isSuspect(health, atMs, timing);
  if (!isSilent || round.open.length === 0) return next;
  const { startedMs, dueMs } = round;
  const doubt = next.doubt ?? { startedMs, dueMs };
  const isWitnessed = isHeardSince(doubt, round, timing);
  const missed = isWitnessed ? next.missed + round.open.length : next.missed;
  const failed = { ...next, handshakesInRow: 0, doubt, missed };
  return isWitnessed ? condemned(failed, atMs, timing, true) : failed;
}

/**
 * Somebody else was heard after this one should have answered a handshake, and lately: then it is not this director that is deaf. Of one
 * that was only asked, the answer may have been on its way when this director was cut off. Nor is it mute: somebody answers what it
 * asked after that handshake began.
 */
function isHeardSince(
  doubt: Pick<KnockRound, 'startedMs' | 'dueMs'>,
  { heardMs, askedMs, startedMs }: KnockRound,
  { downAfterMs }: PathTiming,
): boolean {
  if (heardMs === undefined || askedMs === undefined) return false;
  return heardMs > doubt.dueMs && askedMs > doubt.startedMs && startedMs - heardMs < 2 * downAfterMs;
}

function knockState(
  { knock, vainTrials }: PathHealth,
  { closed, inSilence }: KnockRound,
  hasHandshake: boolean,
): Pick<PathHealth, 'knock' | 'vainTrials'> {
  if (closed === 'handshake') return { knock: 'proxied', vainTrials: 0 };
  // Without that proof a handshake may be a middlebox's.
  if (closed === undefined && knock !== 'works') return { knock, vainTrials };
  if (hasHandshake) return { knock: 'works', vainTrials: 0 };
  // In silence the dead don't answer either; what was known stands.
  if (inSilence) return { knock: knock === 'proxied' ? 'unknown' : knock, vainTrials };
  const isVain = vainTrials + 1 >= trialsInVain;
  return { knock: isVain ? 'unanswered' : knock, vainTrials: vainTrials + 1 };
}

function alive(health: PathHealth, atMs: number, { rise }: PathTiming): PathHealth {
  const handshakesInRow = health.handshakesInRow + 1;
  const next = { ...health, ...noDoubt, handshakeMs: atMs, handshakesInRow };
  const returns = health.wasHeard && handshakesInRow >= rise;
  return changed(next, isDead(health) && returns ? 'up' : health.state, atMs);
}

/** Only while the agent is silent: otherwise its word on each port counts, and knocks only show that they work. */
function ports({ portMisses, answeringPorts }: PathHealth, { open }: KnockRound) {
  const misses = new Map(portMisses);
  const answering = new Set(answeringPorts);
  for (const { port, outcome } of open) {
    // A host without a socket there is none the worse for it: its services' ports tell enough.
    if (port === probePort) continue;
    if (outcome === 'handshake') {
      misses.delete(port);
      answering.add(port);
    } else if (outcome === 'refused' || answering.has(port)) misses.set(port, (misses.get(port) ?? 0) + 1);
  }
  return { portMisses: misses, answeringPorts: answering };
}

function ticked(
  health: PathHealth,
  event: Extract<PathEvent, { kind: 'tick' }>,
  timing: PathTiming,
): PathHealth {
  const { atMs } = event;
  const gapMs = health.lastTickMs === undefined ? 0 : atMs - health.lastTickMs;
  const sleptMs = gapMs > 2 * timing.intervalMs ? gapMs - timing.intervalMs : 0;
  // An answer that came within the sleep has set the start later than the sleep's: never past now.
  const moved = (fromMs: number | undefined) =>
    fromMs === undefined ? undefined : Math.min(atMs, fromMs + sleptMs);
  const silentFromMs = moved(health.silentFromMs);
  const silentMs = silentFromMs === undefined || health.asked === 0 ? 0 : atMs - silentFromMs;
  const answersInRow = silentMs > 2 * timing.intervalMs ? 0 : health.answersInRow;
  const isLong = silentMs >= timing.downAfterMs && isAskedEnough(health, timing);
  const next: PathHealth = {
    ...health,
    silentFromMs,
    handshakeMs: moved(health.handshakeMs),
    answersInRow,
    lastTickMs: atMs,
    agent: isLong ? 'absent' : health.agent,
  };
  if (event.isHeld) return next;
  if (next.knock === 'works') return condemned(next, atMs, timing, false);
  return silenced(next, event, timing);
}

/** By knocks: those that failed have been counted, and silence must have lasted. `isNews`: one has just failed. */
function condemned(health: PathHealth, atMs: number, timing: PathTiming, isNews: boolean): PathHealth {
  const fromMs = aliveMs(health);
  const isOver =
    health.knock === 'works' &&
    health.missed >= missesToCondemn &&
    fromMs !== undefined &&
    atMs - fromMs >= timing.downAfterMs &&
    isAskedEnough(health, timing);
  if (!isOver || (isDead(health) && !isNews)) return health;
  return expired(dead(health, fromMs, atMs), atMs, timing);
}

/** By datagrams alone: others are heard, this one is not, for long. */
function silenced(
  health: PathHealth,
  { atMs, heardMs }: Extract<PathEvent, { kind: 'tick' }>,
  timing: PathTiming,
): PathHealth {
  const fromMs = aliveMs(health);
  if (fromMs === undefined || heardMs === undefined || !isAskedEnough(health, timing)) return health;
  const isHearing = heardMs > fromMs + timing.intervalMs && atMs - heardMs < timing.downAfterMs;
  if (!isHearing || atMs - fromMs < datagramsAlone * timing.downAfterMs) return health;
  return expired(dead(health, fromMs, atMs), atMs, timing);
}

function isAskedEnough({ asked, agent, wasHeard }: PathHealth, timing: PathTiming): boolean {
  return (agent === 'absent' && wasHeard) || asked >= Math.floor(timing.downAfterMs / timing.intervalMs);
}

function dead(health: PathHealth, silentFromMs: number, atMs: number): PathHealth {
  const { confirmedMs, confirmedFromMs } = health;
  const goesOn = isDead(health) && confirmedMs !== undefined && atMs - confirmedMs <= confirmationGapMs;
  const fromMs = isDead(health) ? (goesOn ? confirmedFromMs : atMs) : silentFromMs;
  const next = { ...health, confirmedFromMs: fromMs, confirmedMs: atMs };
  // Gone stays gone until answers bring the path back.
  return changed(next, health.state === 'gone' ? 'gone' : 'down', atMs);
}

/** Only a fresh confirmation ends it: whoever was last confirmed a while ago may have returned. */
function expired(health: PathHealth, atMs: number, { goneAfterMs }: PathTiming): PathHealth {
  const isLong = health.confirmedFromMs !== undefined && atMs - health.confirmedFromMs >= goneAfterMs;
  return isLong ? changed(health, 'gone', atMs) : health;
}

function isDead({ state }: PathHealth): boolean {
  return state === 'down' || state === 'gone';
}

function changed(health: PathHealth, state: PathState, atMs: number): PathHealth {
  return state === health.state ? health : { ...health, state, sinceMs: atMs };
}
