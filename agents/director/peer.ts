/** What a director knows of one real server: each of its VIPs, each port there, and what follows. Pure, but that its fields change. */
import type { AppVerdict } from '../../src/domain/probe.ts';
import type { AgentPresence, KnockState, PathState } from '../../src/domain/report.ts';
import type { ServicePort } from '../../src/domain/resource.ts';
import type { DirectorService } from '../../src/domain/snapshot.ts';
import { serviceVerdict } from '../../src/plan/health.ts';
import { type KnockCourse, noKnocks } from '../../src/plan/knock-plan.ts';
import { initialPathHealth, isPortDead, type PathHealth } from '../../src/plan/path-health.ts';
import type { RttWindow } from '../../src/plan/rtt-window.ts';
import { knockPorts } from '../../src/plan/virtual-ends.ts';
import { combinePaths } from './combine.ts';
import { endKey, type HeardVerdicts } from './heard-verdicts.ts';
import type { ProbedVip } from './probe-targets.ts';

export interface Held<S> {
  readonly state: S;
  /** Monotonic, ms. */
  readonly atMs: number;
  /** Since the epoch, ms. */
  readonly sinceMs: number;
}

/** One port of one service at one VIP of the real server. */
export interface End {
  readonly service: string;
  readonly port: ServicePort;
  readonly key: number;
  /** Undefined: no handshake tells of it. */
  readonly knockPort: number | undefined;
  verdict: Held<AppVerdict>;
}

/** What the ends of a VIP were last judged by: while it is the same, so are they. */
type Basis = readonly [HeardVerdicts, ReadonlyMap<number, number>, AgentPresence];

export interface VipPath {
  health: PathHealth;
  /** As last concluded. */
  state: PathState;
  /** The agent's last word on each port. */
  heard: HeardVerdicts;
  basis: Basis | undefined;
  knocks: KnockCourse;
  /** A round is under way; there is never a second one. */
  isKnocking: boolean;
  /** TCP ports of its services, as the real server listens. */
  readonly tcpPorts: readonly number[];
  /** By `endKey`, in its order. */
  readonly ends: ReadonlyMap<number, End>;
  readonly keys: readonly number[];
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
  /** Ends of each service, at all VIPs that are asked. */
  readonly services: ReadonlyMap<string, readonly End[]>;
}

/** `unheard`: what is said of an end of which nothing is known yet. */
export function vipPath(
  { address, tcpPorts }: Pick<ProbedVip, 'address' | 'tcpPorts'>,
  services: readonly DirectorService[],
  known: VipPath | undefined,
  unheard: Held<AppVerdict>,
): VipPath {
  const ends = services
    .filter(({ vips }) => vips.includes(address))
    .flatMap((service) => {
      const knockPortOf = knockPorts(service);
      return service.ports.map((port) => ({
        service: service.name,
        port,
        key: endKey(port),
        knockPort: knockPortOf(port),
      }));
    })
    .sort((a, b) => a.key - b.key)
    .map((end): [number, End] => [
      end.key,
      { ...end, verdict: known?.ends.get(end.key)?.verdict ?? unheard },
    ]);
  return {
    health: known?.health ?? initialPathHealth(unheard.atMs),
    state: known?.state ?? 'unknown',
    heard: known?.heard ?? new Map(),
    basis: undefined,
    knocks: known?.knocks ?? noKnocks,
    isKnocking: known?.isKnocking ?? false,
    tcpPorts,
    ends: new Map(ends),
    keys: ends.map(([key]) => key),
  };
}

export function endsByService(vips: Iterable<VipPath>): ReadonlyMap<string, readonly End[]> {
  return Map.groupBy(
    [...vips].flatMap(({ ends }) => [...ends.values()]),
    ({ service }) => service,
  );
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

/** VIPs that are lost while others answer there: the host lives, this way to it does not. */
export function lostVips({ vips, path }: Peer): string[] {
  if (path.state !== 'up') return [];
  return [...vips].flatMap(([vip, { state }]) => (state === 'down' || state === 'gone' ? [vip] : []));
}

/** The way to one VIP. One that can't be asked from here rests on what is known of the others. */
export function pathTo(peer: Peer, vip: string): PathState {
  return peer.vips.get(vip)?.state ?? peer.path.state;
}

/** On one port at one VIP; where that VIP can't be asked from here, at those of the same service that can. */
export function verdictAt(peer: Peer, vip: string, port: ServicePort): AppVerdict {
  const key = endKey(port);
  const path = peer.vips.get(vip);
  if (path !== undefined) return path.ends.get(key)?.verdict.state ?? 'unknown';
  const others = [...peer.vips.values()].flatMap(({ ends }) => ends.get(key)?.verdict.state ?? []);
  return serviceVerdict(others);
}

/** On a service as a whole. */
export function verdictOn({ services }: Peer, service: string): AppVerdict {
  return serviceVerdict((services.get(service) ?? []).map(({ verdict }) => verdict.state));
}

export interface ChangedEnd {
  readonly vip: string;
  readonly end: End;
  readonly verdict: AppVerdict;
}

/** Ends of which something else is known now, by the agent's word, or by knocks while it can't speak. */
export function changedEnds({ vips }: Peer): ChangedEnd[] {
  const changed: ChangedEnd[] = [];
  for (const [vip, path] of vips) {
    const { health, heard, basis } = path;
    const now: Basis = [heard, health.portMisses, health.agent];
    if (basis !== undefined && now.every((part, index) => part === basis[index])) continue;
    path.basis = now;
    for (const end of path.ends.values()) {
      const isDead = end.knockPort !== undefined && isPortDead(health, end.knockPort);
      const verdict = isDead ? 'unhealthy' : (heard.get(end.key) ?? 'unknown');
      if (verdict !== end.verdict.state) changed.push({ vip, end, verdict });
    }
  }
  return changed;
}

/** VIPs whose way is another than was last concluded; it is concluded now. */
export function changedVips({ vips }: Peer): string[] {
  const changed: string[] = [];
  for (const [vip, path] of vips) {
    if (path.state === path.health.state) continue;
    path.state = path.health.state;
    changed.push(vip);
  }
  return changed;
}
