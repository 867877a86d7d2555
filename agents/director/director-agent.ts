/** What a director's agent does, from a snapshot and its own probes to the kernel's table, and what it says of it. */
import { type AgentReport, emptyReport } from '../../src/domain/agent-message.ts';
import type { Timer } from '../../src/domain/clock.ts';
import { messageOf } from '../../src/domain/error.ts';
import { emptyHostState, type HostState } from '../../src/domain/host-state.ts';
import type { Scheduler } from '../../src/domain/ipvs-table.ts';
import { capabilitiesWith, lackWord } from '../../src/domain/member.ts';
import type { DirectorSnapshot } from '../../src/domain/snapshot.ts';
import { inOneStep, type Steps } from '../../src/domain/steps.ts';
import type { Ipvs } from '../../src/kernel/ipvs/ipvs.ts';
import { idleVips } from '../../src/plan/claims.ts';
import { carriedByDirector, directorHost } from '../../src/plan/director-host.ts';
import { type DirectorPlan, directorPlanSteps } from '../../src/plan/director-table.ts';
import { type Drains, nextDrains, noDrains } from '../../src/plan/drains.ts';
import { usableSnapshot } from '../../src/plan/usable-snapshot.ts';
import { vipsOf } from '../../src/plan/vips.ts';
import { createCollector } from '../../src/probe/collector.ts';
import { breathing } from '../../src/runtime/breathing.ts';
import type { Agent, AgentParts } from '../shared/agent.ts';
import { createExaminer } from '../shared/examiner.ts';
import { createFollower } from '../shared/follower.ts';
import { createOffers } from '../shared/offers.ts';
import { ownAddresses } from '../shared/own-address.ts';
import { absentSettings } from './absent-settings.ts';
import { createChoosing } from './choosing.ts';
import { createClaiming } from './claiming.ts';
import { type ConnectionRoom, connectionRoom, roomSysctl, roomTrouble } from './connection-room.ts';
import { countDestinations, type Tallies } from './destinations.ts';
import { createDirectorMetrics } from './director-metrics.ts';
import { troublesOf } from './director-troubles.ts';
import { createJudge } from './judge.ts';
import { createKernel, type WantedTable } from './kernel.ts';
import { createKnocker, type KnockerOptions } from './knocker.ts';
import { createKnocking } from './knocking.ts';
import { lookAtOwn } from './look-at-own.ts';
import { createNarrowRoutes } from './narrow-routes.ts';
import { createOutlook } from './outlook.ts';
import { probePlan } from './probe-targets.ts';
import { createProber, type ProberOptions } from './prober.ts';
import { createHealth } from './server-paths.ts';
import { createSizer } from './sizer.ts';
import { type Transition, touchedBy } from './transition.ts';
import { transitionLine } from './transition-line.ts';
import { createWatchman } from './watchman.ts';

export interface DirectorParts extends AgentParts<'director'> {
  readonly ipvs: Ipvs;
  /** Its kernel's IPVS tunnels by GUE. */
  readonly sendsGue: boolean;
  /** Schedulers that the kernel can't load; absent: none is known. */
  readonly lacking?: readonly Scheduler[];
  /** Unguessable, unsigned 64 bit. */
  readonly nonce: () => bigint;
  /** How it asks real servers. */
  readonly network: Pick<ProberOptions, 'openSocket'> & Pick<KnockerOptions, 'connect'>;
}

/**
 * A path that works but carries nothing is asked so much more rarely: a director knows every real server of every site, and most
 * of them only wait for others to fail. Asked in earnest again as soon as it carries.
 */
const waitingPace = 3;
/** Transitions are reported at once; this keeps latency and counters fresh. */
const reportIntervalMs = 2_000;
const reportSoonMs = 20;

