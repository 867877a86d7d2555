// What runs on each host of the lab, with which configuration: exactly as it would on a host of its own.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { probePort } from '../domain/probe.ts';
import type { Role } from '../runtime/config-keys.ts';
import { commandFolder } from './commands.ts';
import { etcdArguments, etcdEndpoints } from './etcd-member.ts';
import { nginxArguments, nginxConfiguration } from './nginx.ts';
import { labelsOf, type Scenario, setsClocks } from './scenario.ts';
import type { Host, HostRole, Topology } from './topology.ts';

export const coordinatorPort = 7400;

/** What a program is to its host: one of Causeway's, its store, what listens whatever becomes of those, who serves, who asks. */
export type ProgramKind = Role | 'etcd' | 'holder' | 'app' | 'load';

export interface Program {
  /** Names the process: `fra-d1`, `fra-r1 app`. */
  readonly name: string;
  readonly namespace: string;
  readonly kind: ProgramKind;
  readonly argv: readonly string[];
  /** A configuration file to be written before it starts, in a folder that it may write to. */
  readonly config?: { readonly path: string; readonly text: string };
}

export interface Places {
  /** Where the bundles are. */
  readonly dist: string;
  /** What hosts run, by the names under which packages install it; undefined: the bundles. */
  readonly executable?: string | undefined;
  /** The executable that stands in its place when all are restarted; undefined: the same. */
  readonly upgradeTo?: string | undefined;
  /** State directories, configurations and logs of this run. */
  readonly run: string;
  /** The program; undefined where the scenario has none. */
  readonly etcd?: string | undefined;
}

/** Every process of the scenario, in the order in which they start. */
export function planPrograms(scenario: Scenario, topology: Topology, places: Places): Program[] {
  const members = topology.hosts.filter(({ role }) => role === 'etcd');
  const coordinators = (site: string): string[] =>
    ownFirst(site, topology.hosts)
      .filter(({ role }) => role === 'coordinator')
      .map(({ address }) => `${address}:${coordinatorPort}`);
  const programsOn: Record<HostRole, (host: Host) => Program[]> = {
    coordinator: (host) => {
      const { site, name, address } = host;
      const keys = { site, name, listen: `0.0.0.0:${coordinatorPort}`, insecure: true };
      const shared =
        members.length === 0
          ? {}
          : {
              etcd: etcdEndpoints(ownFirst(site, members)),
              advertise: `${address}:${coordinatorPort}`,
              leaseSeconds: scenario.leaseSeconds,
            };
      const program = configured(host, 'coordinator', places, { ...keys, ...shared });
      return [setsClocks(scenario) ? withClock(program, places) : program];
    },
    etcd: (host) => [etcdMember(host, members, places)],
    director: (host) => [configured(host, 'director', places, agentKeys(host, coordinators(host.site)))],
    realserver: (host) => {
      const { realServerCapacity: capacity } = scenario;
      const loadFile = usesStages(scenario) ? { loadFile: loadFileOf(host.name, places) } : {};
      const labels = labelsOf(scenario, host.name);
      const keys = {
        ...agentKeys(host, coordinators(host.site)),
        labels,
        capacity,
        dedicated: true,
        ...loadFile,
      };
      return [
        holder(host),
        ...applications(host, scenario, places),
        configured(host, 'realserver', places, keys),
      ];
    },
    client: (host) => [load(host, scenario)],
  };
  // Whom all others ask begins first.
  const order: readonly HostRole[] = ['etcd', 'coordinator', 'director', 'realserver', 'client'];
  return topology.hosts
    .toSorted((a, b) => order.indexOf(a.role) - order.indexOf(b.role))
    .flatMap((host) => programsOn[host.role](host));
}

