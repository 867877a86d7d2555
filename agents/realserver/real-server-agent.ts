/** What a real server's agent does, from a snapshot to a host that takes tunnelled packets, and what it says of it. */
import { emptyReport } from '../../src/domain/agent-message.ts';
import { messageOf } from '../../src/domain/error.ts';
import { sentenceOf } from '../../src/domain/finding.ts';
import { emptyHostState, type HostState } from '../../src/domain/host-state.ts';
import { capabilitiesWith } from '../../src/domain/member.ts';
import type { RealServerSnapshot } from '../../src/domain/snapshot.ts';
import { tickMs } from '../../src/domain/tick.ts';
import { foreignObjects } from '../../src/kernel/host-read.ts';
import { watchNft } from '../../src/kernel/nft-watch.ts';
import type { TcpSockets } from '../../src/kernel/sockets/tcp-sockets.ts';
import { implausibleBesideMade, implausibleForRealServer, isUnjudged } from '../../src/plan/plausibility.ts';
import { realServerChecks, vipOnCard } from '../../src/plan/real-server-check.ts';
import { carriedBefore, carriedVips, isTranslated, realServerHost } from '../../src/plan/real-server-host.ts';
import { rivalTunnels } from '../../src/plan/tunnel-users.ts';
import type { Agent, AgentParts } from '../shared/agent.ts';
import { createExaminer } from '../shared/examiner.ts';
import { createFollower } from '../shared/follower.ts';
import { createLookout } from '../shared/lookout.ts';
import { createOffers } from '../shared/offers.ts';
import { createAskerKeys } from './asker-keys.ts';
import { type CheckerOptions, createChecker } from './checker.ts';
import { createClosedPort } from './closed-port.ts';
import type { ShareSource } from './cpu.ts';
import { factsFrom, surveyFor } from './facts.ts';
import { createKeptHost } from './kept-host.ts';
import { createKnock } from './knock.ts';
import { createLoadMeter } from './load-meter.ts';
import { localEnds } from './local-ends.ts';
import type { Handshake } from './local-handshake.ts';
import { claimedHere, localRoutesOf } from './local-node.ts';
import { lookAtOwn } from './look-at-own.ts';
import { probeEnds } from './probe-ends.ts';
import { createRealServerMetrics } from './real-server-metrics.ts';
import { troublesOf } from './real-server-troubles.ts';
import { createResponder, type ResponderOptions } from './responder.ts';
import { createReturnPathSender } from './return-path-sender.ts';
import { createToldMtu } from './told-mtu.ts';

export interface RealServerParts extends AgentParts<'realserver'> {
  readonly sockets: TcpSockets;
  /** The share of this host in use, by its CPU or by the operator's own word. */
  readonly cpu: ShareSource;
  /** Descriptors of listening sockets that outlive this program. */
  readonly inherited: readonly number[];
  /** How it is asked by directors, and asks what runs on its host. */
  readonly network: Pick<ResponderOptions, 'openSocket'> & {
    readonly check: CheckerOptions['run'];
    readonly handshake: Handshake;
  };
}

/** Others' links, ways and filters. */
const lookoutMs = 5_000;

