/** What a director does that takes long with very many destinations, against a kernel of tables in memory. */

import type { MessageTypeDefinition } from '@grpc/proto-loader';
import { countDestinations, type Tallies } from '../../../agents/director/destinations.ts';
import { createDirectorMetrics } from '../../../agents/director/director-metrics.ts';
import { createKernel, type WantedTable } from '../../../agents/director/kernel.ts';
import { probePlan } from '../../../agents/director/probe-targets.ts';
import { createHealth } from '../../../agents/director/server-paths.ts';
import { snapshotChecksum } from '../../../src/api/checksum.ts';
import { snapshotToWire } from '../../../src/api/convert-snapshot.ts';
import { encodeDelta } from '../../../src/api/encode-delta.ts';
import { sendable } from '../../../src/api/encoded.ts';
import type { CoordinatorMessage__Output } from '../../../src/api/gen/causeway/v1/CoordinatorMessage.ts';
import { createSectioner } from '../../../src/api/manifest.ts';
import { loadApi } from '../../../src/api/proto-services.ts';
import { wholeReportMessage } from '../../../src/api/report-message.ts';
import { snapshotToText } from '../../../src/api/stored-snapshot.ts';
import { createTaker } from '../../../src/api/take-delta.ts';
import { type AgentReport, emptyReport } from '../../../src/domain/agent-message.ts';
import { emptyHostState, type HostState } from '../../../src/domain/host-state.ts';
import {
  destinationId,
  type IpvsOperation,
  type ServiceState,
  serviceId,
} from '../../../src/domain/ipvs-table.ts';
import type { DirectorSnapshot, Snapshot } from '../../../src/domain/snapshot.ts';
import { atOnce, inOneStep, type Steps } from '../../../src/domain/steps.ts';
import type { Host } from '../../../src/kernel/host.ts';
import { type HostFacts, matchHost } from '../../../src/kernel/host-read.ts';
import type { Ipvs } from '../../../src/kernel/ipvs/ipvs.ts';
import type { Ledger } from '../../../src/kernel/ledger.ts';
import { directorHost } from '../../../src/plan/director-host.ts';
import { directorPlan, directorPlanSteps, type Served } from '../../../src/plan/director-table.ts';
import { diffHost } from '../../../src/plan/host-diff.ts';
import { directorContent } from '../../../src/plan/snapshots.ts';
import { touchedServices } from '../../../src/plan/touched.ts';
import { vipsOf } from '../../../src/plan/vips.ts';
import { breathing } from '../../../src/runtime/breathing.ts';
import { createLog } from '../../../src/runtime/log.ts';
import { realClock } from '../../../src/runtime/system-clock.ts';
import { fleetOf, wholeFleet } from './fleet.ts';
import { type LoopRow, measured, turn } from './turns.ts';

/** 20,000 destinations: 4,000 real servers (about as many as one core can probe), each carrying 5 of 500 services. */
function snapshotOf(): DirectorSnapshot {
  const { world } = fleetOf({ ...wholeFleet, realServers: 4_000, groups: 100 });
  const services = world.services.map((service) => ({ ...service, placement: 'local' as const }));
  const [director] = world.directors;
  if (director === undefined) throw new Error('a fleet without directors');
  const content = directorContent({ ...world, services }, director);
  return { ...content, version: 1, force: false, checksum: '' };
}

const counters = { connections: 0, packetsIn: 0, packetsOut: 0, bytesIn: 0, bytesOut: 0 };
const idle = { activeConnections: 0, inactiveConnections: 0, persistentConnections: 0, counters };

/** As much as a message or two of the kernel's holds. */
const servicesATurn = 20;

/** A reading makes every object anew, as decoding does; what is read and written comes and goes in turns of its own. */
function memoryIpvs(onWrite: () => void): Ipvs {
  const services = new Map<string, ServiceState>();
  const fresh = (entry: ServiceState): ServiceState => ({
    ...entry,
    destinations: entry.destinations.map((destination) => ({ ...destination })),
  });
  return {
    async read() {
      const entries: ServiceState[] = [];
      for (const [index, entry] of [...services.values()].entries()) {
        if (index % servicesATurn === 0) await turn();
        entries.push(fresh(entry));
      }
      await turn();
      return entries;
    },
    readService: async (key) => {
      const entry = services.get(serviceId(key));
      return entry && fresh(entry);
    },
    async apply(operations) {
      await turn();
      onWrite();
      for (const [index, [id, own]] of [...Map.groupBy(operations, idOf)].entries()) {
        if (index % servicesATurn === 0) await turn();
        write(services, id, own);
      }
      await turn();
      return [];
    },
    close() {},
  };
}

