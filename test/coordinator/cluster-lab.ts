/** Several coordinators on one store, each behind a door that can be shut, with agents that know some of them. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { type AdminClient, connectAdmin } from '../../src/api/admin-client.ts';
import type { AgentLink } from '../../src/api/agent-client.ts';
import { type Coordinator, startCoordinator } from '../../src/coordinator/coordinator.ts';
import type { HearingPlace } from '../../src/coordinator/hearing.ts';
import type { AgentIdentity, AgentReport } from '../../src/domain/agent-message.ts';
import { CausewayError } from '../../src/domain/error.ts';
import type { Snapshot } from '../../src/domain/snapshot.ts';
import { implausible, implausibleForRealServer } from '../../src/plan/plausibility.ts';
import { createLog } from '../../src/runtime/log.ts';
import { realClock } from '../../src/runtime/system-clock.ts';
import { openEmbeddedStore } from '../../src/store/embedded.ts';
import type { Lease, Store, WatchEvent } from '../../src/store/store.ts';
import { connectSaying } from './connect-saying.ts';

/** How long others wait for one that is silent. */
export const ttlMs = 600;

/** etcd counts in whole seconds, and makes of less than its election time more. */
const etcdTtlMs = 2_000;

export interface Member {
  readonly name: string;
  readonly site: string;
  readonly coordinator: Coordinator;
  readonly address: string;
  readonly admin: AdminClient;
  readonly door: Door;
  /** What it has logged of its offices: `leads`, `owns site ams`. */
  readonly offices: readonly string[];
}

export interface Door {
  readonly store: Store;
  /** Nothing passes any more; its leases are over at the end of their time, on both sides. */
  shut(): void;
  /** What is written waits, and whoever writes does not know: as a process that was stopped. Its leases are over for the others. */
  stop(): Promise<void>;
  /** It goes on, and all that waited is written. */
  goOn(): void;
}

export interface ClusterAgent {
  readonly link: AgentLink;
  /** Taken over. */
  readonly snapshots: Snapshot[];
  readonly refusals: string[];
  /** Where it was connected, one after the other. */
  readonly connections: string[];
  isConnected(): boolean;
  report(report: AgentReport): void;
}

export interface ClusterLab {
  readonly store: Store;
  /** `port`: of one that was killed. */
  start(name: string, site: string, port?: number, hearing?: HearingPlace): Promise<Member>;
  agent(hello: Omit<AgentIdentity, 'programVersion'>, coordinators: readonly Member[]): Promise<ClusterAgent>;
  /** At once and without a word: its connections are cut, and its leases end with their time. */
  kill(member: Member): Promise<void>;
  dispose(): Promise<void>;
}

/** `open`: another store than one for all; each coordinator has its own client of it. */
export async function openClusterLab(open?: () => Promise<Store>): Promise<ClusterLab> {
  const folder = await mkdtemp(join(tmpdir(), 'causeway-cluster-'));
  const store = (await open?.()) ?? openEmbeddedStore({ file: join(folder, 'store.db'), clock: realClock });
  const opened: Store[] = [store];
  const members = new Set<Member>();
  const agents: ClusterAgent[] = [];

  return {
    store,
    async start(name, site, port = 0, hearing = undefined) {
      const client = (await open?.()) ?? store;
      opened.push(client);
      const door = createDoor(client);
      const offices: string[] = [];
      const note = (line: string): void => {
        const { msg, site: its }: { readonly msg: string; readonly site?: string } = JSON.parse(line);
        if (/^(leads|owns site)/.test(msg)) offices.push(its === undefined ? msg : `${msg} ${its}`);
      };
      const coordinator = await startCoordinator({
        name,
        listen: `127.0.0.1:${port}`,
        store: door.store,
        clock: realClock,
        randomBytes,
        log: createLog('test', 'info', { write: (line) => note(line) }),
        planTickMs: 100,
        latencyWindowMs: 100,
        hearing,
        cluster: {
          site,
          address: (own) => `127.0.0.1:${own}`,
          random: Math.random,
          ttlMs: open === undefined ? ttlMs : etcdTtlMs,
        },
      });
      const address = `127.0.0.1:${coordinator.port}`;
      const admin = connectAdmin({ address, timeoutMs: 5_000 });
      const member = { name, site, coordinator, address, admin, door, offices };
      members.add(member);
      return member;
    },
    async agent(hello, coordinators) {
      const agent = createAgent(hello, coordinators);
      agents.push(agent);
      await expect.poll(agent.isConnected, { timeout: 10_000 }).toBe(true);
      return agent;
    },
    async kill(member) {
      members.delete(member);
      member.door.shut();
      member.admin.close();
      await member.coordinator.close();
    },
    async dispose() {
      for (const { link } of agents) await link.close();
      for (const { coordinator, admin } of members) {
        admin.close();
        await coordinator.close();
      }
      for (const one of new Set(opened)) await one.close();
      await rm(folder, { recursive: true });
    },
  };
}

