/** What a director knows of its real servers by itself: paths, verdicts, times; told by probes and knocks, asked by the planner. */
import type { AppVerdict } from '../../src/domain/probe.ts';
import type { PathReport, PathState } from '../../src/domain/report.ts';
import type { DirectorSnapshot } from '../../src/domain/snapshot.ts';
import { knockTimes, nextCourse, nextKnock, nextLookMs } from '../../src/plan/knock-plan.ts';
import { aliveMs, nextPathHealth, type PathEvent } from '../../src/plan/path-health.ts';
import {
  answeredOnly,
  rttSettings,
  summarise,
  withAnswer,
  withoutProbe,
  withProbe,
} from '../../src/plan/rtt-window.ts';
import type { DueKnock, Health } from './health.ts';
import { heardVerdicts, worseVerdicts } from './heard-verdicts.ts';
import {
  agentOf,
  type ChangedEnd,
  changedEnds,
  changedVips,
  endsByService,
  type Held,
  knockOf,
  lostVips,
  type Peer,
  pathOf,
  pathTo,
  type VipPath,
  verdictAt,
  verdictOn,
  vipPath,
} from './peer.ts';
import { servicesByRealServer } from './probe-targets.ts';
import type { ProbedPath } from './prober.ts';
import type { Transition } from './transition.ts';

export interface HealthOptions {
  /** Monotonic, ms. */
  readonly monotonicMs: () => number;
  /** Since the epoch, ms. */
  readonly nowMs: () => number;
  readonly onTransition: (transition: Transition) => void;
  /** The largest packet that gets through to a real server, bytes; undefined: it is not known. */
  readonly mtuOf?: (realServer: string) => number | undefined;
}

/** Several a second, while few are asked. */
const absentEveryMs = 300;
/** A knock costs 70 µs of CPU (measured, both ends on one host): so many are a fifth of a core. */
const absentKnocksPerSecond = 3_000;
const waitingPace = 3;