/** Begins with the last snapshot on disk, where there is one; needs no coordinator. Error `invalid`: the DIP is not here. */
export async function createDirectorAgent(parts: DirectorParts): Promise<Agent> {
  const { config, host, ledger, clock, random, log } = parts;
  const { name, site, address } = config;
  const { prefixLength, families, otherAddresses } = await ownAddresses(host, address, ledger.ownedVips());
  const absent = await absentSettings(host);
  /** Real servers with a weight in the kernel, as last reported. */
  let carrying: ReadonlySet<string> = new Set();
  let tallies: Tallies = new Map();
  const choosing = createChoosing({ host, clock });
  let drains: Drains = noDrains;
  /** What the table that was wanted last can serve. */
  let served: { readonly snapshot: DirectorSnapshot; readonly plan: DirectorPlan } | undefined;
  let unprobedVips: readonly string[] = [];
  let room: ConnectionRoom = { connections: 0, limit: undefined };
  let leftOut: readonly string[] = [];
  let isClosed = false;
  let reporting: Timer | undefined;

  /** What is to be carried out: the snapshot in force, or the one that is being tried. */
  let basis: DirectorSnapshot | undefined;
  const routes = createNarrowRoutes({ made: ledger.made(), outlook: () => outlook, sizer: () => sizer });
  const outlook = await createOutlook({
    ...{ host, address, clock, onChange: () => void hostIsOther() },
    onWays: waysAreOther,
    always: () => routes.addresses(),
  });

  const health = createHealth({
    monotonicMs: clock.monotonicMs,
    nowMs: clock.nowMs,
    onTransition: (transition) => void onTransition(transition),
    mtuOf: (realServer) => sizer.mtuOf(realServer)?.innerBytes,
  });
  const collector = createCollector({
    ...{ addresses: [address, ...otherAddresses], clock, random },
    openSocket: parts.network.openSocket,
  });
  const metrics = createDirectorMetrics({
    ...{ paths: () => health.paths(clock.monotonicMs()), verdicts: health.verdicts },
    held: () => health.held() !== '',
    claimed: () => claiming.claimed().size,
    ...{ delayed: () => kernel.delayed(), observed: () => kernel.observed() },
    room: () => room,
    ...{ snapshotVersion: () => follower.version(), connected: () => follower.connected() },
    proofs: collector.counts,
    certificateEndsMs: () => parts.renewal?.endsMs(),
  });
  const kernel = createKernel({
    ...{ ipvs: parts.ipvs, host, ledger, clock, random, log, metrics, observes: config.observe },
    onTable: () => claiming.look(),
  });
  const prober = createProber({
    ...{ name, address, otherAddresses, clock, random },
    nonce: parts.nonce,
    openSocket: parts.network.openSocket,
    pace(realServer) {
      const isWaiting = health.path(realServer) === 'up' && !carrying.has(realServer);
      return isWaiting && !health.isDoubtful(clock.monotonicMs()) ? waitingPace : 1;
    },
    onSent: health.sent,
    onUnsent(path, id, atMs) {
      metrics.probe('unsent');
      health.unsent(path, id, atMs);
    },
    onFarewell(path, atMs) {
      metrics.probe('farewell');
      health.farewell(path, atMs);
    },
    onAnswer(path, id, atMs, verdicts, isWhole) {
      metrics.probe('answered');
      health.answered(path, id, atMs, verdicts, isWhole);
    },
    onNews: health.news,
    onLost: () => metrics.probe('lost'),
    onSize: (path, bytes) => sizer.heard(path, bytes),
    mtuOf: (realServer) => sizer.mtuOf(realServer)?.innerBytes,
    onRound(realServer) {
      health.round(realServer, clock.monotonicMs());
      knock(realServer);
    },
    onTrouble: (realServer, error) => log.warn({ realServer, reason: error.message }, 'cannot send probes'),
  });

  const sizer = createSizer({
    ...{ clock, random, nonce: parts.nonce, send: prober.send, sealOf: prober.sealOf },
    isAnswering: health.isAnswering,
    linkMtu: outlook.linkMtu,
    onFound: (realServer, isNarrow) =>
      log[isNarrow ? 'info' : 'debug']({ realServer, ...sizer.mtuOf(realServer) }, 'path MTU measured'),
    remembered: routes.remembered,
    onRoutes: hostIsOther,
  });

  const examiner = createExaminer({ look: () => lookAtOwn(parts, basis, health.path), clock, random });
  const watchman = createWatchman({ host, ipvs: parts.ipvs, kernel, health, clock });
  const knocker = createKnocker({
    ...{ address, otherAddresses, clock },
    connect: parts.network.connect,
    onOutcome: metrics.knock,
  });
  const knock = createKnocking({
    health,
    knocker,
    self: watchman.self,
    clock,
    carries: (realServer) => carrying.has(realServer),
  });

  /** First the kernel, then everybody else. Where only an agent came or went there is nothing for the kernel. */
  async function onTransition(transition: Transition): Promise<void> {
    // After a time in which nothing came through it may be by another way.
    if (transition.kind === 'path' && transition.to === 'up' && transition.from !== 'unknown')
      sizer.changed(transition.realServer);
    if (transition.kind === 'agent' || transition.kind === 'held') return tell(transition);
    const decidedMs = clock.monotonicMs();
    const state = await kernel.healthChanged(touchedBy(served?.snapshot, transition));
    const programmedMs = clock.monotonicMs() - decidedMs;
    metrics.programmed(programmedMs / 1_000);
    const failed = state.status === 'error' ? { trouble: messageOf(state.error) } : {};
    tell(transition, { programmedMs: Math.round(programmedMs), ...failed });
  }

  function tell(transition: Transition, more: object = {}): void {
    const { level, fields, message } = transitionLine(transition);
    log[level]({ ...fields, ...more }, message);
    // A site's death is many transitions and one report.
    reporting ??= clock.after(reportSoonMs, () => {
      reporting = undefined;
      void follower.report();
    });
  }

  /** Where nothing of ours was here before, a refused first snapshot leaves nothing behind. */
  const untouched = ledger.ownedVips().length === 0;
  const leave = () => kernel.bring(emptyHostState, () => inOneStep(() => []), [], true);
  const offers = createOffers<DirectorSnapshot>(config.observe);

  const follower = createFollower({
    role: 'director',
    parts,
    judge: offers.judging(createJudge({ host, ipvs: parts.ipvs, ledger, address, facts: outlook.facts })),
    async apply(next) {
      if (offers.isGoingBack(next)) return undefined;
      basis = next;
      if (next !== undefined) return await bring(next);
      return untouched ? await leave() : undefined;
    },
    restore: bring,
    examination: examiner.latest,
    onContent: (snapshot) => breathing(probe(snapshot), { operation: 'probe' }),
    member: () => ({
      ...{ role: 'director', name, site, address, prefixLength, gateways: outlook.gateways() },
      ...(otherAddresses.length === 0 ? {} : { otherAddresses }),
      capabilities: [...capabilitiesWith({ gue: parts.sendsGue }), ...(parts.lacking ?? []).map(lackWord)],
    }),
    async report(current) {
      const limit = await host.sysctl(roomSysctl).catch(() => undefined);
      await choosing.look();
      return breathing(reportOf(current, limit), { operation: 'report' });
    },
    reportIntervalMs,
  });

  /** Why the kernel could not be brought to the snapshot, or undefined. */
  function bring(given: DirectorSnapshot): Promise<string | undefined> {
    basis = usableSnapshot(given).snapshot;
    const snapshot = carriedByDirector(basis, outlook.facts());
    const table: WantedTable = function* (actual, ids) {
      const before = served?.snapshot === snapshot ? served.plan : undefined;
      // Of a part, what is there is as it was last read: that ends no drain.
      if (ids === undefined) drains = nextDrains(drains, snapshot, actual, clock.monotonicMs());
      const part = ids && { ids, served: before?.served ?? new Map() };
      const plan = yield* directorPlanSteps(snapshot, health, actual, drains, part);
      served = { snapshot, plan };
      return plan.table;
    };
    return kernel.bring(hostOf(snapshot), table, vipsOf(snapshot), snapshot.force);
  }

  /** The VIP's address follows what is in the table: it comes after the first destination, and goes when none is left. */
  const claiming = createClaiming({
    ...{ clock, log, ledger, onChange: () => void hostIsOther() },
    served: () => served,
    isHeld: () => health.held() !== '',
  });

  function hostOf(snapshot: DirectorSnapshot): HostState {
    const narrow = routes.to(snapshot.realServers);
    const wanted = directorHost(snapshot, claiming.claimed(), { ...outlook.facts(), narrow });
    return absent.without(wanted, snapshot.ipvs);
  }

  function waysAreOther(all: readonly string[]): void {
    for (const to of all) sizer.changed(to);
    if (routes.addresses().some((to) => all.includes(to))) void hostIsOther();
  }

  /** Of what is to be carried out now, which may be newer than what the table was last read for. */
  async function hostIsOther(): Promise<void> {
    if (basis !== undefined) await kernel.hostChanged(hostOf(carriedByDirector(basis, outlook.facts())));
  }

  /** Of very many real servers each part of it takes long. */
  function* probe(given: DirectorSnapshot): Steps<void> {
    const usable = usableSnapshot(given);
    leftOut = usable.leftOut;
    for (const trouble of leftOut) log.warn({ trouble }, 'trouble');
    outlook.watch(usable.snapshot);
    collector.watch(given.collecting ?? []);
    const snapshot = carriedByDirector(usable.snapshot, outlook.facts());
    yield;
    const { targets, unasked } = probePlan(snapshot, families);
    unprobedVips = unasked;
    yield;
    watchman.watch(snapshot);
    yield;
    if (isClosed) return;
    health.watch(snapshot, targets);
    yield;
    if (isClosed) return;
    prober.watch(targets, snapshot.probe);
    yield;
    if (isClosed) return;
    sizer.watch(snapshot, targets);
    if (unasked.length > 0)
      log.warn({ vips: unasked, address }, 'VIPs of another family than the DIP are not probed');
  }

  function* reportOf(
    current: DirectorSnapshot | undefined,
    limit: string | undefined,
  ): Steps<AgentReport | undefined> {
    if (current === undefined)
      return config.observe ? { ...emptyReport, troubles: kernel.amiss() } : undefined;
    room = yield* connectionRoom(kernel.table(), limit);
    const counted = yield* countDestinations(current, kernel.table(), tallies, clock.nowMs(), health.service);
    tallies = counted.tallies;
    const destinations = counted.reports;
    carrying = new Set(destinations.filter(({ weight }) => weight > 0).map(({ realServer }) => realServer));
    const paths = yield* health.paths(clock.monotonicMs());
    const fault = kernel.trouble();
    const troubles = troublesOf({
      kernel: fault,
      unasked: prober.troubles(),
      knock: knocker.trouble(),
      unprobedVips,
      address,
      host: [
        ...[...kernel.amiss(), roomTrouble(room), collector.trouble(), absent.trouble(current.ipvs)],
        ...[...outlook.troubles(), ...routes.troubles(), ...leftOut],
      ].filter((one) => one !== undefined),
    });
    return {
      ...emptyReport,
      paths,
      destinations,
      troubles,
      held: health.held(),
      choices: yield* choosing.reports(current, kernel.table(), kernel.waits),
      ...(yield* collector.report()),
      ...idleVips(served?.snapshot, claiming.claimed(), unprobedVips),
      ...(fault === undefined ? {} : { fault }),
    };
  }

  await follower.begin();
  return {
    exposition: metrics.exposition,
    healthy: kernel.trouble,
    async close() {
      isClosed = true;
      reporting?.cancel();
      claiming.close();
      sizer.close();
      prober.close();
      knocker.close();
      collector.close();
      watchman.close();
      outlook.close();
      examiner.close();
      await Promise.all([follower.close(), kernel.stop()]);
    },
  };
}
