/** What weight a destination has right now: the planned one as far as health lets it. */
import type { Protocol } from '../domain/ipvs-table.ts';
import type { AppVerdict } from '../domain/probe.ts';
import type { PathState } from '../domain/report.ts';
import type { ServicePort } from '../domain/resource.ts';
import { destinationHealth } from './health.ts';

/** A director's own view of health; nobody is asked. */
export interface HealthView {
  /** The way to one VIP of it. */
  path(realServer: string, vip: string): PathState;
  /** On one service port at that VIP. */
  application(realServer: string, vip: string, port: ServicePort): AppVerdict;
}

export interface Candidate {
  readonly tier: number;
  readonly plannedWeight: number;
  /** Whether somebody ordered that it gets no new connections, and whether it has none left to wait for. */
  readonly drain: 'none' | 'going' | 'over';
  readonly path: PathState;
  readonly application: AppVerdict;
  /** Weight in the kernel now; undefined where the destination is not there. */
  readonly presentWeight: number | undefined;
}

/**
 * Weights in the order of the candidates; undefined where the destination is left out. The lowest tier that has a usable
 * destination carries the traffic, all others stand at 0. What is unknown stays as the kernel has it (fail static), so that
 * an agent that starts anew changes nothing. Where nobody is usable, whoever is only silent keeps what it has: silence may be
 * ours, and a refusal would help no client.
 */
export function effectiveWeights(
  candidates: readonly Candidate[],
  protocol: Protocol,
): readonly (number | undefined)[] {
  const usable = candidates.filter(isUsable);
  if (usable.length === 0) return candidates.map((candidate) => lastWeightOf(candidate, protocol));
  const activeTier = Math.min(...usable.map(({ tier }) => tier));
  return candidates.map((candidate) => weightOf(candidate, activeTier, protocol));
}

/** Whether anybody serves whom this director believes to be alive: only then are clients attracted. */
export function isServable(candidates: readonly Candidate[]): boolean {
  return candidates.some(isUsable);
}

function lastWeightOf(candidate: Candidate, protocol: Protocol): number | undefined {
  const { path, application, plannedWeight, drain, presentWeight } = candidate;
  const isSilent = path === 'down' || path === 'gone';
  const isLast =
    isSilent &&
    application !== 'unhealthy' &&
    plannedWeight > 0 &&
    drain === 'none' &&
    (presentWeight ?? 0) > 0;
  return isLast ? presentWeight : weightOf(candidate, Number.POSITIVE_INFINITY, protocol);
}

function weightOf(candidate: Candidate, activeTier: number, protocol: Protocol): number | undefined {
  const { tier, plannedWeight, drain, path, application, presentWeight } = candidate;
  // Only running connections keep a drained one: where the kernel has none of it, there are none.
  if (drain === 'over' || (drain === 'going' && presentWeight === undefined)) return undefined;
  switch (path) {
    case 'gone':
      // expire_nodest_conn resets its connections, so that their clients can reconnect elsewhere.
      return undefined;
    case 'down':
      return quiesced(protocol);
    case 'unknown':
      // Knocks at its port fail: that is known, whoever it is.
      if (application === 'unhealthy' && presentWeight !== undefined) return quiesced(protocol);
      // Drained all the same: the operator's word does not wait for a probe.
      return plannedWeight === 0 && presentWeight !== undefined ? 0 : presentWeight;
    case 'up':
      if (application === 'unhealthy') return quiesced(protocol);
      return isUsable(candidate) && tier === activeTier ? plannedWeight : 0;
  }
}

/** Weight 0 leaves running connections alone; UDP flows would stick to it for good, so there it is left out. */
function quiesced(protocol: Protocol): 0 | undefined {
  return protocol === 'udp' ? undefined : 0;
}

/** Healthy, or carrying traffic already with nothing known against it. */
function isUsable({ plannedWeight, path, application, presentWeight }: Candidate): boolean {
  if (plannedWeight === 0) return false;
  const health = destinationHealth(path, application);
  return health === 'healthy' || (health === 'unknown' && presentWeight !== undefined && presentWeight > 0);
}
