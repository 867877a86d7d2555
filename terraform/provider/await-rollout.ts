/** How an apply waits until every agent has done, or refused, what was asked for. */
import type { Clock } from '../../src/domain/clock.ts';
import { CausewayError } from '../../src/domain/error.ts';
import type { AgentStatus } from '../../src/domain/status.ts';
import { isOver, rolloutOf } from '../../src/plan/rollout.ts';
import { pause } from '../../src/runtime/pause.ts';
import type { Coordinators } from './coordinators.ts';

export interface Waiting {
  readonly coordinators: Coordinators;
  readonly clock: Clock;
  readonly limitMs: number;
  /** The user has interrupted it. */
  readonly signal: AbortSignal;
}

const lookIntervalMs = 250;

/** Why it is not everywhere, each a line; none: it is, or will be where an agent is not connected. `revision`: of the store, at which it was asked for. */
export async function awaitRollout(revision: number, waiting: Waiting): Promise<readonly string[]> {
  const { clock, limitMs, signal } = waiting;
  const begunMs = clock.monotonicMs();
  let missing = ['No coordinator answers just now.'];
  for (;;) {
    const status = await look(waiting);
    // One that does not say how far it is can't be waited for.
    if (status !== undefined && status.publishedRevision === undefined) return [];
    if (status !== undefined) {
      const rollout = rolloutOf(status, revision);
      const refused = rollout.refused.map((agent) => `${whoIs(agent)} refuses: ${agent.refusal}`);
      if (isOver(rollout)) return refused;
      const isTold = rollout.isPublished ? [] : ['The agents are not all told yet.'];
      const pending = rollout.pending.map((agent) => `${whoIs(agent)} has not said yet.`);
      missing = [...refused, ...isTold, ...pending, ...rollout.handovers];
    }
    if (signal.aborted) return [...missing, 'Interrupted: it stands, and agents go on with it.'];
    if (clock.monotonicMs() - begunMs >= limitMs)
      return [...missing, `Not everywhere within ${limitMs / 1_000} s: it stands, and agents go on with it.`];
    await pause(clock, lookIntervalMs, signal);
  }
}

/** What was asked for is in the store: a coordinator that is away meanwhile goes on with it when it returns. */
async function look({ coordinators }: Waiting) {
  try {
    return await coordinators.ask((admin) => admin.status({ isSummary: true }));
  } catch (error) {
    if (error instanceof CausewayError && (error.code === 'unavailable' || error.code === 'deadline'))
      return undefined;
    throw error;
  }
}

function whoIs({ role, name }: AgentStatus): string {
  return `${role} ${name}`;
}
