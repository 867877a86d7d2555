/** A coordinator without its network, of a fleet whose agents have all reported: what its parts are measured on. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AgentHandlers } from '../../../src/api/handlers.ts';
import { createMetrics } from '../../../src/coordinator/coordinator-metrics.ts';
import { createEstimateRecords } from '../../../src/coordinator/lead/estimate-records.ts';
import { createFlowLeader, type FlowLeader } from '../../../src/coordinator/lead/flow-leader.ts';
import { createTelemetry, type Telemetry } from '../../../src/coordinator/lead/telemetry.ts';
import { createAdminHandlers } from '../../../src/coordinator/serve/admin.ts';
import { type AgentRecords, createAgentRecords } from '../../../src/coordinator/site/agent-record.ts';
import { createAgentHandlers } from '../../../src/coordinator/site/agents.ts';
import { createNameGuard } from '../../../src/coordinator/site/name-guard.ts';
import { createPublisher } from '../../../src/coordinator/site/publisher.ts';
import { createSupervision, type Supervision } from '../../../src/coordinator/site/supervision.ts';
import { createSerial } from '../../../src/coordinator/view/serial.ts';
import { openStoreView, type StoreView } from '../../../src/coordinator/view/store-view.ts';
import type { AgentHello, AgentReport } from '../../../src/domain/agent-message.ts';
import type { Member } from '../../../src/domain/member.ts';
import type { Resource } from '../../../src/domain/resource.ts';
import type { AgentRole } from '../../../src/domain/role.ts';
import type { Snapshot } from '../../../src/domain/snapshot.ts';
import type { World } from '../../../src/domain/world.ts';
import { createLog } from '../../../src/runtime/log.ts';
import { realClock } from '../../../src/runtime/system-clock.ts';
import { openEmbeddedStore } from '../../../src/store/embedded.ts';
import { latencyKey, memberKey, resourceKey } from '../../../src/store/keys.ts';
import { encodeRecord } from '../../../src/store/record.ts';
import type { Store, Write } from '../../../src/store/store.ts';
import { createRandom } from '../flow-fleet.ts';
import { createLeaderFleet } from '../leader-fleet.ts';
import { turn } from './turns.ts';

/** Of the whole size that the aims are about, or that of a smaller fleet. */
export interface FleetShape {
  readonly sites: number;
  readonly services: number;
  readonly realServers: number;
  readonly directors: number;
  /** Services of a group share their real servers; each has its own where there are as many groups as services. */
  readonly groups?: number;
}

/** 24,000 that report every five seconds are five in a millisecond. */
export const agentsATurn = 50;

export const wholeFleet: FleetShape = { sites: 50, services: 500, realServers: 24_000, directors: 50 };

/** By name. */
export interface FleetReports {
  readonly directors: ReadonlyMap<string, AgentReport>;
  readonly realServers: ReadonlyMap<string, AgentReport>;
}

export interface BenchCoordinator {
  readonly world: World;
  readonly store: Store;
  readonly view: StoreView;
  readonly agents: AgentRecords;
  readonly supervision: Supervision;
  readonly admin: ReturnType<typeof createAdminHandlers>;
  readonly handlers: AgentHandlers;
  readonly telemetry: Telemetry;
  readonly leader: FlowLeader;
  /** What agents were sent. */
  readonly sent: Map<string, Snapshot>;
  /** All agents say again what they say, so many in one turn of the loop as come together: each comes by a stream of its own. */
  report(): Promise<void>;
  reports: FleetReports;
  /** Resolves when all that was to be published by now is, and nothing is under way any more. */
  published(): Promise<void>;
  weightsChanged(): void;
  hello(member: Member): AgentHello;
  close(): Promise<void>;
}

