/** What a director knows of its real servers by itself: paths, verdicts, times; told by probes, asked by the planner. */
import type { AppVerdict } from '../../src/domain/probe.ts';
import type { PathReport, PathState } from '../../src/domain/report.ts';
import type { DirectorService, DirectorSnapshot } from '../../src/domain/snapshot.ts';
import type { HealthView } from '../../src/plan/effective-weight.ts';
import {
  initialProbeHealth,
  nextProbeHealth,
  type ProbeEvent,
  type ProbeHealth,
} from '../../src/plan/probe-health.ts';
import {
  type RttSettings,
  type RttWindow,
  summarise,
  withAnswer,
  withProbe,
} from '../../src/plan/rtt-window.ts';
import type { PortVerdict } from '../../src/probe/datagram.ts';
import { combinePaths, combineVerdicts, verdictOfVip } from './combine.ts';
import type { ProbedPath, ProbeTarget } from './prober.ts';

export type Transition =
  | {
      readonly kind: 'path';
      readonly realServer: string;
      readonly from: PathState;
      readonly to: PathState;
      /** How long the state before held. */
      readonly heldMs: number;
      /** Since the last answer, as far as this director was awake; 0 where one has just come. */
      readonly silenceMs: number;
    }
  | {
      readonly kind: 'application';
      readonly realServer: string;
      readonly service: string;
      readonly from: AppVerdict;
      readonly to: AppVerdict;
      readonly heldMs: number;
    };

export interface Health extends HealthView {
  /** From now on these; what is known of those that stay is kept. */
  watch(snapshot: DirectorSnapshot, targets: readonly ProbeTarget[]): void;
  sent(path: ProbedPath, id: number, atMs: number): void;
  answered(path: ProbedPath, id: number, atMs: number, verdicts: readonly PortVerdict[]): void;
  /** A round of probes is over: silence is judged. */
  round(realServer: string, atMs: number): void;
  paths(atMs: number): PathReport[];
  verdicts(): { realServer: string; service: string; verdict: AppVerdict }[];
}

export interface HealthOptions {
  /** Monotonic, ms. */
  readonly monotonicMs: () => number;
  /** Since the epoch, ms. */
  readonly nowMs: () => number;
  readonly onTransition: (transition: Transition) => void;
}

/** As long as the coordinator's windows: of three that are believed, two then know nothing of the time before a change. */
const rttSettings: RttSettings = { windowMs: 5_000, lateAfterMs: 1_000, limit: 600 };

interface VipPath {
  health: ProbeHealth;
  verdicts: readonly PortVerdict[];
}

interface Held<S> {
  readonly state: S;
  readonly atMs: number;
  readonly sinceMs: number;
}

interface Peer {
  readonly name: string;
  /** What makes it another real server under the same name. */
  readonly identity: string;
  readonly vips: Map<string, VipPath>;
  window: RttWindow;
  path: Held<PathState>;
  services: Map<string, Held<AppVerdict>>;
}

