// A site with two directors of one VIP of each family on one link with their router, which asks there who has it: the hosts, their agents, keepalived beside
// each, connections that last, and new ones all the time.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { DirectorSnapshot } from '../../../src/domain/snapshot.ts';
import { vrrpFragment } from '../../../src/plan/vrrp-fragment.ts';
import {
  type Agent,
  type AgentPlace,
  addresses,
  placeSnapshot,
  signed,
  startAgent,
  traces,
  until,
  vip,
  vip6,
  wireHosts,
  wireIpv6,
} from '../agent-network.ts';
import { inside, run, withNamespaces } from '../namespace.ts';
import {
  connections,
  routedSnapshot,
  servedSnapshot,
  serveWeb,
  startLoad,
  tellLogs,
  vips,
} from './routed-site.ts';

const onLink = { director: '10.1.0.2', other: '10.1.0.3' } as const;
export type DirectorName = keyof typeof onLink;
export const directorNames: readonly DirectorName[] = ['director', 'other'];

type Named<T> = Record<DirectorName | 'first' | 'second', T>;

export interface VrrpLink {
  readonly spaces: Readonly<Record<DirectorName | 'client' | 'router', string>>;
  readonly places: Readonly<Named<AgentPlace>>;
  readonly agents: Named<Agent>;
  /** The first director's host before anything of ours was there. */
  readonly untouched: string;
  /** VRRP alone, or IPVS too. */
  startKeepalived(name: DirectorName, configuration: string, words?: readonly string[]): void;
  endKeepalived(name: DirectorName): Promise<void>;
  /** That one has the VIP on the link, and nobody else. */
  holds(what: string, name: DirectorName): Promise<void>;
  /** From here on connections are open that last. */
  ask(): Promise<void>;
  /** New ones are served, and none that lasts has ended. */
  goesOn(what: string): Promise<void>;
  /** Nothing leaves the first director and nothing reaches it; the other takes over. */
  dies(): Promise<void>;
  returns(): Promise<void>;
  /** The longest time without a new connection since then, ms. */
  gapSince(sinceMs: number): number;
  /** When the last one was made, by Date. */
  lastMadeMs(): number;
}

/** What `causeway vrrp` prints. */
export const vrrpAlone = (director: DirectorName): string =>
  vrrpFragment({
    ...{ site: 'fra', director, link: 'eth0', vips },
    directors: Object.entries(onLink).map(([name, address]) => ({ name, address })),
  });

/** With the same timers of VRRP. */
export function keepalivedAsWhole(name: DirectorName): string {
  const vrrp = vrrpAlone(name)
    .replace(/vrrp_script[^}]*}\n/, '')
    .replace(/ {4}track_script {[^}]*}\n/, '');
  const real = (address: string, type: string) =>
    `  real_server ${address} 80 {\n    weight 1\n    lvs_method TUN type ${type}\n  }\n`;
  const both = real(addresses.first, 'ipip') + real(addresses.second, 'gre');
  return `${vrrp}virtual_server ${vip} 80 {\n  lb_algo rr\n  lb_kind TUN\n  protocol TCP\n${both}}\n`;
}

/** Nobody's death is timed here: so many probes of two families would keep the emulated processors from whatever runs beside this. */
function calm({ checksum: _, probe, ...rest }: DirectorSnapshot): DirectorSnapshot {
  return signed<DirectorSnapshot>({ ...rest, probe: { ...probe, intervalMs: 400, downAfterMs: 1_200 } });
}

