/** How far what was asked for has come: which agents have applied it, which refuse, who is still awaited. Pure. */
import type { AgentStatus, HandoverStatus, Status } from '../domain/status.ts';

export interface Rollout {
  /** The coordinator has told agents all of it. */
  readonly isPublished: boolean;
  readonly applied: readonly AgentStatus[];
  readonly refused: readonly AgentStatus[];
  /** Connected, and neither. */
  readonly pending: readonly AgentStatus[];
  /** Not connected, and not known to have it: they will follow. */
  readonly absent: readonly AgentStatus[];
  /** Changes that hosts make one after the other, so that none is without the other: whom each of them waits for. */
  readonly handovers: readonly string[];
}

/** `revision`: of the store, at which it was asked for. */
export function rolloutOf(status: Status, revision: number): Rollout {
  const { agents, publishedRevision = 0, handovers = [] } = status;
  const has = ({ wantedVersion, appliedVersion }: AgentStatus): boolean =>
    wantedVersion > 0 && wantedVersion === appliedVersion;
  const present = agents.filter(({ connected }) => connected);
  const behind = present.filter((agent) => !has(agent));
  return {
    isPublished: publishedRevision >= revision,
    applied: present.filter(has),
    refused: behind.filter(({ refusal }) => refusal !== ''),
    pending: behind.filter(({ refusal }) => refusal === ''),
    absent: agents.filter(({ connected }) => !connected),
    // What waits for agents that are away, or unwilling, goes on when they do: the status tells.
    handovers: handovers.filter(({ stuck }) => !stuck).map(handoverText),
  };
}

/** `Service/web: old and new side by side, until realserver fra-r1 has it`. */
export function handoverText({ kind, name, waitsFor }: HandoverStatus): string {
  const who = waitsFor.slice(0, mostNames).join(', ');
  const more = waitsFor.length > mostNames ? ` and ${waitsFor.length - mostNames} more` : '';
  if (who === '') return `${kind}/${name}: served as before, until a real server carries its labels`;
  return `${kind}/${name}: old and new side by side, until it is applied by ${who}${more}`;
}

const mostNames = 5;

export function isOver({ isPublished, pending, handovers }: Rollout): boolean {
  return isPublished && pending.length === 0 && handovers.length === 0;
}
