/** Two sites with a director and two real servers each, on a real etcd, until everything carries: the ground on which scenarios begin. */
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf } from '../../src/domain/error.ts';
import type { Resource } from '../../src/domain/resource.ts';
import type { Status } from '../../src/domain/status.ts';
import { service, site } from '../coordinator/harness.ts';
import { writeCertificates } from '../etcd/certificates.ts';
import { type EtcdCluster, type EtcdClusterOptions, startEtcd } from '../etcd/cluster.ts';
import { paceNow } from '../pace.ts';
import {
  prepareDirector,
  prepareRealServer,
  type ScenarioAgent,
  type ScenarioDirector,
  type ScenarioRealServer,
} from './agents.ts';
import { addressOfSite } from './callers.ts';
import { type CoordinatorProcess, prepareCoordinator, timingAt } from './coordinators.ts';
import { createFakeNetwork, type FakeNetwork } from './network.ts';
import { until } from './until.ts';

/** Lines of a coordinator's log that a failed test shows. */
const lastWords = 12;

export interface Fleet {
  /** Throws where its coordinator has a store of its own. */
  readonly etcd: EtcdCluster;
  readonly coordinators: readonly CoordinatorProcess[];
  readonly directors: readonly ScenarioDirector[];
  readonly realServers: readonly ScenarioRealServer[];
  readonly agents: readonly ScenarioAgent[];
  readonly network: FakeNetwork;
  /** Where etcd's certificates are, and those of the coordinators; only where it is secure. */
  readonly tls: { readonly etcd: string; readonly coordinators: string };
  /** Another coordinator, not started yet; `root`: the tree that it is run from, which may be another version's. */
  addCoordinator(name: string, site: string, root?: string): Promise<CoordinatorProcess>;
  /** What was done to any kernel since; to be compared with what was to be done. */
  writes(): string[];
  /** Of that: that somebody who lives is no longer sent to, or a VIP of `web` or `api` goes. A client would notice. */
  harm(): readonly string[];
  /** From now on `writes` and `harm` begin anew. */
  mark(): void;
  /** Who was elected last. */
  leader(): CoordinatorProcess | undefined;
  /** From whoever answers. */
  status(): Promise<Status>;
  /** Waits until a coordinator, or an agent by it, says so; `of`: that coordinator alone. */
  said(text: string | RegExp, of?: CoordinatorProcess): Promise<void>;
  /**
   * All agents are connected and have what they are to have, the coordinators have no trouble, and all directors carry; `declared`:
   * weights of real servers by name, where they are not 100.
   */
  settled(declared?: Readonly<Record<string, number>>): Promise<void>;
  dispose(): Promise<void>;
}

export interface FleetOptions {
  /** etcd's members; one where it is to be restored, 3 where absent, 0: the coordinator has a store of its own. */
  readonly members?: number;
  /** etcd asks for certificates, and has one. */
  readonly secure?: boolean;
  /** Members reach each other through gates. */
  readonly gates?: boolean;
  /** Before anybody begins: what state directories (`agent-NAME`, `coordinator-NAME`) are to stand on; returns how that ends. */
  readonly prepare?: (folder: string) => () => void;
}

export const webVip = '192.0.2.10';
export const apiVip = '192.0.2.11';

export const siteNames: readonly string[] = ['fra', 'lon', 'nyc'];
/** From which the hosts of a site call others; by the site's name, or a host's. */
export const sourceOf = (name: string): string => addressOfSite(siteNames.indexOf(name.slice(0, 3)));

/** What stands under both policies: one that only looks at who lives, one that plans. */
export const resources: readonly Resource[] = [
  ...siteNames.map((name) => site(name)),
  service('web', { vips: [webVip], sites: ['fra', 'lon'] }),
  service('api', { vips: [apiVip], sites: ['fra', 'lon'], placement: 'optimal' }),
];

