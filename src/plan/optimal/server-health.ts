/** Whether a real server can carry a service, as everybody who looks at it says together. */
import type { AppVerdict } from '../../domain/probe.ts';
import type { PathState } from '../../domain/report.ts';
import type { ServerState } from '../estimate/panic.ts';

export interface Witnesses {
  /** Its own check of the service; unknown where it has not been heard of late. */
  readonly own: AppVerdict;
  /** The way to it as each connected director sees it. */
  readonly paths: readonly PathState[];
  /** What was made of it last. */
  readonly before: ServerState | undefined;
}

/**
 * Its own word that it fails is enough: nobody is nearer. That it can't be reached takes two directors, as one alone may have
 * lost its own way. Where nobody says anything (a coordinator that was cut off, or has just begun), it stays what it was; and
 * whoever was never judged counts as well: no director sends there before it has seen for itself, and a plan without it would
 * have to be taken back in steps.
 */
export function serverState({ own, paths, before }: Witnesses): ServerState {
  if (own === 'unhealthy') return 'confirmed';
  if (!paths.includes('up')) {
    const failing = paths.filter((state) => state === 'down' || state === 'gone').length;
    if (failing >= 2) return 'confirmed';
    if (failing === 1) return 'unknown';
  }
  return own === 'healthy' ? 'healthy' : (before ?? 'healthy');
}