function createAgent(
  hello: Omit<AgentIdentity, 'programVersion'>,
  coordinators: readonly Member[],
): ClusterAgent {
  let held: Snapshot | undefined;
  let isConnected = false;
  const snapshots: Snapshot[] = [];
  const connections: string[] = [];
  const refusals: string[] = [];
  const link = connectSaying({
    coordinators: coordinators.map(({ address }) => address),
    clock: realClock,
    random: Math.random,
    held: () => held,
    hello: () => ({ ...hello, programVersion: 'test' }) as AgentIdentity,
    onState(connected, why) {
      isConnected = connected;
      if (connected) connections.push(why);
    },
    onSnapshot(snapshot) {
      const reason = objection(held, snapshot);
      if (reason !== undefined) {
        refusals.push(reason);
        return link.refuse(snapshot.version, reason);
      }
      snapshots.push(snapshot);
      held = snapshot;
      link.acknowledge(snapshot.version);
    },
  });
  return { link, snapshots, refusals, connections, isConnected: () => isConnected, report: link.report };
}

/** As agents judge. */
function objection(held: Snapshot | undefined, next: Snapshot): string | undefined {
  const isOlder = (next.revision ?? 0) < (held?.revision ?? 0);
  if (held?.kind === 'director' && next.kind === 'director')
    return implausible(held, next, next.asked, isOlder);
  if (held?.kind === 'realserver' && next.kind === 'realserver')
    return implausibleForRealServer(held, next, next.asked, isOlder);
  return undefined;
}

function createDoor(store: Store): Door {
  const leases = new Map<Lease, AbortController>();
  let isShut = false;
  let stopped: { readonly over: Promise<void>; end(): void } | undefined;

  async function pass<T>(operation: string, go: () => Promise<T>): Promise<T> {
    await stopped?.over;
    if (!isShut) return go();
    throw new CausewayError({ code: 'unavailable', operation, subject: store.location, message: 'cut off' });
  }

  async function* watch(events: AsyncIterable<WatchEvent>): AsyncIterable<WatchEvent> {
    for await (const event of events) {
      await stopped?.over;
      if (!isShut) yield event;
    }
  }

  async function overForOthers(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, ttlMs));
    for (const lease of leases.keys()) await lease.end();
  }

  return {
    store: {
      location: store.location,
      limits: store.limits,
      read: (selection) => pass('read', () => store.read(selection)),
      commit: (transaction) => pass('commit', () => store.commit(transaction)),
      watch: (prefix, options) => watch(store.watch(prefix, options)),
      lease: (forMs) =>
        pass('lease', async () => {
          const lease = await store.lease(forMs);
          const lost = new AbortController();
          leases.set(lease, lost);
          lease.lost.addEventListener('abort', async () => {
            await stopped?.over;
            leases.delete(lease);
            lost.abort();
          });
          return { ...lease, lost: lost.signal, end: async () => (isShut ? undefined : lease.end()) };
        }),
      close: async () => {},
    },
    shut() {
      isShut = true;
      void overForOthers();
    },
    async stop() {
      const { promise, resolve } = Promise.withResolvers<void>();
      stopped = { over: promise, end: resolve };
      await overForOthers();
    },
    goOn() {
      stopped?.end();
      stopped = undefined;
    },
  };
}