export async function openFleet(
  coordinatorSites: readonly string[],
  { members = 3, secure = false, gates = false, prepare }: FleetOptions = {},
): Promise<Fleet> {
  const folder = mkdtempSync(join(tmpdir(), 'causeway-scenario-'));
  const tls = { etcd: join(folder, 'tls-etcd'), coordinators: join(folder, 'tls-coordinators') };
  if (secure) await makeCertificates(tls);
  const etcd =
    members === 0
      ? undefined
      : await startEtcd({ ...(secure ? secured(tls.etcd) : {}), size: members, gates });
  const timing = timingAt(paceNow());
  const coordinatorAt = (name: string, at: string, root?: string) =>
    prepareCoordinator({
      ...{ name, site: at, source: sourceOf(at), timing, folder },
      etcd: etcd && { endpoints: etcd.endpoints, tlsFolder: secure ? tls.coordinators : undefined },
      ...(root === undefined ? {} : { root }),
    });
  const unprepare = prepare?.(folder);
  const coordinators = await Promise.all(
    coordinatorSites.map((name, index) => coordinatorAt(`c${index + 1}`, name)),
  );
  const added: CoordinatorProcess[] = [];
  const network = createFakeNetwork();
  const harm: string[] = [];
  const place = (name: string, address: string) => ({
    ...{ name, address, network, site: name.slice(0, 3), source: sourceOf(name), folder },
    coordinators: coordinators.map((one) => one.address),
    harm: { vips: [webVip, apiVip], onHarm: (line: string) => void harm.push(line) },
  });
  const directors = [
    prepareDirector(place('fra-d1', '10.1.0.2')),
    prepareDirector(place('lon-d1', '10.2.0.2')),
  ];
  const realServers = [
    prepareRealServer(place('fra-r1', '10.1.0.11')),
    prepareRealServer(place('fra-r2', '10.1.0.12')),
    prepareRealServer(place('lon-r1', '10.2.0.11')),
    prepareRealServer(place('lon-r2', '10.2.0.12')),
  ];
  const agents: readonly ScenarioAgent[] = [...directors, ...realServers];
  let marks = agents.map(() => 0);

  const fleet: Fleet = {
    ...{ coordinators, directors, realServers, agents, network, tls },
    get etcd() {
      if (etcd === undefined) throw new Error('a fleet without an etcd');
      return etcd;
    },
    async addCoordinator(name, at, root) {
      const made = await coordinatorAt(name, at, root);
      added.push(made);
      return made;
    },
    writes: () =>
      agents.flatMap(({ name, kernel }, index) =>
        kernel.writes.slice(marks[index]).map((line) => `${name}: ${line}`),
      ),
    harm: () => [...harm],
    mark() {
      harm.length = 0;
      marks = agents.map(({ kernel }) => kernel.writes.length);
    },
    leader: () =>
      [...coordinators, ...added]
        .filter((one) => one.leads() !== undefined)
        .toSorted((a, b) => (b.leads() ?? 0) - (a.leads() ?? 0))[0],
    async status() {
      let reason: unknown = new Error('there is no coordinator');
      for (const { admin } of coordinators) {
        try {
          return await admin.status();
        } catch (error) {
          reason = error;
        }
      }
      throw reason;
    },
    said: (text, of) =>
      until(async () => {
        const { troubles, agents: told } = await (of === undefined ? fleet.status() : of.admin.status());
        const all = [...troubles, ...told.flatMap((one) => [...one.troubles, one.refusal])];
        const isSaid = all.some((one) => (typeof text === 'string' ? one.includes(text) : text.test(one)));
        return isSaid ? [] : [`said: ${text}; is: ${all.filter((one) => one !== '').join(' | ')}`];
      }).catch((error: unknown) => {
        throw new Error(`${messageOf(error)}\n${account(fleet)}`);
      }),
    settled: (declared = {}) =>
      until(() => unsettled(fleet, declared)).catch((error: unknown) => {
        throw new Error(`${messageOf(error)}\n${account(fleet)}`);
      }),
    async dispose() {
      await Promise.all(agents.map((one) => one.dispose()));
      await Promise.all([...coordinators, ...added].map((one) => one.dispose()));
      await etcd?.dispose();
      unprepare?.();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  try {
    await Promise.all(coordinators.map((one) => one.start()));
    await Promise.all(agents.map((one) => one.start()));
    const [first] = coordinators;
    await until(async () => {
      const answer = await first?.admin.apply(resources);
      return answer?.problems.map((problem) => JSON.stringify(problem)) ?? ['no coordinator'];
    });
    await fleet.settled();
  } catch (error) {
    await fleet.dispose();
    throw error;
  }
  return fleet;
}

/** Of one CA for both. */
async function makeCertificates({ etcd, coordinators }: Fleet['tls']): Promise<void> {
  mkdirSync(etcd);
  await writeCertificates(etcd);
  cpSync(etcd, coordinators, { recursive: true });
}

function secured(folder: string): Pick<EtcdClusterOptions, 'scheme' | 'flags'> {
  const file = (name: string): string => join(folder, name);
  return {
    scheme: 'https',
    flags: [
      ...['--cert-file', file('server.pem'), '--key-file', file('server.key')],
      ...['--client-cert-auth', '--trusted-ca-file', file('ca.pem')],
    ],
  };
}

/** What whoever looks into it wants to know: each one's last words, tables and places. */
function account({ coordinators, directors }: Fleet): string {
  const words = coordinators.map(({ name, log }) => [name, ...log.slice(-lastWords)].join('\n'));
  const tables = directors.map((one) =>
    [one.name, one.coordinator() ?? 'nowhere', ...one.kernel.table.lines()].join('\n'),
  );
  return [...words, ...tables].join('\n');
}

/** What is missing until all is well. */
async function unsettled(fleet: Fleet, declared: Readonly<Record<string, number>>): Promise<string[]> {
  const missing: string[] = [];
  const { agents, troubles } = await fleet.status();
  for (const { name, connected, wantedVersion, appliedVersion, refusal } of agents) {
    if (!connected || wantedVersion !== appliedVersion || refusal !== '')
      missing.push(
        `${name} ${connected ? `applied ${appliedVersion} of ${wantedVersion}` : 'absent'} ${refusal}`.trim(),
      );
  }
  missing.push(...troubles);
  for (const director of fleet.directors) {
    const wanted = expectedWeights(fleet, director, declared);
    for (const vip of [webVip, apiVip]) {
      const found = director.weights(vip);
      if (!isNear(found, wanted)) missing.push(`${director.name} ${vip} ${JSON.stringify(found)}`);
      const line = director.kernel.table.lines().find((one) => one.startsWith(`tcp ${vip}:`)) ?? '';
      const present = fleet.realServers.filter(({ machine }) => machine.isThere);
      const unknown = present.filter(({ address }) => !line.includes(`${address}:`));
      for (const { name } of unknown) missing.push(`${director.name} ${vip} has ${name}`);
    }
    if (director.kernel.state().addresses.length < 2) missing.push(`${director.name} claims too little`);
  }
  return missing;
}

/** What is planned follows no change that is smaller: who comes back is brought in by and by, and stays a little below. */
const followedFrom = 5;

function isNear(found: Readonly<Record<string, number>>, wanted: Readonly<Record<string, number>>): boolean {
  const names = Object.keys(wanted);
  const near = names.filter((name) => Math.abs((found[name] ?? 0) - (wanted[name] ?? 0)) < followedFrom);
  return near.length === names.length && Object.keys(found).length === names.length;
}

/** Those of its own site that are there carry all; of the others none carries. */
function expectedWeights(
  { realServers }: Fleet,
  { name }: ScenarioDirector,
  declared: Readonly<Record<string, number>>,
): Record<string, number> {
  const own = realServers.filter((one) => one.name.slice(0, 3) === name.slice(0, 3) && one.machine.isThere);
  return Object.fromEntries(own.map((one) => [one.address, declared[one.name] ?? 100]));
}
