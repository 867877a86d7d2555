/** Whether a real server can carry a service, as everybody who looks at it says together. */
import type { AppVerdict } from '../../domain/probe.ts';
import type { PathState } from '../../domain/report.ts';
import type { ServerState } from '../estimate/panic.ts';
import { destinationHealth } from '../health.ts';

export interface Witnesses {
  /** Its own check of the service; unknown where it has not been heard of late. */
  readonly own: AppVerdict;
  /** The way to it as each director sees it whose word counts. */
  readonly paths: readonly PathState[];
  /** What the directors that reach it have found of the service there; for where its own word is not known. */
  readonly seen: AppVerdict;
  /** What was made of it last. */
  readonly before: ServerState | undefined;
}

/**
 * Its own word that it fails is enough: nobody is nearer. That it can't be reached takes two directors, as one alone may have
 * lost its own way; once confirmed, one is enough for it to stay so until it is heard again. An agent that is silent is news
 * about the agent: what directors find there counts, and where nobody says anything (a coordinator that was cut off, or has
 * just begun) it stays what it was; and whoever was never judged counts as well: no director sends there before it has seen for
 * itself, and a plan without it would have to be taken back in steps.
 */
export function serverState({ own, paths, seen, before }: Witnesses): ServerState {
  if (own === 'unhealthy') return 'confirmed';
  if (!paths.includes('up')) {
    const failing = paths.filter((state) => state === 'down' || state === 'gone').length;
    if (failing >= 2) return 'confirmed';
    if (failing === 1) return own !== 'healthy' && before === 'confirmed' ? 'confirmed' : 'unknown';
  }
  switch (destinationHealth('up', own === 'unknown' ? seen : own)) {
    case 'healthy':
      return 'healthy';
    case 'unhealthy':
      return 'confirmed';
    case 'unknown':
      return before ?? 'healthy';
  }
}