export function createHealth(options: HealthOptions): Health {
  let peers = new Map<string, Peer>();
  let services = new Map<string, readonly DirectorService[]>();
  let timing: DirectorSnapshot['probe'] | undefined;

  function held<S>(state: S): Held<S> {
    return { state, atMs: options.monotonicMs(), sinceMs: options.nowMs() };
  }

  function event(
    { realServer, vip }: ProbedPath,
    happened: ProbeEvent,
    verdicts?: readonly PortVerdict[],
  ): void {
    const path = peers.get(realServer)?.vips.get(vip);
    if (path === undefined || timing === undefined) return;
    path.health = nextProbeHealth(path.health, happened, timing);
    if (verdicts !== undefined) path.verdicts = verdicts;
  }

  /** Draws the conclusions of what has changed; `atMs` is when. */
  function conclude(peer: Peer, atMs: number): void {
    const from = peer.path;
    const to = combinePaths([...peer.vips.values()].map(({ health }) => health.state));
    if (to !== from.state) {
      peer.path = held(to);
      const silent = [...peer.vips.values()].map(({ health }) => atMs - (health.silentFromMs ?? atMs));
      const silenceMs = Math.max(0, Math.min(...silent));
      options.onTransition({
        kind: 'path',
        realServer: peer.name,
        from: from.state,
        to,
        heldMs: atMs - from.atMs,
        silenceMs,
      });
    }
    for (const service of services.get(peer.name) ?? []) {
      const before = peer.services.get(service.name) ?? held<AppVerdict>('unknown');
      const verdict = verdictOf(peer, service);
      if (peer.services.has(service.name) && verdict === before.state) continue;
      peer.services.set(service.name, verdict === before.state ? before : held(verdict));
      if (verdict === before.state) continue;
      const heldMs = atMs - before.atMs;
      const { name: realServer } = peer;
      options.onTransition({
        kind: 'application',
        realServer,
        service: service.name,
        from: before.state,
        to: verdict,
        heldMs,
      });
    }
  }

  function verdictOf(peer: Peer, service: DirectorService): AppVerdict {
    const verdicts = service.vips.flatMap((vip) => {
      const path = peer.vips.get(vip);
      return path === undefined ? [] : [verdictOfVip(path.health.state, path.verdicts, service.ports)];
    });
    return combineVerdicts(verdicts);
  }

  return {
    watch(snapshot, targets) {
      timing = snapshot.probe;
      const before = peers;
      const byName = new Map(snapshot.realServers.map((realServer) => [realServer.name, realServer]));
      peers = new Map();
      services = new Map();
      for (const { realServer: name, slot, vips } of targets) {
        const identity = `${byName.get(name)?.address} ${slot}`;
        const known = before.get(name);
        const old = known?.identity === identity ? known : undefined;
        const served = snapshot.services.filter(({ destinations }) =>
          destinations.some(({ realServer }) => realServer === name),
        );
        services.set(name, served);
        peers.set(name, {
          name,
          identity,
          vips: new Map(
            vips.map(({ address }): [string, VipPath] => [
              address,
              old?.vips.get(address) ?? { health: initialProbeHealth(options.monotonicMs()), verdicts: [] },
            ]),
          ),
          window: old?.window ?? [],
          path: old?.path ?? held<PathState>('unknown'),
          services: new Map(
            served.map(({ name: service }) => [
              service,
              old?.services.get(service) ?? held<AppVerdict>('unknown'),
            ]),
          ),
        });
      }
    },
    sent(path, id, atMs) {
      const peer = peers.get(path.realServer);
      if (peer !== undefined) peer.window = withProbe(peer.window, id, atMs, rttSettings);
      event(path, { kind: 'sent', atMs });
    },
    answered(path, id, atMs, verdicts) {
      const peer = peers.get(path.realServer);
      if (peer === undefined) return;
      peer.window = withAnswer(peer.window, id, atMs);
      event(path, { kind: 'answered', atMs }, verdicts);
      conclude(peer, atMs);
    },
    round(realServer, atMs) {
      const peer = peers.get(realServer);
      if (peer === undefined) return;
      for (const vip of peer.vips.keys()) event({ realServer, vip }, { kind: 'tick', atMs });
      conclude(peer, atMs);
    },
    path: (realServer) => peers.get(realServer)?.path.state ?? 'unknown',
    application: (realServer, service) => peers.get(realServer)?.services.get(service)?.state ?? 'unknown',
    paths: (atMs) =>
      [...peers.values()].map(({ name, path, window }) => {
        const { p50Us, p90Us, loss, answered } = summarise(window, atMs, rttSettings);
        const { state, sinceMs } = path;
        return {
          realServer: name,
          state,
          sinceMs,
          rttP50Us: p50Us,
          rttP90Us: p90Us,
          loss,
          answered,
          agent: 'unknown',
          knock: 'unknown',
        };
      }),
    verdicts: () =>
      [...peers.values()].flatMap((peer) =>
        [...peer.services].map(([service, { state }]) => ({
          realServer: peer.name,
          service,
          verdict: state,
        })),
      ),
  };
}