export async function withVrrpLink(work: (link: VrrpLink) => Promise<void>): Promise<void> {
  const folder = mkdtempSync('/run/causeway-vrrp-');
  const names = ['vc', 'vo', 'v1', 'v2', 's1', 's2'];
  await withNamespaces(names, async (client = '', router = '', director = '', other = '', ...servers) => {
    const [first = '', second = ''] = servers;
    const spaces = { client, router, director, other };
    await wireHosts(router, { client, first, second });
    await wireIpv6(router, { client, first, second });
    await wireLink(spaces);
    const untouched = await traces(director);
    const place = (role: AgentPlace['role'], name: AgentPlace['name'], namespace: string) => ({
      ...{ role, name, namespace, folder },
    });
    const places: Named<AgentPlace> = {
      director: { ...place('director', 'director', director), address: onLink.director },
      other: { ...place('director', 'other', other), address: onLink.other },
      first: place('realserver', 'first', first),
      second: place('realserver', 'second', second),
    };
    for (const name of directorNames) placeSnapshot(places[name], calm(routedSnapshot(1, false, 'vrrp')));
    placeSnapshot(places.first, servedSnapshot('ipip', onLink.other));
    placeSnapshot(places.second, servedSnapshot('gre', onLink.other));
    const children = [serveWeb(first), serveWeb(second)];
    const agents = {
      director: startAgent(places.director),
      other: startAgent(places.other),
      first: startAgent(places.first),
      second: startAgent(places.second),
    };
    const daemons: Partial<Record<DirectorName, ChildProcess>> = {};
    const made: number[] = [];
    let load: ReturnType<typeof startLoad> | undefined;
    /** How many of the two. */
    const held = async (name: DirectorName) => {
      const listed = await run(spaces[name], ['ip', 'address', 'show', 'dev', 'eth0']);
      return vips.filter((one) => listed.includes(`${one}/`)).length;
    };
    const ways = [
      [router, 'to-director'],
      [director, 'eth0'],
    ] as const;
    try {
      for (const name of directorNames)
        await until(
          `${name} can serve`,
          async () => {
            const listed = await claimed(spaces[name]);
            return vips.every((one) => listed.includes(one)) || undefined;
          },
          120_000,
        );
      await work({
        ...{ spaces, places, agents, untouched },
        startKeepalived(name, configuration, words = []) {
          daemons[name] = startKeepalived(spaces[name], join(folder, name), configuration, words);
        },
        async endKeepalived(name) {
          const ended = new Promise((resolve) => daemons[name]?.once('exit', resolve));
          daemons[name]?.kill('SIGTERM');
          await ended;
        },
        async holds(what, name) {
          const wanted = String(directorNames.map((one) => (one === name ? vips.length : 0)));
          const isSo = async () => String(await Promise.all(directorNames.map(held))) === wanted || undefined;
          await until(`${what}: ${name} alone has the VIPs on the link`, isSo, 60_000);
        },
        async ask() {
          children.push(startDialling(client, made));
          load = startLoad(client, join(folder, 'load'));
          children.push(load.process);
          const all = () => load?.seen().lasting === connections || undefined;
          await until('all connections open', all, 60_000);
        },
        async goesOn(what) {
          const from = load?.seen().rounds ?? 0;
          const later = () => {
            const { rounds = 0, servedInARow = 0 } = load?.seen() ?? {};
            return (rounds > from + 4 && servedInARow > 2) || undefined;
          };
          await until(`${what}: rounds`, later, 60_000);
          expect([what, load?.seen().lasting, load?.seen().ended]).toEqual([what, connections, 0]);
        },
        async dies() {
          for (const [space, device] of ways)
            await run(space, `tc qdisc add dev ${device} root netem loss 100%`.split(' '));
          const takenOver = async () => (await held('other')) === vips.length || undefined;
          await until('the other has the VIPs', takenOver, 60_000);
        },
        async returns() {
          for (const [space, device] of ways) await run(space, `tc qdisc del dev ${device} root`.split(' '));
        },
        gapSince(sinceMs) {
          const times = [sinceMs, ...made.filter((ms) => ms > sinceMs)];
          return Math.max(...times.slice(1).map((ms, index) => ms - (times[index] ?? ms)));
        },
        lastMadeMs: () => made.at(-1) ?? 0,
      });
    } catch (error) {
      tellLogs(agents);
      throw error;
    } finally {
      for (const agent of Object.values(agents)) await agent.kill('SIGKILL');
      for (const child of [...Object.values(daemons), ...children]) child.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    }
  });
}

function claimed(space: string): Promise<string> {
  return run(space, ['ip', 'address', 'show', 'dev', 'cw-director']).catch(() => '');
}

async function wireLink({ router, ...spaces }: VrrpLink['spaces']): Promise<void> {
  const sh = (space: string, ...lines: string[]) => run(space, ['sh', '-ec', lines.join('\n')]);
  await sh(
    router,
    'ip link add br0 type bridge',
    'ip address add 10.1.0.1/24 dev br0',
    'ip address add 2001:db8:1::1/64 dev br0 nodad',
    'ip link set br0 up',
  );
  for (const name of directorNames) {
    await sh(
      router,
      `ip link add to-${name} type veth peer name eth0 netns ${spaces[name]}`,
      `ip link set to-${name} master br0 up`,
    );
    await sh(
      spaces[name],
      `ip address add ${onLink[name]}/24 dev eth0`,
      `ip address add ${onLink[name].replace('10.1.0.', '2001:db8:1::')}/64 dev eth0 nodad`,
      'ip link set eth0 up',
      'ip link set lo up',
      'ip route add default via 10.1.0.1',
      'ip route add default via 2001:db8:1::1',
    );
  }
  await sh(router, `ip route add ${vip}/32 dev br0`, `ip route add ${vip6}/128 dev br0`);
}

/** `place`: path of its files, but for their endings. */
function startKeepalived(
  space: string,
  place: string,
  configuration: string,
  words: readonly string[],
): ChildProcess {
  writeFileSync(`${place}.conf`, configuration);
  const files = [
    '-f',
    `${place}.conf`,
    '-p',
    `${place}.pid`,
    '-r',
    `${place}.vrrp.pid`,
    '-c',
    `${place}.checkers.pid`,
  ];
  const [program = '', ...rest] = inside(space, [
    'keepalived',
    '--dont-fork',
    '--log-console',
    ...words,
    ...files,
  ]);
  const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => said.push(String(chunk)));
  child.once('exit', (code) => {
    if (code !== 0 && code !== null) process.stdout.write(`keepalived: ${said.join('')}\n`);
  });
  return child;
}

/** Says when a new connection was made, again and again: ms. */
const dialling = String.raw`
use strict; use Socket; use Time::HiRes qw(time sleep); use Fcntl; use IO::Select; $| = 1;
my $to = pack_sockaddr_in(80, inet_aton('${vip}'));
while (1) {
  socket(my $socket, AF_INET, SOCK_STREAM, 0) or die; fcntl($socket, F_SETFL, O_NONBLOCK);
  connect($socket, $to);
  if (IO::Select->new($socket)->can_write(0.25)) {
    my $error = unpack('i', getsockopt($socket, SOL_SOCKET, SO_ERROR));
    printf "%d\n", 1000 * time if $error == 0;
  }
  close $socket; sleep 0.03;
}`;

function startDialling(client: string, made: number[]): ChildProcess {
  const [program = '', ...words] = inside(client, ['perl', '-e', dialling]);
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  child.stdout.on('data', (chunk: Buffer) => made.push(...String(chunk).trim().split('\n').map(Number)));
  return child;
}
