/** Who may come by a name from another address than the one that it is registered for: nobody, while the one there may be alive. */
import type { AgentHello } from '../../domain/agent-message.ts';
import type { Clock } from '../../domain/clock.ts';
import { CausewayError } from '../../domain/error.ts';
import { roles } from '../../domain/role.ts';
import type { AgentWords } from '../../plan/observe/agent-word.ts';
import { pathsByName } from '../../plan/observe/path-states.ts';
import type { StoreView } from '../view/store-view.ts';

export interface NameGuardOptions {
  readonly view: Pick<StoreView, 'member'>;
  readonly agents: AgentWords;
  readonly clock: Clock;
  /** Since the epoch: who was seen before, is not known. */
  readonly startedMs: number;
}

export interface NameGuard {
  /** Throws `conflict` with what to do. */
  check(hello: AgentHello): void;
  /** A sentence for each who was turned away of late. */
  troubles(): string[];
}

/**
 * A host that is gone for so long may have another address when it comes back, or another host its name. Before that, and after
 * a restart of the coordinator when nobody has called yet, a copy of a machine that calls first would take the name of the machine.
 */
const absenceMinutes = 10;
const toldForMs = 60_000;
const toldAtMost = 20;

export function createNameGuard({ view, agents, clock, startedMs }: NameGuardOptions): NameGuard {
  /** By role and name; the oldest make room. */
  const turnedAway = new Map<string, { readonly sentence: string; readonly atMs: number }>();

  function reasonAgainst({ role, name, address }: AgentHello): string | undefined {
    const registered = view.member(role, name)?.value;
    if (registered === undefined || registered.address === address) return undefined;
    const holder = agents.find(role, name);
    const remedy = `give this host (${address}) another name`;
    if (holder?.isConnected === true)
      return `the name is taken by ${registered.address}, which is connected: ${remedy}`;
    const gone = `or, where ${registered.address} is gone for good, run causeway delete ${role} ${name}`;
    if (role === 'realserver' && isReached(name))
      return `the name is that of ${registered.address}, which a director reaches: ${remedy}, ${gone}`;
    const absentMs = clock.nowMs() - (holder?.lastSeenMs || startedMs);
    if (absentMs >= absenceMinutes * 60_000) return undefined;
    return `the name is that of ${registered.address}, which has not called for ${Math.floor(absentMs / 1_000)} s: ${remedy}, ${gone}; after ${absenceMinutes} min without it the name is free`;
  }

  function isReached(realServer: string): boolean {
    return agents.connected('director').some(({ report }) => {
      const path = pathsByName(report).get(realServer);
      return path?.state === 'up';
    });
  }

  return {
    check(hello) {
      const { role, name } = hello;
      const key = `${role} ${name}`;
      const reason = reasonAgainst(hello);
      turnedAway.delete(key);
      if (reason === undefined) return;
      const [oldest] = turnedAway.keys();
      if (turnedAway.size >= toldAtMost && oldest !== undefined) turnedAway.delete(oldest);
      turnedAway.set(key, {
        sentence: `${roles[role].title} ${name} is turned away: ${reason}`,
        atMs: clock.nowMs(),
      });
      throw new CausewayError({
        code: 'conflict',
        operation: `register ${role}`,
        subject: name,
        message: reason,
      });
    },
    troubles: () =>
      [...turnedAway.values()]
        .filter(({ atMs }) => clock.nowMs() - atMs < toldForMs)
        .map(({ sentence }) => sentence),
  };
}
