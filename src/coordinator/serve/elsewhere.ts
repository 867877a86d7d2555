/** What whoever is asked has to ask others for. */
import type { CoordinatorPart } from '../../domain/status.ts';

/** Absent where one coordinator is all there is. */
export interface OtherCoordinators {
  /** Asks them what they know of their agents, where they do not tell it by themselves. Sentences on those that do not answer. */
  ask(): Promise<readonly string[]>;
  /** Whose words are shown, how old they are, and up to which revision of the store they have told their agents. */
  parts(): readonly (CoordinatorPart & { readonly publishedRevision: number })[];
  /** `host:port` of the one that leads; undefined where nobody does, or this one. */
  leaderAddress(): string | undefined;
}
