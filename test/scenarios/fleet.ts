/** Two sites with a director and two real servers each, on a real etcd, until everything carries: the ground on which scenarios begin. */
import { messageOf } from '../../src/domain/error.ts';
import type { Resource } from '../../src/domain/resource.ts';
import type { Status } from '../../src/domain/status.ts';
import { service, site } from '../coordinator/harness.ts';
import { type EtcdCluster, startEtcd } from '../etcd/cluster.ts';
import {
  prepareDirector,
  prepareRealServer,
  type ScenarioDirector,
  type ScenarioRealServer,
} from './agents.ts';
import { type CoordinatorProcess, prepareCoordinator } from './coordinators.ts';
import { createFakeNetwork } from './network.ts';
import { until } from './until.ts';

/** Lines of a coordinator's log that a failed test shows. */
const lastWords = 12;

export interface Fleet {
  readonly etcd: EtcdCluster;
  readonly coordinators: readonly CoordinatorProcess[];
  readonly directors: readonly ScenarioDirector[];
  readonly realServers: readonly ScenarioRealServer[];
  /** What was done to any kernel since; to be compared with what was to be done. */
  writes(): string[];
  /** From now on `writes` begins anew. */
  mark(): void;
  /** Who was elected last. */
  leader(): CoordinatorProcess | undefined;
  /** From whoever answers. */
  status(): Promise<Status>;
  /**
   * All agents are connected and have what they are to have, the coordinators have no trouble, and all directors carry; `declared`:
   * weights of real servers by name, where they are not 100.
   */
  settled(declared?: Readonly<Record<string, number>>): Promise<void>;
  dispose(): Promise<void>;
}

export const webVip = '192.0.2.10';
export const apiVip = '192.0.2.11';

/** What stands under both policies: one that only looks at who lives, one that plans. */
export const resources: readonly Resource[] = [
  site('fra'),
  site('lon'),
  site('nyc'),
  service('web', { vips: [webVip], sites: ['fra', 'lon'] }),
  service('api', { vips: [apiVip], sites: ['fra', 'lon'], placement: 'optimal' }),
];

export async function openFleet(coordinatorSites: readonly string[]): Promise<Fleet> {
  const etcd = await startEtcd({ size: 3 });
  const coordinators = await Promise.all(
    coordinatorSites.map((name, index) => prepareCoordinator(`c${index + 1}`, name, etcd)),
  );
  await Promise.all(coordinators.map((one) => one.start()));
  const network = createFakeNetwork();
  const place = (name: string, address: string) => ({
    ...{ name, address, network, site: name.slice(0, 3), folder: etcd.folder },
    coordinators: coordinators.map((one) => one.address),
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
  const agents = [...directors, ...realServers];
  let marks = agents.map(() => 0);

  const fleet: Fleet = {
    ...{ etcd, coordinators, directors, realServers },
    writes: () =>
      agents.flatMap(({ name, kernel }, index) =>
        kernel.writes.slice(marks[index]).map((line) => `${name}: ${line}`),
      ),
    mark() {
      marks = agents.map(({ kernel }) => kernel.writes.length);
    },
    leader: () =>
      coordinators
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
    settled: (declared = {}) =>
      until(() => unsettled(fleet, declared)).catch((error: unknown) => {
        throw new Error(`${messageOf(error)}\n${account(fleet)}`);
      }),
    async dispose() {
      await Promise.all(agents.map((one) => one.dispose()));
      await Promise.all(coordinators.map((one) => one.dispose()));
      await etcd.dispose();
    },
  };
  try {
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
    const web = JSON.stringify(director.weights(webVip));
    if (web !== JSON.stringify(expectedWeb(fleet, director, declared)))
      missing.push(`${director.name} web ${web}`);
    if (Object.keys(director.weights(apiVip)).length === 0) missing.push(`${director.name} api`);
    if (director.kernel.state().addresses.length < 2) missing.push(`${director.name} claims too little`);
  }
  return missing;
}

/** Those of its own site that are there carry all; of the others none carries. */
function expectedWeb(
  { realServers }: Fleet,
  { name }: ScenarioDirector,
  declared: Readonly<Record<string, number>>,
): Record<string, number> {
  const own = realServers.filter((one) => one.name.slice(0, 3) === name.slice(0, 3) && one.machine.isThere);
  return Object.fromEntries(own.map((one) => [one.address, declared[one.name] ?? 100]));
}
