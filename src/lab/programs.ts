// What runs on each host of the lab, with which configuration: exactly as it would on a host of its own.
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Scenario } from './scenario.ts';
import type { Host, HostRole, Topology } from './topology.ts';

export const coordinatorPort = 7400;

export interface Program {
  /** Names the process: `fra-d1`, `fra-r1 app`. */
  readonly name: string;
  readonly namespace: string;
  readonly kind: 'coordinator' | 'director' | 'realserver' | 'app' | 'load';
  /** Node's arguments: the bundle, then its own. */
  readonly argv: readonly string[];
  /** A configuration file to be written before it starts. */
  readonly config?: { readonly path: string; readonly text: string };
}

export interface Places {
  /** Where the bundles are. */
  readonly dist: string;
  /** State directories, configurations and logs of this run. */
  readonly run: string;
}

/** Every process of the scenario. */
export function planPrograms(scenario: Scenario, topology: Topology, places: Places): Program[] {
  const coordinator = topology.hosts.find(({ role }) => role === 'coordinator');
  const coordinators = coordinator === undefined ? [] : [`${coordinator.address}:${coordinatorPort}`];
  const labels = scenario.realServerLabels;
  const programsOn: Record<HostRole, (host: Host) => Program[]> = {
    coordinator: (host) => {
      const listen = `0.0.0.0:${coordinatorPort}`;
      return [configured(host, 'coordinator', places, { site: host.site, name: host.name, listen })];
    },
    director: (host) => [configured(host, 'director', places, agentKeys(host, coordinators))],
    realserver: (host) => {
      const { realServerCapacity: capacity } = scenario;
      const loadFile = usesStages(scenario) ? { loadFile: loadFileOf(host.name, places) } : {};
      const keys = { ...agentKeys(host, coordinators), labels, capacity, dedicated: true, ...loadFile };
      return [configured(host, 'realserver', places, keys), app(host, scenario, places)];
    },
    client: (host) => [load(host, scenario, places)],
  };
  return topology.hosts.flatMap((host) => programsOn[host.role](host));
}

/** Stages change what real servers can carry, so their applications must tell how full they are. */
function usesStages({ stages }: Scenario): boolean {
  return stages.length > 0;
}

function loadFileOf(host: string, places: Places): string {
  return join(places.run, 'load', host);
}

/** Holds how many connections the application on that host can carry; may be written at any time. */
export function capacityFileOf(host: string, places: Pick<Places, 'run'>): string {
  return join(places.run, 'load', `${host}.capacity`);
}

function agentKeys(host: Host, coordinators: readonly string[]): Record<string, unknown> {
  return { site: host.site, name: host.name, address: host.address, coordinators };
}

function configured(
  host: Host,
  kind: 'coordinator' | 'director' | 'realserver',
  places: Places,
  keys: Record<string, unknown>,
): Program {
  const path = join(places.run, 'config', `${host.name}.yaml`);
  const stateDir = join(places.run, 'state', host.name);
  return {
    name: host.name,
    namespace: host.name,
    kind,
    argv: [join(places.dist, `causeway-${kind}.mjs`), '--config', path],
    config: { path, text: stringify({ ...keys, stateDir, http: 'off', logLevel: 'info' }) },
  };
}

function app(host: Host, scenario: Scenario, places: Places): Program {
  const port = new URL(scenario.load.url).port || '80';
  return {
    name: `${host.name} app`,
    namespace: host.name,
    kind: 'app',
    argv: [
      ...[join(places.dist, 'lab-app.mjs'), '--name', host.name, '--site', host.site, '--port', port],
      ...(usesStages(scenario)
        ? ['--load-file', loadFileOf(host.name, places), '--capacity-file', capacityFileOf(host.name, places)]
        : []),
    ],
  };
}

function load(host: Host, { load: wanted }: Scenario, places: Places): Program {
  return {
    name: host.name,
    namespace: host.name,
    kind: 'load',
    argv: [
      join(places.dist, 'lab-load.mjs'),
      ...['--url', wanted.url, '--new', String(wanted.newConnectionsPerSecond)],
      ...['--long-lived', String(wanted.longLived), '--interval-ms', String(wanted.longLivedIntervalMs)],
      ...['--timeout-ms', String(wanted.timeoutMs), '--hold-ms', String(1_000 * wanted.holdSeconds)],
    ],
  };
}
