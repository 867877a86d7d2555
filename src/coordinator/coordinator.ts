/** A coordinator, put together: store, view, agents, publisher, latency, API. */
import { serveApi } from '../api/server.ts';
import type { TlsOfServer } from '../api/tls-door.ts';
import type { Clock } from '../domain/clock.ts';
import type { LatencyEntry } from '../domain/report.ts';
import type { Logger } from '../runtime/log.ts';
import type { Store } from '../store/store.ts';
import { type CoordinatorMetrics, countedStore, createMetrics } from './coordinator-metrics.ts';
import { coordinatorTroubles, tellLeftOut } from './coordinator-troubles.ts';
import { createFlowLeader } from './lead/flow-leader.ts';
import { createHandovers } from './lead/handovers.ts';
import { trackLatency } from './lead/latency-matrix.ts';
import { planCause, tellPlan } from './lead/plan-told.ts';
import { sweepOverrides } from './lead/sweep-overrides.ts';
import { createTelemetry } from './lead/telemetry.ts';
import { createRefusals } from './refusals.ts';
import { createAdminHandlers } from './serve/admin.ts';
import { watchUnfinished } from './serve/watch-unfinished.ts';
import { createAgentRecords } from './site/agent-record.ts';
import { createAgentHandlers } from './site/agents.ts';
import { createLatencySampler } from './site/latency-samples.ts';
import { createNameGuard } from './site/name-guard.ts';
import { createPublisher } from './site/publisher.ts';
import { createRejections } from './site/rejections.ts';
import { createSupervision } from './site/supervision.ts';
import { showSupervision } from './site/supervision-metrics.ts';
import { ensureProbeKey } from './view/probe-key.ts';
import { createSerial } from './view/serial.ts';
import { isOfTheStore, watchStoreHealth } from './view/store-health.ts';
import { openStoreView } from './view/store-view.ts';
import { worldOf } from './view/world-of-store.ts';

export interface CoordinatorOptions {
  readonly name: string;
  /** `host:port` of the API. */
  readonly listen: string;
  /** Undefined: plaintext. */
  readonly tls?: TlsOfServer | undefined;
  /** Plaintext where others can reach it, because its operator has said so. */
  readonly insecure?: boolean;
  /** Stays the caller's to close. */
  readonly store: Store;
  readonly clock: Clock;
  readonly randomBytes: (size: number) => Uint8Array;
  /** Addresses of this host, none of which can be a VIP; absent: it is not judged. */
  readonly ownAddresses?: () => readonly string[];
  readonly log: Logger;
  /** Time between two judgements of the latency matrix. */
  readonly latencyWindowMs?: number;
  /** Time between two plans of the flows where nothing happens. */
  readonly planTickMs?: number;
  /** How long nothing may move of a change that is being written before it is taken up. */
  readonly finishAfterMs?: number;
}

export interface Coordinator {
  /** The port of the API. */
  readonly port: number;
  readonly metrics: CoordinatorMetrics;
  /** Undefined when all is well. */
  trouble(): string | undefined;
  close(): Promise<void>;
}