export function createHealth(options: HealthOptions): Health {
  let peers = new Map<string, Peer>();
  let timing: DirectorSnapshot['probe'] | undefined;
  let lastHeardMs: number | undefined;
  let lastAskedMs: number | undefined;
  let lastRoundMs: number | undefined;
  let fault = '';
  let isDeaf = false;
  /** Paths whose agent is absent, and the time until which some path's silence was worth a doubt. */
  let absentPaths = 0;
  let doubtfulUntilMs = 0;

  function held<S>(state: S): Held<S> {
    return { state, atMs: options.monotonicMs(), sinceMs: options.nowMs() };
  }

  function event({ realServer, vip }: ProbedPath, happened: PathEvent): VipPath | undefined {
    const path = peers.get(realServer)?.vips.get(vip);
    if (path === undefined || timing === undefined) return undefined;
    path.health = nextPathHealth(path.health, happened, timing);
    return path;
  }

  /** Draws the conclusions of what has changed; `atMs` is when. */
  function conclude(peer: Peer, atMs: number): void {
    concludePath(peer, atMs);
    const agent = agentOf(peer);
    if (agent !== peer.agent) {
      const from = peer.agent;
      peer.agent = agent;
      // What an absent agent left unanswered says nothing of the way.
      if (agent === 'present') peer.window = answeredOnly(peer.window);
      absentPaths += (agent === 'absent' ? 1 : 0) - (from === 'absent' ? 1 : 0);
      options.onTransition({ kind: 'agent', realServer: peer.name, from, to: agent });
    }
    concludeEnds(peer, changedEnds(peer), atMs);
  }

  function concludePath(peer: Peer, atMs: number): void {
    const vips = changedVips(peer);
    if (vips.length === 0) return;
    const { name: realServer, path: from } = peer;
    const to = pathOf(peer);
    if (to === from.state) {
      for (const [state, alike] of Map.groupBy(vips, (vip) => pathTo(peer, vip)))
        options.onTransition({ kind: 'vip', realServer, vips: alike, to: state });
      return;
    }
    peer.path = held(to);
    const silent = [...peer.vips.values()].map(({ health }) => atMs - (aliveMs(health) ?? atMs));
    options.onTransition({
      kind: 'path',
      realServer,
      from: from.state,
      to,
      heldMs: atMs - from.atMs,
      silenceMs: Math.max(0, Math.min(...silent)),
      knock: knockOf(peer),
    });
  }

  /** A VIP of a thousand ports that fail alike is one transition. */
  function concludeEnds(peer: Peer, changed: readonly ChangedEnd[], atMs: number): void {
    const alike = Map.groupBy(changed, ({ vip, end, verdict }) =>
      JSON.stringify([end.service, vip, end.verdict.state, verdict]),
    );
    for (const ends of alike.values()) {
      const [first] = ends;
      if (first === undefined) continue;
      const { vip, end, verdict: to } = first;
      const { state: from, atMs: fromMs } = end.verdict;
      for (const { end: one } of ends) one.verdict = held(to);
      options.onTransition({
        kind: 'application',
        realServer: peer.name,
        service: end.service,
        vip,
        ports: ends.map((one) => one.end.port),
        from,
        to,
        heldMs: atMs - fromMs,
      });
    }
  }

  /** Of what was asked at `askedMs`; undefined: nobody knows any more. */
  function heard(askedMs: number | undefined, atMs: number): void {
    lastHeardMs = atMs;
    lastAskedMs = Math.max(askedMs ?? 0, lastAskedMs ?? 0);
    if (!isDeaf) return;
    isDeaf = false;
    release(atMs);
  }

  /** An answer is as old as its question and the way allow, however late it is read: a process that gets little time must not find the dead later. */
  function provedMs({ rttP90Us }: Peer, askedMs: number | undefined, atMs: number): number {
    if (askedMs === undefined || timing === undefined) return atMs;
    return Math.min(atMs, askedMs + Math.max(timing.intervalMs, (2 * rttP90Us) / 1_000));
  }

  /** Whoever was silent meanwhile has as long as ever to answer. */
  function release(atMs: number): void {
    for (const peer of peers.values())
      for (const vip of peer.vips.keys()) event({ realServer: peer.name, vip }, { kind: 'released', atMs });
    options.onTransition({ kind: 'held', reason: reason() });
  }

  /** Everybody silent at once: our own ear, until somebody answers. Time that this director slept nobody was silent in. */
  function listen(atMs: number): void {
    if (timing === undefined || lastHeardMs === undefined) return;
    const gapMs = lastRoundMs === undefined ? 0 : atMs - lastRoundMs;
    lastRoundMs = atMs;
    if (gapMs > 2 * timing.intervalMs) lastHeardMs += gapMs - timing.intervalMs;
    if (isDeaf) return;
    if (atMs - lastHeardMs < waitingPace * timing.intervalMs + timing.downAfterMs) return;
    isDeaf = true;
    options.onTransition({ kind: 'held', reason: reason() });
  }

  function reason(): string {
    if (fault !== '') return fault;
    if (!isDeaf) return '';
    return (
      'no real server answers any more, neither its agent nor its kernel: is this host cut off? ' +
      'Check its link, its routes and its filters'
    );
  }

  return {
    watch(snapshot, targets) {
      timing = snapshot.probe;
      const before = peers;
      const byName = new Map(snapshot.realServers.map((realServer) => [realServer.name, realServer]));
      peers = new Map();
      const services = servicesByRealServer(snapshot);
      const unheard = held<AppVerdict>('unknown');
      for (const { realServer: name, slot, vips } of targets) {
        const identity = `${byName.get(name)?.address} ${slot}`;
        const known = before.get(name);
        const old = known?.identity === identity ? known : undefined;
        const paths = new Map(
          vips.map((vip): [string, VipPath] => [
            vip.address,
            vipPath(vip, services.get(name) ?? [], old?.vips.get(vip.address), unheard),
          ]),
        );
        const peer: Peer = {
          name,
          identity,
          slot,
          vips: paths,
          window: old?.window ?? [],
          rttP90Us: old?.rttP90Us ?? 0,
          path: old?.path ?? held<PathState>('unknown'),
          agent: old?.agent ?? 'unknown',
          services: endsByService(paths.values()),
        };
        peers.set(name, peer);
      }
      absentPaths = [...peers.values()].filter(({ agent }) => agent === 'absent').length;
    },
    sent(path, id, atMs) {
      const peer = peers.get(path.realServer);
      if (peer !== undefined) peer.window = withProbe(peer.window, id, atMs, rttSettings);
      event(path, { kind: 'sent', atMs });
    },
    unsent(path, id, atMs) {
      const peer = peers.get(path.realServer);
      if (peer !== undefined) peer.window = withoutProbe(peer.window, id);
      event(path, { kind: 'unsent', atMs });
    },
    answered(path, id, atMs, verdicts, isWhole) {
      const peer = peers.get(path.realServer);
      if (peer === undefined) return;
      const askedMs = peer.window.find((probe) => probe.id === id)?.sentAtMs;
      heard(askedMs, atMs);
      peer.window = withAnswer(peer.window, id, atMs);
      const vip = event(path, { kind: 'answered', atMs, provedMs: provedMs(peer, askedMs, atMs) });
      if (vip !== undefined) vip.heard = heardVerdicts(vip.heard, vip.keys, verdicts, isWhole);
      conclude(peer, atMs);
    },
    news(path, atMs, verdicts) {
      const peer = peers.get(path.realServer);
      const vip = peer?.vips.get(path.vip);
      if (peer === undefined || vip === undefined) return;
      vip.heard = worseVerdicts(vip.heard, vip.keys, verdicts);
      conclude(peer, atMs);
    },
    farewell(path, atMs) {
      const peer = peers.get(path.realServer);
      if (peer === undefined) return;
      // One agent answers for all VIPs, and ends for all.
      for (const vip of peer.vips.keys()) event({ ...path, vip }, { kind: 'farewell', atMs });
      conclude(peer, atMs);
    },
    round(realServer, atMs) {
      const peer = peers.get(realServer);
      if (peer === undefined) return;
      listen(atMs);
      const isHeld = isDeaf || fault !== '';
      for (const vip of peer.vips.keys())
        event({ realServer, vip }, { kind: 'tick', atMs, heardMs: lastHeardMs, isHeld });
      conclude(peer, atMs);
    },
    dueKnocks(realServer, atMs, carries) {
      const peer = peers.get(realServer);
      if (peer === undefined || timing === undefined) return [];
      const crowdMs = (1_000 * absentPaths) / absentKnocksPerSecond;
      const everyMs = Math.max(absentEveryMs, crowdMs) * (carries ? 1 : waitingPace);
      const all: DueKnock[] = [];
      for (const [vip, path] of peer.vips) {
        const { health, knocks, tcpPorts } = path;
        const plan = path.isKnocking ? undefined : nextKnock(health, knocks, tcpPorts, everyMs, timing, atMs);
        if (plan === undefined) continue;
        path.isKnocking = true;
        if (plan.inSilence && health.agent !== 'absent') doubtfulUntilMs = atMs + timing.downAfterMs;
        all.push({ realServer, vip, slot: peer.slot, plan, ...knockTimes(peer.rttP90Us, timing) });
      }
      return all;
    },
    nextLookMs(realServer, atMs) {
      const looks = [...(peers.get(realServer)?.vips.values() ?? [])].flatMap(({ health, isKnocking }) =>
        timing === undefined || isKnocking ? [] : (nextLookMs(health, timing, atMs) ?? []),
      );
      return looks.length === 0 ? undefined : Math.min(...looks);
    },
    knocked(path, atMs, round) {
      const peer = peers.get(path.realServer);
      const known = peer?.vips.get(path.vip);
      if (peer === undefined || known === undefined) return;
      known.isKnocking = false;
      known.knocks = nextCourse(known.knocks, round, atMs);
      if (round === undefined || fault !== '') return;
      event(path, { kind: 'knocked', atMs, round });
      if (known.health.handshakeMs === atMs) heard(round.startedMs, atMs);
      conclude(peer, atMs);
    },
    heard: () => ({ heardMs: lastHeardMs, askedMs: lastAskedMs }),
    hold(newFault, atMs) {
      if (newFault === fault) return;
      fault = newFault;
      if (fault === '') release(atMs);
      else options.onTransition({ kind: 'held', reason: reason() });
    },
    held: reason,
    isDoubtful: (atMs) => atMs < doubtfulUntilMs,
    path(realServer, vip) {
      const peer = peers.get(realServer);
      if (peer === undefined) return 'unknown';
      return vip === undefined ? peer.path.state : pathTo(peer, vip);
    },
    isAnswering({ realServer, vip }) {
      return peers.get(realServer)?.vips.get(vip)?.health.agent === 'present';
    },
    application(realServer, vip, port) {
      const peer = peers.get(realServer);
      return peer === undefined ? 'unknown' : verdictAt(peer, vip, port);
    },
    service(realServer, service) {
      const peer = peers.get(realServer);
      return peer === undefined ? 'unknown' : verdictOn(peer, service);
    },
    *paths(atMs) {
      const reports: PathReport[] = [];
      for (const peer of [...peers.values()]) {
        yield;
        const isUnanswered = peer.agent === 'absent' && peer.path.state === 'up';
        const window = isUnanswered ? answeredOnly(peer.window) : peer.window;
        const { p50Us, p90Us, loss, answered } = summarise(window, atMs, rttSettings);
        if (answered > 0) peer.rttP90Us = p90Us;
        const { state, sinceMs } = peer.path;
        const { name: realServer, agent } = peer;
        const rtt = { rttP50Us: p50Us, rttP90Us: p90Us, loss, answered };
        const lost = lostVips(peer);
        const ofVips = lost.length === 0 ? {} : { lostVips: lost };
        const mtuBytes = options.mtuOf?.(realServer);
        const size = mtuBytes === undefined ? {} : { mtuBytes };
        reports.push({ realServer, state, sinceMs, ...rtt, agent, knock: knockOf(peer), ...ofVips, ...size });
      }
      return reports;
    },
    verdicts: () =>
      [...peers.values()].flatMap((peer) =>
        [...peer.services.keys()].map((service) => ({
          realServer: peer.name,
          service,
          verdict: verdictOn(peer, service),
        })),
      ),
  };
}
