/** Real agents over kernels and a network in memory: what they decide, write and say is theirs, and the way to coordinators is gRPC. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createDirectorAgent } from '../../agents/director/director-agent.ts';
import { createNonces } from '../../agents/director/nonce.ts';
import { createRealServerAgent } from '../../agents/realserver/real-server-agent.ts';
import type { Agent, AgentParts } from '../../agents/shared/agent.ts';
import { connectAgent } from '../../src/api/agent-client.ts';
import type { Clock } from '../../src/domain/clock.ts';
import { serviceId } from '../../src/domain/ipvs-table.ts';
import type { AgentRole } from '../../src/domain/role.ts';
import type { Snapshot } from '../../src/domain/snapshot.ts';
import { openLedger } from '../../src/kernel/ledger.ts';
import { createLog } from '../../src/runtime/log.ts';
import { createSnapshotFile } from '../../src/runtime/snapshot-file.ts';
import { realClock } from '../../src/runtime/system-clock.ts';
import { callingFrom } from './callers.ts';
import { createWitness, type HarmOptions } from './harm.ts';
import { createKernel, type Kernel } from './kernel.ts';
import { createLife, type Life } from './life.ts';
import type { FakeNetwork, Machine } from './network.ts';

export interface ScenarioAgent {
  readonly name: string;
  readonly role: AgentRole;
  readonly address: string;
  readonly kernel: Kernel;
  /** Its state directory. */
  readonly folder: string;
  /** Of all its lives, in order. */
  readonly snapshots: readonly Snapshot[];
  /** The address of the coordinator that it is connected to, or undefined. */
  coordinator(): string | undefined;
  /** Begins a life that ends in place of the step after `lastStep`, if it is given; resolves when that has begun or ended. */
  start(lastStep?: number): Promise<Life>;
  /** At once and without a word. */
  kill(): void;
  /** Its host's clock is so far from right from now on. */
  stepClock(ms: number): void;
  /** Undefined: all is well. */
  healthy(): string | undefined;
  dispose(): Promise<void>;
}

export interface ScenarioDirector extends ScenarioAgent {
  /** Addresses that carry in its kernel, with their weights, of the service at this VIP and port. */
  weights(vip: string, port?: number): Record<string, number>;
}

export interface ScenarioRealServer extends ScenarioAgent {
  readonly machine: Machine;
  /** Its host dies, and its agent with it. */
  die(): void;
}

export interface AgentPlace {
  readonly name: string;
  readonly site: string;
  readonly address: string;
  readonly coordinators: readonly string[];
  /** From which it calls coordinators. */
  readonly source: string;
  readonly network: FakeNetwork;
  /** Below which its state directory is made. */
  readonly folder: string;
  readonly harm: Pick<HarmOptions, 'vips' | 'onHarm'>;
}

export function prepareDirector(place: AgentPlace): ScenarioDirector {
  const kernel = kernelAt(place);
  const agent = prepare('director', place, kernel, async (parts, life) => {
    const { ipvs, host } = kernel.opened(life.step);
    return createDirectorAgent({
      ...parts,
      config: { role: 'director', ...configOf(place, parts.folder) },
      ...{
        host,
        ipvs,
        sendsGue: true,
        nonce: createNonces(),
        file: life.of(createSnapshotFile(parts.snapshot, 'director'), fileSteps),
      },
      network: place.network.director({ address: place.address, ipvs: kernel.table, host: kernel }),
    });
  });
  return {
    ...agent,
    weights(vip, port = 80) {
      const id = serviceId({ kind: 'address', protocol: 'tcp', address: vip, port });
      const line = kernel.table.lines().find((one) => one.startsWith(`${id}: `));
      const found = [...(line?.matchAll(/(\S+):\d+ ([1-9]\d*)(?:,|$)/g) ?? [])];
      return Object.fromEntries(found.map(([, address, weight]) => [address, Number(weight)]));
    },
  };
}

