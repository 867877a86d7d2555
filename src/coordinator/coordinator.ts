/** A coordinator, put together: store, view, agents, publisher, what it leads and serves, API. */
import { serveApi } from '../api/server.ts';
import { type AgentReport, emptyReport } from '../domain/agent-message.ts';
import { Elsewhere } from '../domain/elsewhere.ts';
import type { PlannedWeights, Withdrawals } from '../domain/world.ts';
import type { AgentWord } from '../plan/observe/agent-word.ts';
import { disagreements } from '../plan/observe/disagreements.ts';
import { returnPathWords } from '../plan/observe/witnesses.ts';
import { type Exposition, expositionOf } from '../runtime/exposition.ts';
import type { Fence } from '../store/store.ts';
import { createAudit } from './audit.ts';
import { createCertificates } from './certificates.ts';
import { type Cluster, createCluster } from './cluster.ts';
import { type CoordinatorMetrics, countedStore, createMetrics, showLatency } from './coordinator-metrics.ts';
import type { ClusterPlace, CoordinatorOptions } from './coordinator-options.ts';
import { coordinatorTroubles, tellLeftOut } from './coordinator-troubles.ts';
import { createHearing } from './hearing.ts';
import { createLeading, type Leading } from './lead/leading.ts';
import { tellPlan } from './lead/plan-told.ts';
import { createAdminHandlers } from './serve/admin.ts';
import { watchUnfinished } from './serve/watch-unfinished.ts';
import { createAgentRecords } from './site/agent-record.ts';
import { type AgentPlace, createAgentHandlers } from './site/agents.ts';
import { showDisagreements } from './site/choice-metrics.ts';
import { createLatencySampler } from './site/latency-samples.ts';
import { createNameGuard } from './site/name-guard.ts';
import { createObservations } from './site/observations.ts';
import { createPublisher } from './site/publisher.ts';
import { createRejections } from './site/rejections.ts';
import { returnPathText, tellReturnPaths } from './site/return-path-metrics.ts';
import { createSupervision } from './site/supervision.ts';
import { showSupervision } from './site/supervision-metrics.ts';
import { createFleet } from './view/fleet.ts';
import { keptPlans } from './view/kept-plans.ts';
import { ensureProbeKeys } from './view/probe-key.ts';
import { createSerial } from './view/serial.ts';
import { isOfTheStore, watchStoreHealth } from './view/store-health.ts';
import { openStoreView, type StoreView } from './view/store-view.ts';
import { worldOf } from './view/world-of-store.ts';

export interface Coordinator {
  /** The port of the API. */
  readonly port: number;
  readonly metrics: CoordinatorMetrics;
  /** What a scrape is shown. */
  readonly exposition: Exposition;
  /** Undefined when all is well. */
  trouble(): string | undefined;
  close(): Promise<void>;
}

const startRetryMs = 200;