/** The fleet of the leader's benchmark, with ports; a smaller one is cut out of it. */
export function fleetOf(shape: FleetShape) {
  const fleet = createLeaderFleet({ groups: shape.groups ?? shape.services, loadPercent: 60, seed: 7 });
  const { world } = fleet;
  const sites = world.sites.slice(0, shape.sites);
  const names = sites.map(({ name }) => name);
  return {
    ...fleet,
    world: {
      ...world,
      sites,
      services: world.services.slice(0, shape.services).map((service) => ({
        ...service,
        ports: [{ protocol: 'tcp' as const, port: 80, targetPort: 80 }],
      })),
      directors: Array.from({ length: shape.directors }, (_, index) => ({
        ...(world.directors[index % names.length] ?? fail()),
        name: `director-${index}`,
        address: `10.200.${index}.1`,
      })),
      realServers: world.realServers.slice(0, shape.realServers).map((realServer, index) => ({
        ...realServer,
        site: names[index % names.length] ?? '',
        probeSlot: index + 1,
      })),
      latency: world.latency.filter(({ from, to }) => names.includes(from) && names.includes(to)),
    } satisfies World,
  };
}

function fail(): never {
  throw new Error('a fleet without sites');
}

export async function openCoordinator(shape: FleetShape): Promise<BenchCoordinator> {
  const { world } = fleetOf(shape);
  const folder = mkdtempSync(join(tmpdir(), 'causeway-bench-'));
  const store = openEmbeddedStore({ file: join(folder, 'store.db'), clock: realClock });
  await store.commit({ conditions: [], writes: recordsOf(world) });
  const failed = (error: unknown): never => {
    throw error;
  };
  const view = await openStoreView(store, { onSetAside: failed, onTrouble: failed, clock: realClock });
  const clock = realClock;
  const log = createLog('bench', 'silent');
  const agents = createAgentRecords();
  const serial = createSerial();
  const startedMs = clock.nowMs();
  const supervision = createSupervision({ agents, startedMs });
  const telemetry = createTelemetry({ agents, startedMs: clock.monotonicMs(), onRejected: () => {} });
  const metrics = createMetrics();
  const sent = new Map<string, Snapshot>();
  /** Of the publisher: that are to begin, or have begun. */
  let rounds = 0;
  const leader = createFlowLeader({
    store,
    view,
    agents,
    telemetry,
    estimates: createEstimateRecords({
      store,
      view,
      epochMs: clock.nowMs() - clock.monotonicMs(),
      onError: failed,
    }),
    serial,
    clock,
    onWeights() {},
    onPlanned() {},
    onError: failed,
  });
  const publisher = createPublisher({
    view,
    agents,
    clock: {
      ...clock,
      after(delayMs, run) {
        rounds += 1;
        return clock.after(delayMs, run);
      },
    },
    weights: leader.weights,
    withdrawals: leader.withdrawals,
    epoch: () => 0,
    onSent() {},
    onPublished() {
      rounds -= 1;
    },
    onError: failed,
  });
  const shared = { store, view, agents, serial, clock, log };
  const admin = createAdminHandlers({
    troubles: () => [],
    ...shared,
    randomBytes,
    name: 'bench',
    startedMs,
    weights: leader.weights,
    withdrawals: leader.withdrawals,
    supervision,
    planSource: () => leader,
  });
  const handlers = createAgentHandlers({
    names: createNameGuard({ view, agents, clock, startedMs }),
    ...shared,
    publisher,
    metrics,
    onReport() {},
  });
  const members = [...world.directors, ...world.realServers];
  for (const { role, name } of members) {
    const record = agents.get(role, name);
    record.takesSections = true;
    record.stream = {
      peer: 'bench',
      send: (snapshot) => void sent.set(`${role}/${name}`, snapshot),
      holds() {},
      close() {},
    };
  }
  const siteOf = new Map(members.map(({ name, site }) => [name, site]));

  function hear(role: AgentRole, name: string, report: AgentReport): void {
    const agent = agents.get(role, name);
    const previous = agent.report;
    agent.report = report;
    agent.reportedAtMs = clock.monotonicMs();
    agent.lastSeenMs = clock.nowMs();
    if (role === 'director') supervision.heard(agent, clock.nowMs(), clock.monotonicMs());
    telemetry.heard(agent, siteOf.get(name) ?? '', previous, clock.monotonicMs());
  }

  const coordinator: BenchCoordinator = {
    world,
    store,
    view,
    agents,
    supervision,
    admin,
    handlers,
    telemetry,
    leader,
    sent,
    reports: fleetReports(world),
    async report() {
      for (const [name, report] of this.reports.directors) {
        hear('director', name, report);
        await turn();
      }
      for (const [index, [name, report]] of [...this.reports.realServers].entries()) {
        hear('realserver', name, report);
        if (index % agentsATurn === 0) await turn();
      }
    },
    async published() {
      // With the turn after a round stands whether there is another.
      do await turn();
      while (rounds > 0);
    },
    weightsChanged: publisher.weightsChanged,
    hello: (member) => ({
      ...member,
      appliedVersion: 1,
      appliedChecksum: '',
      programVersion: 'bench',
    }),
    async close() {
      leader.close();
      publisher.close();
      await view.close();
      await store.close();
      rmSync(folder, { recursive: true });
    },
  };
  await coordinator.report();
  while (leader.weights() === undefined) await new Promise((resolve) => setTimeout(resolve, 50));
  leader.close();
  await coordinator.published();
  return coordinator;
}