/** Errors: those of the store and of listening. */
export async function startCoordinator(options: CoordinatorOptions): Promise<Coordinator> {
  const { clock, log, name, latencyWindowMs } = options;
  const metrics = createMetrics();
  const store = watchStoreHealth(countedStore(options.store, metrics), { clock, log });
  const onError = (error: unknown): void => {
    // It has been told, and is no bug.
    if (isOfTheStore(error) && store.trouble() !== undefined) return;
    metrics.internalErrors.inc();
    log.error({ err: error }, 'internal error');
  };
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
    ...(options.ownAddresses === undefined ? {} : { ownAddresses: options.ownAddresses() }),
  });
  await ensureProbeKey(store, view, options.randomBytes);
  const leftOut = tellLeftOut({ log, view });
  view.onChange(leftOut);
  leftOut();
  showLatency(metrics, view.latency());

  const agents = createAgentRecords();
  const supervision = createSupervision({ agents, startedMs: clock.nowMs() });
  showSupervision(metrics.registry, {
    agents,
    members: () => worldOf(view),
    unsupervised: () => supervision.unsupervised(worldOf(view), clock.monotonicMs()),
  });
  const serial = createSerial();
  const publisher = createPublisher({
    view,
    agents,
    clock,
    weights: () => leader.weights(),
    withdrawals: () => leader.withdrawals(),
    // No site is owned by lease yet.
    epoch: () => 0,
    onSent(agent) {
      metrics.snapshots.inc({ role: agent.role });
      const { role, name: agentName, wanted } = agent;
      log.info({ role, agent: agentName, version: wanted?.version, force: wanted?.force }, 'snapshot sent');
    },
    onPublished(tookMs) {
      metrics.publishSeconds.observe(tookMs / 1_000);
      handovers.heard();
    },
    onError,
  });
  const handovers = createHandovers({
    store,
    view,
    agents,
    serial,
    clock,
    onOver: (resources) => log.info({ resources }, 'changed over: the old way is no longer in use'),
    onError,
  });
  const rejections = createRejections({ log, metrics, clock });
  const telemetry = createTelemetry({
    agents,
    startedMs: clock.monotonicMs(),
    onRejected: rejections.take,
  });
  const leader = createFlowLeader({
    store,
    view,
    agents,
    telemetry,
    serial,
    clock,
    ...(options.planTickMs === undefined ? {} : { tickMs: options.planTickMs }),
    onWeights: () => publisher.weightsChanged(),
    onPlanned: (told) => tellPlan(told, log, metrics),
    onError,
  });
  view.onChange((records) => {
    const cause = planCause(records);
    if (cause !== undefined) leader.hurry(cause, false);
  });
  const latency = trackLatency({
    store,
    view,
    samplesSince: createLatencySampler({ agents, view, supervision }),
    serial,
    clock,
    ...(latencyWindowMs === undefined ? {} : { windowMs: latencyWindowMs }),
    onAccepted(entries) {
      showLatency(metrics, entries);
      for (const entry of entries) log.info(entry, 'latency accepted');
    },
    onError,
  });
  const sweeper = sweepOverrides({
    store,
    view,
    serial,
    clock,
    onSwept: (names) => log.info({ overrides: names }, 'expired overrides swept'),
    onError,
  });
  const unfinished = watchUnfinished({
    ...{ store, view, serial, clock, log, onError },
    ...(options.finishAfterMs === undefined ? {} : { afterMs: options.finishAfterMs }),
  });
  const shared = { store, view, agents, serial, clock, log };
  let certificates = (): string | undefined => undefined;
  const names = createNameGuard({ view, agents, clock, startedMs: clock.nowMs() });
  const troubles = (): string[] => [
    ...coordinatorTroubles({
      view,
      store: store.trouble(),
      certificates: certificates(),
      insecure: options.insecure === true,
    }),
    ...names.troubles(),
  ];
  async function stop(): Promise<void> {
    store.stopTrying();
    latency.close();
    sweeper.close();
    unfinished.close();
    leader.close();
    handovers.close();
    publisher.close();
    await view.close();
  }
  try {
    const api = await serveApi({
      listen: options.listen,
      ...(options.tls === undefined
        ? {}
        : {
            tls: {
              ...options.tls,
              clock,
              onRenewed: () => log.info('renewed certificates are in use'),
              onNotRenewed: (reason) => log.error({ reason }, 'renewed certificates are not used'),
            },
          }),
      handlers: {
        admin: createAdminHandlers({
          ...shared,
          name,
          startedMs: clock.nowMs(),
          troubles,
          publishedRevision: publisher.revision,
          weights: leader.weights,
          withdrawals: leader.withdrawals,
          supervision,
          planSource: leader,
        }),
        agents: createAgentHandlers({
          ...shared,
          names,
          publisher,
          metrics,
          onAnswer: () => handovers.heard(),
          onReport(agent, previous) {
            handovers.heard();
            const member = view.member(agent.role, agent.name)?.value;
            if (member === undefined) return;
            if (agent.role === 'director') supervision.heard(agent, clock.nowMs(), clock.monotonicMs());
            const changed = telemetry.heard(agent, member.site, previous, clock.monotonicMs());
            if (changed.length > 0) leader.hurry(`health as ${agent.name} sees it`, true, changed);
          },
        }),
        onRefused: createRefusals({ log, metrics, clock }),
        onInternalError: (operation, error) => {
          metrics.internalErrors.inc();
          log.error({ operation, err: error }, 'internal error');
        },
      },
    });
    certificates = api.trouble;
    return {
      port: api.port,
      metrics,
      trouble: () => view.trouble() ?? store.trouble(),
      async close() {
        latency.close();
        sweeper.close();
        unfinished.close();
        leader.close();
        handovers.close();
        await api.close();
        await stop();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function showLatency(metrics: CoordinatorMetrics, entries: readonly LatencyEntry[]): void {
  for (const { from, to, p50Us, p90Us } of entries) {
    metrics.rttSeconds.set({ from, to, quantile: '0.5' }, p50Us / 1e6);
    metrics.rttSeconds.set({ from, to, quantile: '0.9' }, p90Us / 1e6);
  }
}