/** Errors: those of the store and of listening. */
export async function startCoordinator(options: CoordinatorOptions): Promise<Coordinator> {
  const { clock, log, name, latencyWindowMs } = options;
  const metrics = createMetrics();
  const audit = createAudit({ name, file: options.audit, log, metrics, clock });
  const store = watchStoreHealth(countedStore(options.store, metrics), { clock, log });
  const onError = (error: unknown): void => {
    // It has been told, and is no bug.
    if (isOfTheStore(error) && (store.trouble() ?? following?.behind()) !== undefined) return;
    metrics.internalErrors.inc();
    log.error({ err: error }, 'internal error');
  };
  let following: StoreView | undefined;
  const place = options.hearing;
  const hearsAt = place && { hearsAt: place.hearsAt };
  const view = await openStoreView(store, {
    onSetAside(record) {
      metrics.recordsSetAside.inc();
      log.error({ store: store.location, ...record }, 'record set aside');
    },
    onTrouble: onError,
    onStale(reason) {
      if (reason === undefined) log.info('what others write is seen again');
      else log.warn({ reason }, 'what others write is not seen');
    },
    clock,
    ...(options.cluster === undefined && {
      alone: { name, site: place?.site ?? '', address: options.listen, ...hearsAt },
    }),
    ...(options.ownAddresses === undefined ? {} : { ownAddresses: options.ownAddresses() }),
  });
  following = view;
  await ensureProbeKeys({ store, view, nowMs: clock.nowMs, randomBytes: options.randomBytes });
  const leftOut = tellLeftOut({ log, view });
  view.onChange(leftOut);
  leftOut();
  showLatency(metrics, view.latency());

  const hearing =
    place &&
    createHearing({
      ...place,
      ...{ own: { name }, view, clock, registry: metrics.registry, onError },
      periodMs: latencyWindowMs,
    });
  const agents = createAgentRecords();
  const fleet = createFleet({
    ...{ own: agents, clock, onHeard: heard },
    ...(hearing && { ownCollected: hearing.words }),
  });
  const supervision = createSupervision({ agents: fleet, startedMs: clock.nowMs() });
  showSupervision(metrics.registry, {
    agents,
    members: () => worldOf(view),
    unsupervised: () => supervision.unsupervised(worldOf(view), clock.monotonicMs()),
  });
  showDisagreements(metrics.registry, () => disagreements(worldOf(view), agents, clock.nowMs()));
  const exposition = expositionOf(metrics.registry, () =>
    returnPathText({ world: () => worldOf(view), words: () => returnPathWords(fleet, clock.monotonicMs()) }),
  );
  const serial = createSerial();
  const rejections = createRejections({ log, metrics, clock });
  const kept = keptPlans(view);
  const weights = (): PlannedWeights | undefined => leading?.leader.weights() ?? kept.weights();
  const withdrawals = (): Withdrawals => leading?.leader.withdrawals() ?? kept.withdrawals();
  const publisher = createPublisher({
    view,
    agents,
    clock,
    weights,
    withdrawals,
    epoch: (site) => (options.cluster === undefined ? 0 : cluster?.fenceOf(site)?.epoch),
    onSent(agent) {
      metrics.snapshots.inc({ role: agent.role });
      const { role, name: agentName, wanted } = agent;
      log.info({ role, agent: agentName, version: wanted?.version, force: wanted?.force }, 'snapshot sent');
    },
    onPublished(tookMs) {
      metrics.publishSeconds.observe(tookMs / 1_000);
      leading?.answered();
    },
    onError,
  });
  const sampler = createLatencySampler({ agents, view, supervision });
  let leading: Leading | undefined;
  let cluster: Cluster | undefined;
  let toldAgents = '';

  function lead(fence: Fence | undefined): void {
    leading = createLeading({
      store,
      view,
      agents: fleet,
      serial,
      clock,
      fence,
      planTickMs: options.planTickMs,
      ...(latencyWindowMs === undefined ? {} : { windowMs: latencyWindowMs }),
      *samplesSince(sinceMs, nowMs) {
        return [...(yield* sampler(sinceMs, nowMs)), ...fleet.takeRtt()];
      },
      onWeights: () => publisher.weightsChanged(),
      onPlanned: (told) => tellPlan(told, log, metrics),
      onLatency(entries) {
        showLatency(metrics, entries);
        for (const entry of entries) log.info(entry, 'latency accepted');
      },
      onReturnPaths: (changes) => tellReturnPaths(changes, log),
      onHandedOver: (resources) => log.info({ resources }, 'changed over: the old way is no longer in use'),
      onSwept: (names) => log.info({ overrides: names }, 'expired overrides swept'),
      randomBytes: options.randomBytes,
      onProbeKeysRenewed: () => log.info('the keys of the probes change'),
      onRejected: rejections.take,
      onError,
    });
  }

  /** An agent has reported, here or elsewhere. */
  function heard(word: AgentWord, previous: AgentReport = emptyReport): void {
    const member = view.member(word.role, word.name)?.value;
    if (member === undefined) return;
    if (word.role === 'director') supervision.heard(word, clock.nowMs(), clock.monotonicMs());
    leading?.heard(word, member.site, previous);
  }

  view.onChange((records) => leading?.changed(records));
  const shared = { store, view, serial, clock, log };
  const unfinished = watchUnfinished({
    ...shared,
    onError,
    ...(options.finishAfterMs === undefined ? {} : { afterMs: options.finishAfterMs }),
  });
  const certificates = createCertificates({
    ...{ tls: options.tls, clock, randomBytes: options.randomBytes, log, metrics },
    others: () => cluster?.addresses().slice(1) ?? [],
    denials: view.denials,
    insecure: options.insecure === true,
  });
  let atTheDoor = (): string | undefined => undefined;
  const names = createNameGuard({ view, agents: fleet, clock, startedMs: clock.nowMs() });
  const troubles = (): string[] => [
    ...coordinatorTroubles({
      view,
      store: store.trouble(),
      certificates: [atTheDoor(), ...certificates.troubles()].filter((one) => one !== undefined),
      audit: audit.trouble(),
      clock: options.clockTrouble?.(),
      insecure: options.insecure === true,
    }),
    ...names.troubles(),
    ...[hearing?.trouble()].filter((one) => one !== undefined),
  ];
  const observations = createObservations({
    name,
    agents,
    view,
    clock,
    supervision,
    publishedRevision: publisher.revision,
    collected: () => hearing?.reports() ?? [],
  });
  const others = {
    ask: async () => (await cluster?.ask()) ?? [],
    parts: fleet.parts,
    leaderAddress: () => cluster?.otherLeader()?.address,
  };
  async function stop(): Promise<void> {
    store.stopTrying();
    certificates.close();
    unfinished.close();
    leading?.close();
    hearing?.close();
    publisher.close();
    await view.close();
    await audit.close();
  }
  try {
    const api = await serveApi({
      listen: options.listen,
      ...(certificates.door === undefined ? {} : { tls: certificates.door }),
      handlers: {
        admin: createAdminHandlers({
          ...shared,
          randomBytes: options.randomBytes,
          agents: fleet,
          name,
          startedMs: clock.nowMs(),
          troubles,
          publishedRevision: publisher.revision,
          weights,
          withdrawals,
          supervision,
          planSource: () => leading?.leader,
          unsigned: certificates.unsigned,
          ...(options.cluster === undefined ? {} : { others }),
        }),
        agents: createAgentHandlers({
          ...shared,
          agents,
          names,
          publisher,
          metrics,
          ...(options.cluster === undefined ? {} : { place: placeOf }),
          onAnswer: () => leading?.answered(),
          onRegistered: audit.registered,
          onReport(agent, previous) {
            observations.changed(agent);
            heard(agent, previous);
          },
        }),
        ...(options.cluster === undefined ? {} : { peers: observations }),
        renewals: certificates.issuing,
        onCalled: audit.called,
        onRefused: audit.refused,
        onInternalError: (operation, error) => {
          metrics.internalErrors.inc();
          log.error({ operation, err: error }, 'internal error');
        },
      },
    });
    atTheDoor = api.trouble;
    if (options.cluster === undefined) lead(undefined);
    else cluster = join(options.cluster, api.port);
    return {
      port: api.port,
      metrics,
      exposition,
      trouble: () => view.trouble() ?? store.trouble() ?? audit.trouble(),
      async close() {
        leading?.close();
        unfinished.close();
        // Others need not wait for the end of what is given back.
        await cluster?.close();
        await api.close();
        await stop();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }

  function join({ site, address, random, ttlMs }: ClusterPlace, port: number): Cluster {
    return createCluster({
      store,
      view,
      fleet,
      own: { name, site, address: address(port), ...hearsAt },
      clock,
      random,
      log,
      ttlMs,
      tls: certificates.towards,
      onLead(fence) {
        leading?.close();
        leading = undefined;
        if (fence !== undefined) lead(fence);
      },
      onOwned: tellAgents,
      onError,
    });
  }

  /** Until it is known who owns what, nobody is served. */
  function placeOf(agent: string, site: string): AgentPlace {
    if (cluster === undefined)
      throw new Elsewhere('serve agent', agent, 'this coordinator has only begun', {
        address: undefined,
        retryAfterMs: startRetryMs,
        coordinators: [],
      });
    cluster.refuseStranger(agent, site);
    return { coordinators: cluster.addresses(), fence: cluster.fenceOf(site) };
  }

  /** Agents of other sites are sent away; the others hear who there is. */
  function tellAgents(isLook: boolean): void {
    if (cluster === undefined) return;
    sendAway(cluster, isLook);
    const coordinators = cluster.addresses();
    if (coordinators.join() === toldAgents) return;
    toldAgents = coordinators.join();
    for (const agent of agents.connected()) agent.stream?.names?.(coordinators);
  }

  /** Agents of sites that are another's go there; what was not sent by now is that one's to send. */
  function sendAway(place: Cluster, isLook: boolean): void {
    for (const agent of agents.connected()) {
      const site = view.member(agent.role, agent.name)?.value.site;
      if (site === undefined || place.owns(site)) continue;
      if (isLook || place.fenceOf(site) === undefined) agent.stream?.close(place.elsewhere(agent.name, site));
    }
  }
}