export function prepareRealServer(place: AgentPlace): ScenarioRealServer {
  const kernel = kernelAt(place);
  const machine = { address: place.address, host: kernel, isServing: true, isThere: true };
  const agent = prepare('realserver', place, kernel, async (parts, life) => {
    const { host } = kernel.opened(life.step);
    return createRealServerAgent({
      ...parts,
      config: {
        role: 'realserver',
        ...configOf(place, parts.folder),
        ...{ labels: { app: 'web' }, capacity: 100, dedicated: false, loadFile: undefined },
      },
      ...{ host, file: life.of(createSnapshotFile(parts.snapshot, 'realserver'), fileSteps) },
      sockets: { established: async () => 0, fullestQueue: async () => undefined },
      ...{ cpu: async () => 0.1, inherited: [] },
      network: place.network.realServer(machine),
    });
  });
  return {
    ...agent,
    machine,
    die() {
      machine.isThere = false;
      agent.kill();
    },
  };
}

function kernelAt({ name, address, network, harm }: AgentPlace): Kernel {
  return createKernel(
    address,
    createWitness({ name, ...harm, isServed: (to) => network.isServed(address, to) }),
  );
}

const fileSteps = ['load', 'save', 'remove'] as const;
const ledgerSteps = ['record', 'done', 'refused', 'ownVips', 'disownVips'] as const;

function configOf({ name, site, address, coordinators }: AgentPlace, stateDir: string) {
  const quiet = {
    sysctlDir: '/proc/sys',
    http: undefined,
    httpAllow: [],
    logLevel: 'silent',
    cleanup: false,
    observe: false,
  } as const;
  const plain = { tlsCert: undefined, tlsKey: undefined, tlsCa: undefined, insecure: true };
  return { name, site, address, coordinators, stateDir, ...quiet, ...plain };
}

type Parts = Omit<AgentParts<AgentRole>, 'config' | 'host' | 'file'> & {
  readonly folder: string;
  readonly snapshot: string;
};

function prepare(
  role: AgentRole,
  { name, address, coordinators, folder: root, network, source }: AgentPlace,
  kernel: Kernel,
  create: (parts: Parts, life: Life) => Promise<Agent>,
): ScenarioAgent {
  const folder = join(root, `agent-${name}`);
  mkdirSync(folder, { recursive: true });
  let steppedMs = 0;
  const hostClock: Clock = { ...realClock, nowMs: () => realClock.nowMs() + steppedMs };
  const snapshots: Snapshot[] = [];
  let life: Life | undefined;
  let agent: Agent | undefined;
  let at: string | undefined;

  return {
    ...{ name, role, address, kernel, folder, snapshots },
    coordinator: () => at,
    async start(lastStep) {
      const ended = Promise.withResolvers<void>();
      let closeLink: () => void = () => {};
      const own = createLife(lastStep, () => {
        at = undefined;
        closeLink();
        network.closeSockets(address);
        ended.resolve();
      });
      life = own;
      const clock: Clock = own.clock(hostClock);
      const parts: Parts = {
        ...{ folder, snapshot: join(folder, 'snapshot.json') },
        ledger: own.of(await openLedger(join(folder, 'ledger.json')), ledgerSteps),
        connect(handlers) {
          const link = callingFrom(source, () =>
            connectAgent({
              ...{ coordinators, clock, random: Math.random },
              ...handlers,
              onSnapshot(snapshot) {
                if (own.isOver) return;
                snapshots.push(snapshot);
                handlers.onSnapshot(snapshot);
              },
              onState(connected, why) {
                if (own.isOver) return;
                at = connected ? why : undefined;
                handlers.onState(connected, why);
              },
            }),
          );
          closeLink = () => void link.close();
          return link;
        },
        ...{ clock, random: Math.random, log: createLog(name, 'silent'), programVersion: 'test' },
      };
      const created = create(parts, own).then((made) => {
        agent = made;
      });
      await Promise.race([created, ended.promise]);
      return own;
    },
    kill: () => life?.end(),
    stepClock(ms) {
      steppedMs = ms;
    },
    healthy: () => agent?.healthy(),
    async dispose() {
      // In order where it can: what is over waits for ever.
      if (life?.isOver === false) await agent?.close();
      life?.end();
    },
  };
}