function idOf(operation: IpvsOperation): string {
  return serviceId('service' in operation ? operation.service.key : operation.key);
}

function write(services: Map<string, ServiceState>, id: string, operations: readonly IpvsOperation[]): void {
  const destinations = new Map(
    (services.get(id)?.destinations ?? []).map((one) => [destinationId(one), one]),
  );
  let service = services.get(id)?.service;
  for (const operation of operations) {
    if (operation.kind === 'delete-service') service = undefined;
    else if (operation.kind === 'add-service' || operation.kind === 'edit-service')
      service = operation.service;
    else if (operation.kind === 'delete-destination')
      destinations.delete(destinationId(operation.destination));
    else destinations.set(destinationId(operation.destination), { ...idle, ...operation.destination });
  }
  if (service === undefined) services.delete(id);
  else services.set(id, { service, counters, destinations: [...destinations.values()] });
}

const emptyHost = {
  read: async () => ({ ...emptyHostState, strangers: [] }),
  nftGeneration: async () => 1,
} as unknown as Host;

function memoryLedger(): Ledger {
  let vips: readonly string[] = [];
  return {
    made: () => emptyHostState,
    ownedVips: () => [...vips],
    ownVips: async (more: readonly string[]) => {
      vips = [...new Set([...vips, ...more])];
    },
    disownVips: async () => {},
  } as unknown as Ledger;
}

const noMetrics = {
  paths: () => inOneStep(() => []),
  verdicts: () => [],
  held: () => false,
  claimed: () => 0,
  delayed: () => 0,
  snapshotVersion: () => 1,
  connected: () => true,
};

/** Told that a real server's path is down: until the kernel has been written to, and until it was read back. */
async function transition(): Promise<LoopRow[]> {
  const snapshot = snapshotOf();
  let writtenMs = 0;
  const ipvs = memoryIpvs(() => {
    writtenMs = performance.now();
  });
  const down = new Set<string>();
  const health = {
    path: (realServer: string) => (down.has(realServer) ? ('down' as const) : ('up' as const)),
    application: () => 'healthy' as const,
  };
  const kernel = createKernel({
    ipvs,
    host: emptyHost,
    ledger: memoryLedger(),
    clock: realClock,
    random: () => 0.5,
    log: createLog('bench', 'silent'),
    metrics: createDirectorMetrics(noMetrics),
    onTable() {},
  });
  let served: Served = new Map();
  const table: WantedTable = function* (actual, ids) {
    const plan = yield* directorPlanSteps(snapshot, health, actual, undefined, ids && { ids, served });
    ({ served } = plan);
    return plan.table;
  };
  const brought = await measured(
    'a snapshot of 20,000 destinations into an empty kernel',
    () => kernel.bring(emptyHostState, table, vipsOf(snapshot), false),
    { times: 1 },
  );
  const names = snapshot.realServers.map(({ name }) => name).values();
  const untilWritten: number[] = [];
  const changed = await measured(
    'a health transition among 20,000 destinations, until it was read back',
    async () => {
      const beginMs = performance.now();
      const realServer = names.next().value ?? '';
      down.add(realServer);
      await kernel.healthChanged(touchedServices(snapshot, { realServer }));
      untilWritten.push(writtenMs - beginMs);
    },
    { times: 9 },
  );
  await kernel.stop();
  const wholeMs = untilWritten.toSorted((a, b) => a - b)[untilWritten.length >> 1] ?? 0;
  const what = 'a health transition among 20,000 destinations, until the kernel was told';
  return [brought, { ...changed, what, wholeMs: Math.round(10 * wholeMs) / 10 }, changed];
}