/** Begins with the last snapshot on disk, where there is one; needs no coordinator. */
export async function createRealServerAgent(parts: RealServerParts): Promise<Agent> {
  const { config, host, ledger, clock, random, log, network } = parts;
  /** What the host was like when it was last looked at, and what that means for the plan. */
  let survey = await surveyFor(host, config.address, undefined);
  const mtus = createToldMtu(clock, carriedBefore(ledger.made()));
  let facts = factsFrom(survey, config);
  const takesGue = await host.takesGue();
  /** What `wanted` was made of: the snapshot in force, or the one that is being tried. */
  let basis: RealServerSnapshot | undefined;
  let wanted: HostState | undefined;

  const checker = createChecker({
    clock,
    random,
    run: network.check,
    onTransition({ service, vip, ports, from, to, forMs }) {
      const fields = { service, vip, ports, from: from.verdict, to: to.verdict, forMs, reason: to.reason };
      log[to.verdict === 'unhealthy' ? 'warn' : 'info'](fields, 'application verdict changed');
      if (to.verdict === 'unhealthy') responder.worsened(vip);
      follower.report();
    },
  });
  const askerKeys = createAskerKeys(config.address, clock);
  const responder = createResponder({
    ...{ sealOf: askerKeys.sealOf, clock, random },
    onMtu(director, mtuBytes) {
      if (mtus.told(director, mtuBytes)) takeFacts(basis);
    },
    verdicts: checker.verdicts,
    openSocket: network.openSocket,
    onTrouble: (address, error) => log.warn({ address, reason: error.message }, 'cannot answer probes yet'),
    onListening: (address) => log.info({ address }, 'answering probes'),
  });
  const knock = createKnock({
    ...{ inherited: parts.inherited, handshake: network.handshake, clock, random },
    onUseless: (descriptor, reason) =>
      log.warn({ descriptor, reason }, 'a socket that was handed over is of no use'),
  });
  const closedPort = createClosedPort({ clock, handshake: network.handshake });
  const { name, site, labels, capacity, address } = config;
  const returnPath = createReturnPathSender({
    ...{ name, address, clock, random, openSocket: network.openSocket, sendFrom: responder.sendFrom },
  });
  const load = createLoadMeter({ clock, sockets: parts.sockets, cpu: parts.cpu, capacity, log });
  const metrics = createRealServerMetrics({
    load: load.report,
    reports: checker.reports,
    answered: responder.answered,
    ignored: responder.ignored,
    proofs: returnPath.sent,
    missing: responder.missing,
    troubles,
    observed: () => kept.observed(),
    snapshotVersion: () => follower.version(),
    connected: () => follower.connected(),
    certificateEndsMs: () => parts.renewal?.endsMs(),
  });

  const kept = createKeptHost({
    ...{ host, ledger, clock, random, log, metrics },
    observes: config.observe,
    wanted: () => wanted,
    onFault: () => void follower.report(),
  });

  const nft = watchNft({
    generation: host.nftGeneration,
    clock,
    onChange: kept.check,
  });

  const lookout = createLookout({
    look: () => surveyFor(host, config.address, basis),
    onSeen(seen) {
      survey = seen;
      takeFacts(basis);
    },
    clock,
    intervalMs: lookoutMs,
  });

  const examiner = createExaminer({ look: () => lookAtOwn(parts, basis, facts), clock, random });

  async function lookAt(snapshot: RealServerSnapshot): Promise<void> {
    survey = await surveyFor(host, config.address, snapshot);
    facts = factsFrom(survey, config, mtus.least(snapshot.directors.map((one) => one.name)));
  }

  /** What was seen and what was told, for this snapshot. */
  function takeFacts(of: RealServerSnapshot | undefined): void {
    const before = JSON.stringify(facts);
    const directors = of?.directors.map((one) => one.name) ?? [];
    facts = factsFrom(survey, config, mtus.least(directors));
    if (JSON.stringify(facts) !== before) hostIsOther();
  }

  function who({ directors }: RealServerSnapshot) {
    return {
      address: config.address,
      directors: directors.map((one) => one.address),
    };
  }

  /** The host has changed under what was planned for it. */
  function hostIsOther(): void {
    if (basis === undefined || wanted === undefined || unplanned !== undefined) return;
    wanted = realServerHost(basis, facts);
    kept.check();
  }

  /** A snapshot from disk for which no host can be planned, as another version of this program has left it. */
  let unplanned: string | undefined;

  /** Why the host is not as it should be, or undefined. */
  function hostTrouble(): string | undefined {
    return unplanned ?? kept.trouble();
  }

  /** What others on this host do to what is in force here. */
  function amiss(): string[] {
    const blind = lookout.trouble();
    const untold = [
      ...(blind === undefined ? [] : [`this host could not be looked at: ${blind}`]),
      ...kept.amiss(),
    ];
    if (basis === undefined || wanted === undefined) return untold;
    const rival = rivalTunnels(wanted, survey.links, ledger.made(), who(basis));
    const found = [...realServerChecks(basis, survey, facts), ...(rival === undefined ? [] : [rival])];
    return [...untold, ...found.map(sentenceOf)];
  }

  function troubles(): string[] {
    return troublesOf({
      host: hostTrouble(),
      amiss: amiss(),
      unanswered: responder.missing(),
      knock: knock.state(),
      open: closedPort.open(),
      unsent: returnPath.trouble(),
      nowMs: clock.monotonicMs(),
    });
  }

  /** Each is logged when it comes; the report has them all. */
  let told: readonly string[] = [];
  function tellTroubles(): string[] {
    const now = troubles();
    for (const trouble of now) if (!told.includes(trouble)) log.warn({ trouble }, 'trouble');
    told = now;
    return now;
  }

  /** Where nothing of ours was on the host before, a refused first snapshot leaves nothing behind. */
  const untouched = isEmpty(ledger.made()) ? emptyHostState : undefined;

  /** Why the host could not be brought to what is wanted, or undefined. */
  async function bring(snapshot: RealServerSnapshot | undefined): Promise<string | undefined> {
    wanted = snapshot === undefined ? untouched : realServerHost(snapshot, facts);
    basis = snapshot;
    unplanned = undefined;
    return await kept.bring();
  }

  const offers = createOffers<RealServerSnapshot>(config.observe);

  const follower = createFollower({
    role: 'realserver',
    parts,
    judge: offers.judging(
      async (next: RealServerSnapshot, current: RealServerSnapshot | undefined, isOlder: boolean) => {
        const reason = isUnjudged(next)
          ? undefined
          : current === undefined
            ? implausibleBesideMade(ledger.made(), next)
            : implausibleForRealServer(current, next, next.asked, isOlder);
        if (reason !== undefined) return `implausible: ${reason}`;
        await lookAt(next);
        const desired = realServerHost(next, facts);
        const made = ledger.made();
        const reading = await host.read([desired, made, localRoutesOf(desired)]);
        const [conflict] = foreignObjects(desired, reading, made);
        if (conflict !== undefined) return conflict.message;
        const claimed = claimedHere(reading.strays);
        if (claimed !== undefined) return claimed;
        const taken = vipOnCard(carriedVips(next, facts), survey);
        const stands = taken ?? rivalTunnels(desired, survey.links, made, who(next));
        return stands && sentenceOf(stands);
      },
    ),
    apply: async (snapshot) => (offers.isGoingBack(snapshot) ? undefined : bring(snapshot)),
    restore,
    examination: examiner.latest,
    onContent: serve,
    member: () => ({
      role: 'realserver',
      name,
      site,
      address,
      prefixLength: facts.prefixLength,
      labels,
      capacity,
      gateways: facts.gateways,
      capabilities: capabilitiesWith({ gue: takesGue }),
    }),
    report() {
      const fault = hostTrouble();
      return {
        ...emptyReport,
        applications: checker.reports(),
        load: load.report(),
        troubles: tellTroubles(),
        ...(fault === undefined ? {} : { fault }),
      };
    },
    reportIntervalMs: tickMs,
  });

  /** Nobody asked for it anew: what does not work is told and tried again, never gone back on. */
  async function restore(snapshot: RealServerSnapshot): Promise<string | undefined> {
    try {
      await lookAt(snapshot);
      return await bring(snapshot);
    } catch (error) {
      unplanned = messageOf(error);
      return unplanned;
    }
  }

  function serve(snapshot: RealServerSnapshot): void {
    const translated = isTranslated(snapshot);
    checker.watch(snapshot.services, (vip) => (translated ? config.address : vip));
    load.watch(
      localEnds(snapshot, config.address),
      snapshot.directors.map((director) => director.address),
    );
    const ends = probeEnds(snapshot, config.address);
    askerKeys.watch(snapshot);
    responder.listen(ends);
    const addresses = ends.map((end) => end.address);
    knock.listen(addresses);
    closedPort.watch(addresses);
    const vips = ends.filter((end) => !end.isTranslated).map((end) => end.address);
    returnPath.watch(snapshot.collectors ?? [], vips);
  }

  await follower.begin();
  return {
    exposition: metrics.registry,
    healthy: hostTrouble,
    async close() {
      // While there are sockets to say it from: the directors then ask this host's kernel, without having to wait for silence.
      await responder.farewell();
      checker.close();
      returnPath.close();
      responder.close();
      knock.close();
      closedPort.close();
      load.close();
      nft.close();
      lookout.close();
      examiner.close();
      await Promise.all([follower.close(), kept.stop()]);
    },
  };
}

function isEmpty(state: HostState): boolean {
  return Object.values(state).every((list) => list.length === 0);
}
