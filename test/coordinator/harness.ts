/** A coordinator on the loopback with agents that do what a story tells them; no time passes but what gRPC takes. */

import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { type AdminClient, connectAdmin } from '../../src/api/admin-client.ts';
import type { AgentLink } from '../../src/api/agent-client.ts';
import { type Coordinator, startCoordinator } from '../../src/coordinator/coordinator.ts';
import type { HearingPlace } from '../../src/coordinator/hearing.ts';
import type { AgentHello, AgentReport } from '../../src/domain/agent-message.ts';
import type { Clock } from '../../src/domain/clock.ts';
import { plainCheck } from '../../src/domain/health-check.ts';
import type { RealServer, Service, Site } from '../../src/domain/resource.ts';
import type { Snapshot } from '../../src/domain/snapshot.ts';
import { createLog } from '../../src/runtime/log.ts';
import { realClock } from '../../src/runtime/system-clock.ts';
import { openEmbeddedStore } from '../../src/store/embedded.ts';
import type { Store } from '../../src/store/store.ts';
import { connectSaying } from './connect-saying.ts';

export const site = (name: string, tunnel: Site['tunnel'] = 'ipip'): Site => ({ kind: 'Site', name, tunnel });

export const service = (name: string, change: Partial<Service> = {}): Service => ({
  kind: 'Service',
  name,
  vips: ['192.0.2.10'],
  ports: [{ protocol: 'tcp', port: 80, targetPort: 80 }],
  selector: { app: 'web' },
  scheduler: 'wrr',
  forwarding: 'auto',
  persistenceSeconds: 0,
  placement: 'local',
  slowStartSeconds: undefined,
  failOpen: false,
  drainSeconds: undefined,
  health: {
    ...plainCheck,
    ports: [],
    type: 'tcp',
    port: 0,
    intervalMs: 200,
    timeoutMs: 300,
    fall: 2,
    rise: 2,
  },
  sites: [],
  ...change,
});

export const policy = (name: string, weight: number, drain = false): RealServer => ({
  kind: 'RealServer',
  name,
  weight,
  drain,
});

export interface FakeAgent {
  link: AgentLink;
  readonly snapshots: Snapshot[];
  readonly states: { connected: boolean; why: string }[];
  applied: Snapshot | undefined;
  /** What it answers to a snapshot: undefined applies it, text refuses it. */
  judge: (snapshot: Snapshot) => string | undefined;
  /** What it reports before it acknowledges a snapshot; undefined: nothing. */
  says?: (snapshot: Snapshot) => AgentReport | undefined;
  /** Until then it applies nothing. */
  busy?: Promise<void>;
}

export interface Lab {
  readonly admin: AdminClient;
  readonly store: Store;
  coordinator: Coordinator;
  director(name: string, where?: Partial<AgentHello>): Promise<FakeAgent>;
  realServer(name: string, where?: Partial<AgentHello>): Promise<FakeAgent>;
  /** Starts an agent without waiting for its acceptance. */
  agent(hello: Omit<AgentHello, 'appliedVersion' | 'appliedChecksum' | 'programVersion'>): FakeAgent;
  /** The agent is killed; its host stays as it is. */
  kill(agent: FakeAgent): Promise<void>;
  /** It is started again, and has what it had. */
  revive(agent: FakeAgent): Promise<void>;
  /** The coordinator's clocks go on by this; timers do not see it. */
  passTime(ms: number): void;
  /** The coordinator ends and another starts on the same store and port. */
  restart(): Promise<void>;
  /** Snapshots sent by this coordinator to all agents. */
  snapshotsSent(): Promise<number>;
  storeWrites(): Promise<number>;
  dispose(): Promise<void>;
}