function recordsOf(world: World): Write[] {
  const resources: Resource[] = [...world.sites, ...world.services];
  return [
    ...resources.map((value): Write => {
      return { kind: 'put', key: resourceKey(value), value: encodeRecord({ kind: 'resource', value }) };
    }),
    ...[...world.directors, ...world.realServers].map((value): Write => {
      return {
        kind: 'put',
        key: memberKey(value.role, value.name),
        value: encodeRecord({ kind: 'member', value }),
      };
    }),
    ...world.latency.map((value): Write => {
      const key = latencyKey(value.from, value.to);
      return { kind: 'put', key, value: encodeRecord({ kind: 'latency', value }) };
    }),
  ];
}

/** Everybody is well; each director has every destination. */
function fleetReports(world: World): FleetReports {
  const random = createRandom(7);
  const members = Map.groupBy(world.realServers, ({ labels }) => labels.group ?? '');
  const paths = world.realServers.map(({ name }) => ({
    realServer: name,
    state: 'up' as const,
    sinceMs: 1,
    rttP50Us: 1_000,
    rttP90Us: 1_200,
    loss: 0,
    answered: 20,
    agent: 'present' as const,
    knock: 'works' as const,
  }));
  const silent = { paths: [], destinations: [], applications: [], load: undefined, troubles: [], held: '' };
  // One list for all of them: a machine of a few GB has no room for as many directors' own.
  const destinations = world.services.flatMap(({ name: service, selector }) =>
    (members.get(selector.group ?? '') ?? []).map((realServer) => ({
      service,
      realServer: realServer.name,
      weight: 1,
      activeConnections: Math.round(10 * random()),
      connections: 100,
      bytesIn: 0,
      countedSinceMs: 1,
      verdict: 'healthy' as const,
    })),
  );
  const directors = world.directors.map(({ name }): [string, AgentReport] => [
    name,
    { ...silent, paths, destinations },
  ]);
  const carried = Map.groupBy(world.services, ({ selector }) => selector.group ?? '');
  const realServers = world.realServers.map(({ name, labels }): [string, AgentReport] => {
    const applications = (carried.get(labels.group ?? '') ?? []).map((service) => ({
      service: service.name,
      verdict: 'healthy' as const,
      sinceMs: 1,
      reason: '',
    }));
    const load = { connections: 10, connectionsUtil: 0.4, cpuUtil: undefined, backlogUtil: undefined };
    return [name, { ...silent, applications, load }];
  });
  return { directors: new Map(directors), realServers: new Map(realServers) };
}
