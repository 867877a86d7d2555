/** What a director knows of one real server: each of its VIPs, and what follows from them. Pure, but that its fields change. */
import type { AppVerdict } from '../../src/domain/probe.ts';
import type { AgentPresence, KnockState, PathState } from '../../src/domain/report.ts';
import type { DirectorService } from '../../src/domain/snapshot.ts';
import { type KnockCourse, noKnocks } from '../../src/plan/knock-plan.ts';
import { initialPathHealth, isPortDead, type PathHealth } from '../../src/plan/path-health.ts';
import type { RttWindow } from '../../src/plan/rtt-window.ts';
import type { PortVerdict } from '../../src/probe/datagram.ts';
import { combinePaths, combineVerdicts, verdictOfPorts } from './combine.ts';

export interface VipPath {
  health: PathHealth;
  /** The agent's last word on each port. */
  verdicts: readonly PortVerdict[];
  knocks: KnockCourse;
  /** A round is under way; there is never a second one. */
  isKnocking: boolean;
  /** TCP ports of its services, as the real server listens. */
  readonly tcpPorts: readonly number[];
}

export interface Held<S> {
  readonly state: S;
  /** Monotonic, ms. */
  readonly atMs: number;
  /** Since the epoch, ms. */
  readonly sinceMs: number;
}

export interface Peer {
  readonly name: string;
  /** What makes it another real server under the same name. */
  readonly identity: string;
  readonly slot: number;
  readonly vips: Map<string, VipPath>;
  window: RttWindow;
  /** As last measured, µs; 0: never. */
  rttP90Us: number;
  path: Held<PathState>;
  agent: AgentPresence;
  services: Map<string, Held<AppVerdict>>;
}

export function vipPath(tcpPorts: readonly number[], known: VipPath | undefined, nowMs: number): VipPath {
  return {
    health: known?.health ?? initialPathHealth(nowMs),
    verdicts: known?.verdicts ?? [],
    knocks: known?.knocks ?? noKnocks,
    isKnocking: known?.isKnocking ?? false,
    tcpPorts,
  };
}

export function pathOf({ vips }: Peer): PathState {
  return combinePaths([...vips.values()].map(({ health }) => health.state));
}

/** One agent answers for all VIPs. */
export function agentOf({ vips }: Peer): AgentPresence {
  const known = [...vips.values()].map(({ health }) => health.agent);
  return known.includes('present') ? 'present' : known.includes('absent') ? 'absent' : 'unknown';
}

/** The best of its VIPs: where one knock proves life, the host is known to live. */
export function knockOf({ vips }: Peer): KnockState {
  const known = [...vips.values()].map(({ health }) => health.knock);
  return (['proxied', 'works', 'unanswered'] as const).find((state) => known.includes(state)) ?? 'unknown';
}

/**
 * A VIP that is silent, while the real server's others answer, makes its services unhealthy there. Where the whole is silent
 * the last verdict stands: the path says enough.
 */
export function verdictOf(peer: Peer, { vips, ports }: DirectorService): AppVerdict {
  const isWhole = peer.path.state !== 'up';
  return combineVerdicts(
    vips.flatMap((vip) => {
      const path = peer.vips.get(vip);
      if (path === undefined) return [];
      const { health, verdicts } = path;
      if (!isWhole && (health.state === 'down' || health.state === 'gone')) return ['unhealthy' as const];
      return [verdictOfPorts(verdicts, ports, (port) => isPortDead(health, port))];
    }),
  );
}

/** A returning agent does not know yet what the one before it knew. */
export function withVerdicts(
  before: readonly PortVerdict[],
  answered: readonly PortVerdict[],
): readonly PortVerdict[] {
  if (!answered.some(({ verdict }) => verdict === 'unknown')) return answered;
  return answered.map((one) => {
    if (one.verdict !== 'unknown') return one;
    return before.find(({ port, protocol }) => port === one.port && protocol === one.protocol) ?? one;
  });
}
