/** How a command waits until every agent has done, or refused, what it asked for. */
import { CausewayError } from '../domain/error.ts';
import type { AgentStatus, Status } from '../domain/status.ts';
import { isOver, type Rollout, rolloutOf } from '../plan/rollout.ts';
import { pause } from '../runtime/pause.ts';
import type { Admin } from './io.ts';
import { counted, Refusal } from './refusal.ts';
import type { Session } from './session.ts';
import { singleLine } from './table.ts';

const lookIntervalMs = 200;
/** Before the first answer. */
const nothingKnown: Rollout = {
  isPublished: false,
  applied: [],
  refused: [],
  pending: [],
  absent: [],
  handovers: [],
};
/** Where nobody says how long. */
export const defaultWaitSeconds = 120;

/**
 * Tells on standard error how it goes on. Throws `Refusal` with the agents that refuse, with those that have said nothing in time, or
 * where the user interrupts it: what was asked for stands all the same. `revision`: of the store, at which it was asked for.
 */
export async function awaitAgents(admin: Admin, session: Session, revision: number): Promise<void> {
  const { io } = session;
  const limitMs = session.waitMs;
  const begunMs = io.clock.monotonicMs();
  let signal: AbortSignal | undefined;
  let rollout = nothingKnown;
  let told = '';
  for (;;) {
    const status = await statusOrSilence(admin);
    // An older coordinator does not say how far it is: then nothing that agents say is known to be about this.
    if (status !== undefined && status.publishedRevision === undefined) return;
    rollout = status === undefined ? rollout : rolloutOf(status, revision);
    if (status !== undefined && isOver(rollout)) return conclude(rollout, session, told !== '');
    const progress =
      status === undefined ? 'the coordinator does not answer just now' : progressText(rollout);
    if (progress !== told) io.stderr(`${progress}\n`);
    told = progress;
    // From here on an interruption is heard here, and no more by whoever ends programs.
    signal ??= io.interruption();
    if (io.clock.monotonicMs() - begunMs >= limitMs) {
      throw new Refusal([
        ...refusalLines(rollout.refused),
        ...rollout.pending.map((agent) => `${whoIs(agent)}: has not said yet`),
        ...rollout.handovers,
        `not everywhere within ${limitMs / 1_000} s; it stands, and agents go on with it: causeway status`,
      ]);
    }
    await pause(io.clock, lookIntervalMs, signal);
    if (signal.aborted) {
      throw new Refusal([
        ...refusalLines(rollout.refused),
        `interrupted: it stands, and agents go on with it (${progressText(rollout)}): causeway status`,
      ]);
    }
  }
}

/** What was asked for is in the store: a coordinator that is away meanwhile, perhaps upgraded, goes on with it when it returns. */
async function statusOrSilence(admin: Admin): Promise<Status | undefined> {
  try {
    return await admin.status({ isSummary: true });
  } catch (error) {
    if (error instanceof CausewayError && (error.code === 'unavailable' || error.code === 'deadline'))
      return undefined;
    throw error;
  }
}

function conclude({ applied, refused, absent }: Rollout, { io }: Session, hasWaited: boolean): void {
  if (refused.length > 0) {
    throw new Refusal([
      ...refusalLines(refused),
      `refused by ${counted(refused.length, 'agent')}: they stay as they were, the others have it; causeway status`,
    ]);
  }
  if (hasWaited) io.stderr(`${counted(applied.length, 'agent')} up to date${absentText(absent)}\n`);
}

function absentText(absent: readonly AgentStatus[]): string {
  return absent.length === 0 ? '' : `; ${counted(absent.length, 'agent')} not connected will follow`;
}

function progressText({ isPublished, applied, refused, pending, handovers, absent }: Rollout): string {
  if (!isPublished) return 'telling the agents';
  const parts = [
    `${counted(applied.length, 'agent')} up to date`,
    ...(pending.length > 0 ? [`waiting for ${namesOf(pending)}`] : []),
    ...(refused.length > 0 ? [`${refused.length} refused`] : []),
    ...handovers,
  ];
  return `${parts.join(', ')}${absentText(absent)}`;
}

const mostNames = 5;

function namesOf(agents: readonly AgentStatus[]): string {
  const names = agents.slice(0, mostNames).map(whoIs).join(', ');
  return agents.length > mostNames ? `${names} and ${agents.length - mostNames} more` : names;
}

function refusalLines(refused: readonly AgentStatus[]): string[] {
  return refused.map((agent) => `${whoIs(agent)}: refuses: ${singleLine(agent.refusal)}`);
}

function whoIs({ role, name }: AgentStatus): string {
  return `${role} ${name}`;
}