export async function openLab(
  options: {
    latencyWindowMs?: number;
    planTickMs?: number;
    finishAfterMs?: number;
    hearing?: HearingPlace;
    /** Absent: the embedded store. */
    open?: () => Promise<Store>;
    prepare?: (store: Store) => Promise<unknown>;
    /** Where the coordinator's log goes, all of it; absent: nowhere. */
    log?: (line: string) => void;
    /** What the coordinator is given in place of the store. */
    between?: (store: Store) => Store;
  } = {},
): Promise<Lab> {
  const folder = await mkdtemp(join(tmpdir(), 'causeway-coordinator-'));
  const store =
    (await options.open?.()) ?? openEmbeddedStore({ file: join(folder, 'store.db'), clock: realClock });
  await options.prepare?.(store);
  const { latencyWindowMs, planTickMs, finishAfterMs } = options;
  let passedMs = 0;
  const clock: Clock = {
    nowMs: () => realClock.nowMs() + passedMs,
    monotonicMs: () => realClock.monotonicMs() + passedMs,
    after: (delayMs, run) => realClock.after(delayMs, run),
  };
  const start = (port: number) =>
    startCoordinator({
      name: 'test',
      listen: `127.0.0.1:${port}`,
      store: options.between?.(store) ?? store,
      clock,
      randomBytes,
      log:
        options.log === undefined
          ? createLog('test', 'silent')
          : createLog('test', 'trace', { write: options.log }),
      hearing: options.hearing,
      ...(latencyWindowMs === undefined ? {} : { latencyWindowMs }),
      ...(planTickMs === undefined ? {} : { planTickMs }),
      ...(finishAfterMs === undefined ? {} : { finishAfterMs }),
    });
  const first = await start(0);
  const address = `127.0.0.1:${first.port}`;
  const admin = connectAdmin({ address, timeoutMs: 5_000 });
  const agents: FakeAgent[] = [];
  const connects = new Map<FakeAgent, () => AgentLink>();

  const lab: Lab = {
    admin,
    store,
    coordinator: first,
    async director(name, where = {}) {
      const agent = lab.agent({
        role: 'director',
        name,
        site: 'fra',
        address: `10.1.1.${numberOf(name)}`,
        prefixLength: 24,
        ...where,
      } as AgentHello);
      await connected(agent);
      return agent;
    },
    async realServer(name, where = {}) {
      const agent = lab.agent({
        role: 'realserver',
        name,
        site: 'fra',
        address: `10.1.2.${numberOf(name)}`,
        prefixLength: 24,
        labels: { app: 'web' },
        capacity: 100,
        ...where,
      } as AgentHello);
      await connected(agent);
      return agent;
    },
    agent(hello) {
      const connect = (): AgentLink =>
        connectSaying({
          coordinators: [address],
          clock: realClock,
          random: () => 0.5,
          hello: () => ({ ...hello, programVersion: 'test' }) as AgentHello,
          held: () => fake.applied,
          onState: (isConnected, why) => fake.states.push({ connected: isConnected, why }),
          onSnapshot(snapshot) {
            fake.snapshots.push(snapshot);
            const refusal = fake.judge(snapshot);
            if (refusal !== undefined) return fake.link.refuse(snapshot.version, refusal);
            const apply = () => {
              fake.applied = snapshot;
              const report = fake.says?.(snapshot);
              if (report !== undefined) fake.link.report(report);
              fake.link.acknowledge(snapshot.version);
            };
            if (fake.busy === undefined) apply();
            else void fake.busy.then(apply);
          },
        });
      const fake: FakeAgent = {
        snapshots: [],
        states: [],
        applied: undefined,
        judge: () => undefined,
        link: connect(),
      };
      agents.push(fake);
      connects.set(fake, connect);
      return fake;
    },
    kill: (agent) => agent.link.close(),
    async revive(agent) {
      const link = connects.get(agent)?.();
      if (link === undefined) throw new Error('an agent of another lab');
      agent.link = link;
      await expect.poll(() => link.connected).toBe(true);
    },
    passTime(ms) {
      passedMs += ms;
    },
    async restart() {
      const { port } = lab.coordinator;
      await lab.coordinator.close();
      lab.coordinator = await start(port);
    },
    snapshotsSent: () => total(lab.coordinator.metrics.snapshots),
    storeWrites: () => total(lab.coordinator.metrics.storeWrites),
    async dispose() {
      admin.close();
      for (const { link } of agents) await link.close();
      await lab.coordinator.close();
      await store.close();
      await rm(folder, { recursive: true });
    },
  };
  return lab;
}

async function total(counter: { get(): Promise<{ values: { value: number }[] }> }): Promise<number> {
  const { values } = await counter.get();
  return values.reduce((sum, { value }) => sum + value, 0);
}

async function connected(agent: FakeAgent): Promise<void> {
  await expect.poll(() => agent.states.at(-1)).toMatchObject({ connected: true });
}

function numberOf(name: string): number {
  return Number(/\d+$/.exec(name)?.[0] ?? 1);
}

export function lastOf(agent: FakeAgent): Snapshot | undefined {
  return agent.snapshots.at(-1);
}

/** Destinations of the newest snapshot of a director: name → weight. */
export function weightsOf(agent: FakeAgent, name: string): Record<string, number> {
  const snapshot = lastOf(agent);
  if (snapshot?.kind !== 'director') return {};
  const destinations = snapshot.services.find((one) => one.name === name)?.destinations ?? [];
  return Object.fromEntries(destinations.map(({ realServer, weight }) => [realServer, weight]));
}