/** A director's report of itself, and the sum by which it knows a snapshot. */
async function report(): Promise<LoopRow[]> {
  const snapshot = snapshotOf();
  const health = createHealth({
    monotonicMs: realClock.monotonicMs,
    nowMs: realClock.nowMs,
    onTransition() {},
  });
  const { targets } = probePlan(snapshot, new Set(['ipv4']));
  health.watch(snapshot, targets);
  let id = 0;
  for (let round = 0; round < 30; round += 1) {
    for (const { realServer, vips } of targets) {
      const path = { realServer, vip: vips[0]?.address ?? '' };
      id += 1;
      health.sent(path, id, realClock.monotonicMs());
      health.answered(path, id, realClock.monotonicMs(), [], true);
    }
  }
  const actual: ServiceState[] = directorPlan(
    snapshot,
    { path: () => 'up', application: () => 'healthy' },
    [],
  ).table.map(({ service, destinations }) => ({
    service,
    counters,
    destinations: destinations.map((one) => ({ ...idle, ...one })),
  }));
  const { exposition } = createDirectorMetrics({
    ...noMetrics,
    paths: () => health.paths(realClock.monotonicMs()),
    verdicts: health.verdicts,
  });
  let tallies: Tallies = new Map();
  function* reportNow(): Steps<AgentReport> {
    const counted = yield* countDestinations(snapshot, actual, tallies, realClock.nowMs(), health.service);
    tallies = counted.tallies;
    const paths = yield* health.paths(realClock.monotonicMs());
    return { ...emptyReport, paths, destinations: counted.reports };
  }
  return [
    await measured('a report of a director of 20,000 destinations, encoded', async () => {
      await wholeReportMessage(await breathing(reportNow(), { operation: 'bench' }));
    }),
    await measured('a scrape of its metrics', () => exposition.metrics()),
    await measured('the checksum of a snapshot of 20,000 destinations', () => snapshotChecksum(snapshot)),
    await measured('a snapshot of 20,000 destinations, encoded', async () => {
      await sendable('CoordinatorMessage', { snapshot: snapshotToWire(snapshot) });
    }),
  ];
}

/** What an agent does with a snapshot that comes whole: from the wire, and to the disk. */
async function take(): Promise<LoopRow[]> {
  const content = snapshotOf();
  const manifest = atOnce(createSectioner().manifestOf(content));
  const bytes = atOnce(encodeDelta({ ...content, checksum: manifest.checksum }, manifest, undefined));
  const { deserialize } = loadApi().definition['causeway.v1.CoordinatorMessage'] as MessageTypeDefinition<
    object,
    CoordinatorMessage__Output
  >;
  let taken: Snapshot | undefined;
  return [
    await measured('a snapshot of 20,000 destinations, taken from the wire', async () => {
      const { delta } = deserialize(bytes);
      taken = delta
        ? await breathing(createTaker().take(delta, undefined), { operation: 'bench' })
        : undefined;
    }),
    await measured('the same as text for the disk', () =>
      breathing(snapshotToText(taken ?? content), { operation: 'bench' }),
    ),
  ];
}

/** A look at a host with 1,000 VIPs as they should be, and what is to be done. */
async function look(): Promise<LoopRow[]> {
  const { world } = fleetOf({ ...wholeFleet, realServers: 500 });
  const [director] = world.directors;
  const services = world.services.map((service, index) => ({
    ...service,
    vips: [`198.18.${index >> 8}.${index & 255}`, `198.19.${index >> 8}.${index & 255}`],
  }));
  if (director === undefined) return [];
  const wanted = directorHost(directorContent({ ...world, services }, director));
  const facts = factsOf(wanted);
  return [
    await measured('a look at a host with 1,000 VIPs, and the difference', () => {
      const reading = matchHost([wanted, wanted], facts);
      const operations = diffHost(wanted, reading, wanted);
      if (operations.length > 0) throw new Error('this host is as it should be');
    }),
    await measured('the difference where the 1,000 VIPs are all to be made', () =>
      diffHost(wanted, emptyHostState, emptyHostState),
    ),
  ];
}

function factsOf(wanted: HostState): HostFacts {
  const lo = { index: 1, name: 'lo', mtu: 65_536, up: true, kind: undefined, link: undefined };
  return {
    fouPorts: [],
    links: [lo],
    addresses: wanted.addresses.map(({ address, prefixLength }) => ({
      linkIndex: 1,
      family: 'ipv4',
      address,
      prefixLength,
      preferredLifetimeSeconds: 0xffff_ffff,
      scope: 0,
    })),
    routes: wanted.routes.map(({ family, table, destination }) => ({
      family,
      table,
      type: 2,
      destination,
      gateway: undefined,
      linkIndex: 1,
      advertisedMss: undefined,
      mtu: undefined,
      preferredSource: undefined,
      priority: 0,
    })),
    rules: wanted.rules,
    sysctls: new Map(wanted.sysctls.map(({ name, value }) => [name, value])),
    nft: new Map(wanted.nft.map((table) => [table.name, table])),
  };
}

export const directorParts: Readonly<Record<string, () => Promise<LoopRow[]>>> = {
  transition,
  report,
  take,
  look,
};
