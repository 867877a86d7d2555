/** What is known of agents by whoever answers for them. */
import type { AgentRole } from '../../domain/role.ts';
import type { AgentWords } from '../../plan/observe/agent-word.ts';

export interface KnownAgents extends AgentWords {
  /** As they are now, for work that others have turns in. */
  copy(): AgentWords;
  /** Whoever is neither connected nor a member any more is forgotten. */
  keepMembers(isMember: (role: AgentRole, name: string) => boolean): void;
}
