// The smallest network in which agents do their work: a client, a director and two real servers, each in its own subnet
// behind one router. No coordinator: snapshots are placed in the state directories, as a restart finds them.

import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { manifestChecksum } from '../../src/api/manifest.ts';
import { snapshotToText } from '../../src/api/stored-snapshot.ts';
import { defaultProbe } from '../../src/coordinator/view/world-of-store.ts';
import { plainCheck } from '../../src/domain/health-check.ts';
import { probePort } from '../../src/domain/probe.ts';
import type { DirectorSnapshot, RealServerSnapshot, Snapshot } from '../../src/domain/snapshot.ts';
import { atOnce } from '../../src/domain/steps.ts';
import { inside, run, runHere } from './namespace.ts';
import { deadline } from './pace.ts';

export const vip = '192.0.2.10';
/** Of IPv6, where a story has one. */
export const vip6 = '2001:db8:a::10';
export const addresses = {
  client: '10.9.0.2',
  director: '10.1.0.2',
  first: '10.2.0.2',
  second: '10.3.0.2',
  /** Of a second director, where there is one. */
  other: '10.4.0.2',
} as const;
export type HostName = Exclude<keyof typeof addresses, 'other'>;

const dist = fileURLToPath(new URL('../../dist/', import.meta.url));
/** The product's own, but that a test does not wait ten seconds until a host is given up. */
const probe = { ...defaultProbe, keyHex: 'c0ffee'.repeat(8), goneAfterMs: 4_000 };
const ports = [{ protocol: 'tcp', port: 80, targetPort: 80 }] as const;

/** Wires the hosts to the router; the client's way to the VIP leads to the director. */
export async function wire(router: string, hosts: Readonly<Record<HostName, string>>): Promise<void> {
  await wireHosts(router, hosts);
  await run(router, ['ip', 'route', 'add', `${vip}/32`, 'via', addresses.director]);
}

/** Without any way to the VIP. */
export async function wireHosts(
  router: string,
  hosts: Readonly<Partial<Record<keyof typeof addresses, string>>>,
): Promise<void> {
  await Promise.all(
    Object.entries(hosts).map(async ([name, namespace]) => {
      const subnet = addresses[name as HostName].replace(/\.2$/, '');
      const far = `to-${name}`;
      const peer = ['type', 'veth', 'peer', 'name', far, 'netns', router];
      await runHere(['ip', 'link', 'add', 'eth0', 'netns', namespace, ...peer]);
      await run(router, ['ip', 'address', 'add', `${subnet}.1/24`, 'dev', far]);
      await run(router, ['ip', 'link', 'set', far, 'up']);
      await run(namespace, ['ip', 'address', 'add', `${subnet}.2/24`, 'dev', 'eth0']);
      await run(namespace, ['ip', 'link', 'set', 'eth0', 'up']);
      await run(namespace, ['ip', 'route', 'add', 'default', 'via', `${subnet}.1`]);
    }),
  );
  await run(router, ['sysctl', '-qw', 'net.ipv4.ip_forward=1']);
}

/** The same hosts have addresses of IPv6 as well, 2001:db8:N::2 in the Nth subnet of theirs. */
export async function wireIpv6(
  router: string,
  hosts: Readonly<Partial<Record<keyof typeof addresses, string>>>,
): Promise<void> {
  await run(router, ['sysctl', '-qw', 'net.ipv6.conf.all.forwarding=1']);
  for (const [name, namespace] of Object.entries(hosts)) {
    const net = `2001:db8:${addresses[name as HostName].split('.')[1]}:`;
    await run(namespace, ['ip', 'address', 'add', `${net}:2/64`, 'dev', 'eth0', 'nodad']);
    await run(router, ['ip', 'address', 'add', `${net}:1/64`, 'dev', `to-${name}`, 'nodad']);
    await run(namespace, ['ip', 'route', 'add', 'default', 'via', `${net}:1`]);
  }
}

