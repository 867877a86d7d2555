/** What whoever is asked has to ask others for. */
import type { CoordinatorPart } from '../../domain/status.ts';

/** Absent where one coordinator is all there is. */
export interface OtherCoordinators {
  /** Asks them what they know of their agents, where they do not tell it by themselves. Sentences on those that do not answer. */
  ask(): Promise<readonly string[]>;
  /** Whose words are shown, and how old they are. */
  parts(): readonly CoordinatorPart[];
  /** `host:port` of the one that leads; undefined where nobody does, or this one. */
  leaderAddress(): string | undefined;
}