function ownFirst(site: string, hosts: readonly Host[]): Host[] {
  return hosts.toSorted((a, b) => Number(b.site === site) - Number(a.site === site));
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

/** Holds by how many ms a coordinator's clock is ahead; may be written at any time, and need not be there. */
export function clockFileOf(host: string, places: Pick<Places, 'run'>): string {
  return join(places.run, 'load', `${host}.clock`);
}

function withClock(program: Program, places: Places): Program {
  const [node = '', ...words] = program.argv;
  const clock = ['--require', ownProgram('clock.cjs')];
  const file = `CAUSEWAY_LAB_CLOCK=${clockFileOf(program.name, places)}`;
  return { ...program, argv: ['env', file, node, ...clock, ...words] };
}

function agentKeys(host: Host, coordinators: readonly string[]): Record<string, unknown> {
  return { site: host.site, name: host.name, address: host.address, coordinators, insecure: true };
}

function configured(host: Host, kind: Role, places: Places, keys: Record<string, unknown>): Program {
  const path = join(places.run, 'config', `${host.name}.yaml`);
  const stateDir = join(places.run, 'state', host.name);
  return {
    name: host.name,
    namespace: host.name,
    kind,
    argv: [...command(kind, places), '--config', path],
    config: { path, text: stringify({ ...keys, stateDir, http: 'off', logLevel: 'info' }) },
  };
}

function command(kind: Role, places: Places): string[] {
  return places.executable === undefined
    ? [process.execPath, join(places.dist, `causeway-${kind}.mjs`)]
    : [join(commandFolder(places), `causeway-${kind}`)];
}

function etcdMember(host: Host, members: readonly Host[], places: Places): Program {
  const folder = join(places.run, 'state', host.name);
  const argv = [places.etcd ?? 'etcd', ...etcdArguments(host, members, folder)];
  return { name: host.name, namespace: host.name, kind: 'etcd', argv };
}

/** The probe port's socket, which on a host with systemd is a unit of its own. */
function holder(host: Host): Program {
  return {
    name: `${host.name} holder`,
    namespace: host.name,
    kind: 'holder',
    argv: ['perl', ownProgram('hold-port.pl'), String(probePort)],
  };
}

function ownProgram(file: string): string {
  return fileURLToPath(new URL(`./programs/${file}`, import.meta.url));
}

/** Where stages change what real servers can carry, an application that tells how full it is; else nginx. */
function applications(host: Host, scenario: Scenario, places: Places): Program[] {
  const { hostname, port } = new URL(scenario.load.url);
  const tcpPort = Number(port || 80);
  const { udp } = scenario.load;
  // What is checked comes last: when it serves, all does.
  return [
    ...(udp === undefined ? [] : [udpApp(host, hostname, udp.port)]),
    usesStages(scenario) ? fillingApp(host, tcpPort, places) : nginx(host, tcpPort, places),
  ];
}

function nginx(host: Host, port: number, places: Places): Program {
  const folder = join(places.run, 'app', host.name);
  const path = join(folder, 'nginx.conf');
  return {
    name: `${host.name} app`,
    namespace: host.name,
    kind: 'app',
    argv: nginxArguments(folder, path),
    config: { path, text: nginxConfiguration({ name: host.name, site: host.site, port, folder }) },
  };
}

function udpApp({ name, site }: Host, vip: string, port: number): Program {
  return {
    name: `${name} udp app`,
    namespace: name,
    kind: 'app',
    argv: ['perl', ownProgram('udp-app.pl'), name, site, vip, String(port)],
  };
}

function fillingApp({ name, site }: Host, port: number, places: Places): Program {
  return {
    name: `${name} app`,
    namespace: name,
    kind: 'app',
    argv: [
      ...[process.execPath, join(places.dist, 'lab-app.mjs'), '--name', name, '--site', site],
      ...['--port', String(port), '--load-file', loadFileOf(name, places)],
      ...['--capacity-file', capacityFileOf(name, places)],
    ],
  };
}

function load(host: Host, { load: wanted }: Scenario): Program {
  const { hostname, port, pathname, search } = new URL(wanted.url);
  const { udp } = wanted;
  const settings = {
    new: wanted.newConnectionsPerSecond,
    longLived: wanted.longLived,
    intervalMs: wanted.longLivedIntervalMs,
    holdMs: 1_000 * wanted.holdSeconds,
    ...(udp === undefined
      ? {}
      : { udpPort: udp.port, udpNew: udp.newFlowsPerSecond, udpLongLived: udp.longLived }),
  };
  return {
    name: host.name,
    namespace: host.name,
    kind: 'load',
    argv: [
      ...['perl', ownProgram('load.pl'), hostname, port || '80', `${pathname}${search}`],
      ...Object.entries(settings).map(([key, value]) => `${key}=${value}`),
    ],
  };
}