export function signed<S extends Snapshot>(content: Omit<S, 'checksum'>): S {
  const snapshot = { ...content, checksum: '' } as S;
  return { ...snapshot, checksum: manifestChecksum(snapshot) };
}

export const envelope = { version: 1, force: false, deletedServices: [], probe };

/** The first real server takes IPIP, the second GRE. */
export function directorSnapshot(): DirectorSnapshot {
  const realServer = (name: 'first' | 'second', probeSlot: number, tunnel: 'ipip' | 'gre') =>
    ({ name, site: name, address: addresses[name], probeSlot, forwarding: 'tunnel', tunnel }) as const;
  const destination = (name: string) => ({ realServer: name, tier: 0, weight: 100, drained: false });
  return signed<DirectorSnapshot>({
    kind: 'director',
    ...envelope,
    services: [
      {
        name: 'web',
        vips: [vip],
        ports,
        scheduler: 'wrr',
        persistenceSeconds: 0,
        drainSeconds: 0,
        withdrawn: false,
        destinations: [destination('first'), destination('second')],
      },
    ],
    realServers: [realServer('first', 1, 'ipip'), realServer('second', 2, 'gre')],
  });
}

/** As before, but that the director is not to attract anybody. */
export function withdrawnSnapshot(): DirectorSnapshot {
  const { checksum: _, services, ...rest } = directorSnapshot();
  const withdrawn = services.map((service) => ({ ...service, withdrawn: true }));
  return signed<DirectorSnapshot>({ ...rest, services: withdrawn });
}

/** As before, but that somebody ordered that real server drained. */
export function drainedSnapshot(name: string): DirectorSnapshot {
  const { checksum: _, services, ...rest } = directorSnapshot();
  const drained = services.map((service) => ({
    ...service,
    destinations: service.destinations.map((one) =>
      one.realServer === name ? { ...one, weight: 0, drained: true } : one,
    ),
  }));
  return signed<DirectorSnapshot>({ ...rest, services: drained });
}

export function realServerSnapshot(tunnel: 'ipip' | 'gre'): RealServerSnapshot {
  const health = {
    ...plainCheck,
    ports: [],
    type: 'http',
    port: 80,
    path: '/',
    host: '',
    expectStatus: 200,
    intervalMs: 200,
    timeoutMs: 1_000,
    fall: 3,
    rise: 2,
  } as const;
  return signed<RealServerSnapshot>({
    kind: 'realserver',
    ...envelope,
    tunnel,
    services: [{ name: 'web', vips: [vip], ports, health }],
    directors: [{ name: 'director', address: addresses.director, forwarding: 'tunnel' }],
  });
}

export interface Agent {
  readonly process: ChildProcess;
  /** Log lines so far. */
  log(): Record<string, unknown>[];
  kill(signal: NodeJS.Signals): Promise<void>;
}

export interface AgentPlace {
  readonly role: 'director' | 'realserver';
  readonly name: keyof typeof addresses;
  readonly namespace: string;
  /** State and log of all agents. */
  readonly folder: string;
  /** Where it stands elsewhere than in this network. */
  readonly address?: string;
  /** The program by which it is started, with words of its own: where it is given less than a host's root has. */
  readonly within?: readonly string[];
  readonly flags?: readonly string[];
}

/** Nobody answers there: an agent must do without. */
const noCoordinator = '127.0.0.1:1';

function argvOf(
  { role, name, namespace, folder, address = addresses[name], within = [], flags = [] }: AgentPlace,
  more: readonly string[] = [],
): string[] {
  const own = ['--site', name, '--name', name, '--address', address, '--coordinators', noCoordinator];
  const program = [...within, process.execPath, join(dist, `causeway-${role}.mjs`), ...flags];
  return inside(namespace, [...program, ...own, '--state-dir', join(folder, name), '--http', 'off', ...more]);
}

