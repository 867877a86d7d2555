/** What whoever is asked must know of agents that do not answer, by whomever it is watched. */
import type { UnsupervisedServer } from '../../domain/status.ts';
import type { World } from '../../domain/world.ts';

export interface Supervised {
  /** Since when (epoch) the director has reached this real server without an answer of its agent; undefined where it has one. */
  absentSinceMs(director: string, realServer: string): number | undefined;
  /** By name. */
  unsupervised(world: Pick<World, 'directors' | 'realServers'>, monotonicMs: number): UnsupervisedServer[];
}