export function placeSnapshot({ folder, name }: AgentPlace, snapshot: Snapshot): void {
  mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, name, 'snapshot.json'), atOnce(snapshotToText(snapshot)));
}

export function startAgent(place: AgentPlace): Agent {
  const [program = '', ...words] = argvOf(place);
  const logFile = join(place.folder, `${place.name}.log`);
  mkdirSync(place.folder, { recursive: true });
  const out = createWriteStream(logFile, { flags: 'a' });
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  child.stdout?.pipe(out);
  return {
    process: child,
    log: () =>
      readFileSync(logFile, 'utf8')
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line)),
    async kill(signal) {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill(signal);
      if (child.exitCode === null && child.signalCode === null) await ended;
    },
  };
}

/** Undoes everything that the agent made; resolves when it has. */
export async function cleanUp(place: AgentPlace): Promise<void> {
  await runHere(argvOf(place, ['--cleanup']));
}

/** Everything about a namespace that Causeway could have touched, as text. */
export async function traces(namespace: string): Promise<string> {
  // In one shell: of each program, starting it from here is the longest part.
  const commands = [
    'ip link show',
    'ip address show scope global',
    'ip route show table all',
    'ip rule',
    'ipvsadm -Sn',
    'nft list ruleset',
    "sysctl -a -r 'net.ipv4.vs|arp_(ignore|announce)|rp_filter|ip_forward$'",
  ];
  const text = await run(namespace, ['sh', '-ec', commands.join('\necho --\n')]);
  // Settings of schedulers come with their modules, whoever in this kernel loads one meanwhile; a link's own address once it is known to be its alone.
  return text.replaceAll(/^(net\.ipv4\.vs\.lblcr?_|(local|anycast) fe80::).*\n/gm, '');
}

/** In a director's log: it has programmed that a real server's application is to be used. */
export const isHealthy = /"to":"healthy".*"msg":"application changed"/;

/** Waits until so many lines of a program's log match: to ask by a command as well costs an emulated machine a start of Node each time. */
export async function logged(file: string, pattern: RegExp, count: number, limitMs: number): Promise<void> {
  const lines = () => (existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []);
  const isLogged = () => lines().filter((line) => pattern.test(line)).length >= count || undefined;
  await until(`${count} lines of ${basename(file)} like ${pattern}`, isLogged, limitMs);
}

/** What looking costs beside this is left to those who are waited for: an emulated processor is busy for long with a program that ends at once. */
const restPerLook = 2;
const [shortestRestMs, longestRestMs] = [20, 500];

/** Looks until `look` gives something, and gives that, with how long it took in ms; the limit grows with the pace. `what`: asked for when it is over. */
export async function until<T>(
  what: string | (() => string),
  look: () => Promise<T | undefined> | T | undefined,
  limitMs = 30_000,
  rest = restPerLook,
): Promise<{ value: T; tookMs: number }> {
  const startedAt = performance.now();
  for (;;) {
    const lookedAt = performance.now();
    const value = await look();
    const now = performance.now();
    const tookMs = now - startedAt;
    if (value !== undefined) return { value, tookMs };
    if (tookMs > deadline(limitMs)) {
      throw new Error(`not within ${deadline(limitMs)} ms: ${typeof what === 'string' ? what : what()}`);
    }
    const restMs = Math.min(longestRestMs, Math.max(shortestRestMs, rest * (now - lookedAt)));
    await new Promise((resolve) => setTimeout(resolve, restMs));
  }
}

/** Listens on the probe port and never accepts, as the socket unit does. */
export const holder = `
  use strict; use Socket qw(:all);
  socket(my $listener, AF_INET6, SOCK_STREAM, 0) or die $!;
  setsockopt($listener, IPPROTO_TCP, 9, pack('i', 9)) or die $!;
  bind($listener, pack_sockaddr_in6(${probePort}, inet_pton(AF_INET6, '::'))) or die $!;
  listen($listener, 16) or die $!;
  sleep 3600;`;
