// A site with two directors of one VIP of each family, each behind a link of its own, before a router that takes equal paths: what they carry, who
// serves, who asks, and what the router sees of the VIP, with the time.
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { DirectorSnapshot, RealServerSnapshot } from '../../../src/domain/snapshot.ts';
import {
  type Agent,
  type AgentPlace,
  addresses,
  directorSnapshot,
  placeSnapshot,
  realServerSnapshot,
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
import type { Daemon } from './routed-daemons.ts';

export const connections = 60;
export const vips = [vip, vip6] as const;
type Hosts = Readonly<Record<'client' | 'router' | 'director' | 'other' | 'first' | 'second', string>>;
type Named<T> = Record<'director' | 'other' | 'first' | 'second', T>;

export interface RoutedSite {
  readonly spaces: Hosts;
  readonly places: Readonly<Named<AgentPlace>>;
  readonly agents: Named<Agent>;
  readonly webs: Record<'first' | 'second', ChildProcess>;
  readonly route: WatchedRoute;
  /** The director's host before anything of ours was there. */
  readonly untouched: string;
  /** From here on connections are open that last. */
  ask(): Promise<void>;
  /** New connections are served, and none that lasts has ended. */
  goesOn(what: string): Promise<void>;
  /** To be printed when all is over. */
  say(what: string, figures: object): void;
}

export type StartDaemon = (namespace: string, folder: string) => Promise<Daemon>;

/** `prefix` of the namespaces. All agents, applications and daemons are started, and ended whatever happens. */
export async function withRoutedSite(
  prefix: string,
  daemons: Readonly<Record<'router' | 'director' | 'other', StartDaemon>>,
  work: (site: RoutedSite) => Promise<void>,
): Promise<void> {
  // In /run, which the machine has for itself: sockets live there.
  const folder = mkdtempSync('/run/causeway-routed-');
  chmodSync(folder, 0o755);
  const names = ['cl', 'ro', 'd1', 'd2', 'r1', 'r2'].map((name) => `${prefix}${name}`);
  await withNamespaces(names, async (client = '', router = '', director = '', other = '', ...servers) => {
    const [first = '', second = ''] = servers;
    const spaces = { client, router, director, other, first, second };
    const hosts = { client, director, other, first, second };
    await wireHosts(router, hosts);
    await wireIpv6(router, hosts);
    const byPorts = ['ipv4', 'ipv6'].map((family) => `net.${family}.fib_multipath_hash_policy=1`);
    await run(router, ['sysctl', '-qw', ...byPorts]);
    const place = <N extends keyof Named<unknown>>(role: AgentPlace['role'], name: N): AgentPlace => ({
      ...{ role, name, namespace: spaces[name], folder },
    });
    const places = {
      director: place('director', 'director'),
      other: place('director', 'other'),
      first: place('realserver', 'first'),
      second: place('realserver', 'second'),
    };
    const untouched = await traces(director);
    for (const one of [places.director, places.other]) placeSnapshot(one, routedSnapshot(1));
    placeSnapshot(places.first, servedSnapshot('ipip'));
    placeSnapshot(places.second, servedSnapshot('gre'));
    const route = watchRoute(router);
    const running: Daemon[] = [];
    for (const role of ['router', 'director', 'other'] as const)
      running.push(await daemons[role](spaces[role], join(folder, `daemon-${role}`)));
    const webs = { first: serveWeb(first), second: serveWeb(second) };
    const agents = {
      director: startAgent(places.director),
      other: startAgent(places.other),
      first: startAgent(places.first),
      second: startAgent(places.second),
    };
    let load: Load | undefined;
    const told: string[] = [];
    const say = (what: string, figures: object) => told.push(`${what}: ${JSON.stringify(figures)}`);
    try {
      await work({
        ...{ spaces, places, agents, webs, route, untouched, say },
        async ask() {
          load = startLoad(client, join(folder, 'load'));
          await until(
            'all connections open',
            () => load?.seen().lasting === connections || undefined,
            60_000,
          );
        },
        async goesOn(what) {
          const seen = () => load?.seen() ?? nothingSeen;
          const from = seen().rounds;
          await until(
            `${what}: rounds`,
            () => (seen().rounds > from + 5 && seen().servedInARow > 3) || undefined,
            60_000,
          );
          const { lasting, ended, slowestMs } = seen();
          say(what, { lasting, ended, slowestMs });
          expect([what, lasting, ended]).toEqual([what, connections, 0]);
        },
      });
    } catch (error) {
      tellLogs(agents);
      throw error;
    } finally {
      process.stdout.write(`${told.join('\n')}\nroute: ${JSON.stringify(route.seen())}\n`);
      for (const agent of Object.values(agents)) await agent.kill('SIGKILL');
      for (const daemon of running) daemon.stop();
      for (const child of [...Object.values(webs), route.process, load?.process]) child?.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    }
  });
}

/** By hash, so that one director has a connection where the other had it. `withdrawn`: as one that is drained is told. */
export function routedSnapshot(
  version: number,
  withdrawn = false,
  announce: DirectorSnapshot['announce'] = 'routing',
): DirectorSnapshot {
  const { checksum: _, services, ...rest } = directorSnapshot();
  const routed = services.map((one) => ({ ...one, vips, scheduler: 'mh' as const, withdrawn }));
  return signed<DirectorSnapshot>({ ...rest, version, announce, services: routed });
}

export function servedSnapshot(tunnel: 'ipip' | 'gre', second: string = addresses.other): RealServerSnapshot {
  const { checksum: _, directors, services, ...rest } = realServerSnapshot(tunnel);
  const other = { name: 'other', address: second, forwarding: 'tunnel' } as const;
  const served = services.map((one) => ({ ...one, vips }));
  return signed<RealServerSnapshot>({ ...rest, services: served, directors: [...directors, other] });
}

const perl = {
  /** For both families. Its connections go on when it ends, and no new one is taken. */
  web: `use Socket qw(:DEFAULT IPPROTO_IPV6 IPV6_V6ONLY); $SIG{CHLD}='IGNORE'; socket(S,PF_INET6,SOCK_STREAM,6); setsockopt(S,SOL_SOCKET,SO_REUSEADDR,1); setsockopt(S,IPPROTO_IPV6,IPV6_V6ONLY,0); bind(S,pack_sockaddr_in6(80,"\\0" x 16)) or die; listen(S,1024);
while(1){ accept(C,S) or next; if(!fork){ close S; while(sysread(C,$b,4096)){ syswrite(C,"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok") } exit } close C }`,
  /** Connections that last, to each VIP as many, each asking once a round, with a pause in which others get at the emulated processors; and a line for each round: how many have ended, and whether a new one, to each VIP in turn, was served. */
  load: `use Socket; use IO::Select; use IO::Socket::IP; use Time::HiRes qw(time sleep); $SIG{PIPE}='IGNORE'; my ($file,$n,@vips)=@ARGV; my $d=0; open(O,'>>',$file); O->autoflush(1);
sub dial { IO::Socket::IP->new(PeerHost=>$vips[$d++ % @vips],PeerPort=>80,Timeout=>2) } my @c; while(@c<$n){ my $s=dial(); push @c,$s if $s } my $ended=0; my $r=0; my $q="GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n";
while(1){ my $s=IO::Select->new; for(@c){ $s->add($_) if syswrite($_,$q) } my %ok; my $begun=time; my $until=$begun+120;
 while($s->count && time<$until){ for($s->can_read(1)){ $ok{fileno($_)}=1 if sysread($_,my $b,4096); $s->remove($_) } }
 my @left=grep{ $ok{fileno($_)} } @c; $ended+=@c-@left; @c=@left; my $took=time-$begun;
 my $new=dial(); my $served=0; if($new){ syswrite($new,$q); $served=1 if IO::Select->new($new)->can_read(2) && sysread($new,my $b,4096); close $new }
 printf O "round %d lasting %d ended %d new %d took %.2f\\n",$r++,scalar(@c),$ended,$served,$took; sleep 0.5 }`,
};

function start(namespace: string, argv: readonly string[]): ChildProcess {
  const [program = '', ...words] = inside(namespace, argv);
  return spawn(program, words, { stdio: ['ignore', 'ignore', 'inherit'] });
}

export function serveWeb(namespace: string): ChildProcess {
  return start(namespace, ['perl', '-e', perl.web]);
}

export const nothingSeen = { rounds: 0, lasting: 0, ended: 0, servedInARow: 0, slowestMs: 0 };

export interface Load {
  /** So far; `servedInARow`: of the new connections, one a round. */
  seen(): typeof nothingSeen;
  readonly process: ChildProcess;
}

export function startLoad(namespace: string, file: string): Load {
  writeFileSync(file, '');
  return {
    process: start(namespace, ['perl', '-e', perl.load, file, String(connections), ...vips]),
    seen() {
      const lines = /lasting (\d+) ended (\d+) new (\d) took ([\d.]+)\n/g;
      const rounds = [...readFileSync(file, 'utf8').matchAll(lines)].map((match) => {
        const [lasting = 0, ended = 0, served = 0, seconds = 0] = match.slice(1).map(Number);
        return { lasting, ended, served, ms: Math.round(1_000 * seconds) };
      });
      const { lasting = 0, ended = 0 } = rounds.at(-1) ?? {};
      const servedInARow = rounds.length - 1 - rounds.findLastIndex(({ served }) => served === 0);
      const slowestMs = Math.max(0, ...rounds.map(({ ms }) => ms));
      return { rounds: rounds.length, lasting, ended, servedInARow, slowestMs };
    },
  };
}

/** For whoever looks for the cause of a failure. */
export function tellLogs(agents: Readonly<Record<string, Agent>>): void {
  for (const [name, agent] of Object.entries(agents)) {
    const last = agent.log().slice(-40);
    process.stdout.write(`${name}:\n${last.map((line) => JSON.stringify(line).slice(0, 600)).join('\n')}\n`);
  }
}

/** A route that is replaced may be told as one that goes and one that comes. */
const settledMs = 250;

/** One change of the router's ways to the VIP: the gateways that there are from then on. */
interface Sighting {
  readonly atMs: number;
  readonly gateways: readonly string[];
}

interface WatchedRoute {
  seen(): readonly Sighting[];
  /** Waits until the VIP has these gateways and no others; resolves with when that was seen. */
  leadsTo(what: string, ...gateways: string[]): Promise<Sighting>;
  readonly process: ChildProcess;
}

/** What the router's kernel says of its route to the VIP of IPv4, as it says it; that of IPv6, of which it tells each way by itself, is asked for. */
function watchRoute(router: string): WatchedRoute {
  const [program = '', ...words] = inside(router, ['ip', '-o', '-4', 'monitor', 'route']);
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  const sightings: Sighting[] = [];
  let rest = '';
  child.stdout.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const isDeleted = line.startsWith('Deleted ');
      const route = isDeleted ? line.slice('Deleted '.length) : line;
      if (!route.startsWith(`${vip} `)) continue;
      const gateways = [...route.matchAll(/via ([\d.]+)/g)].map(([, gateway = '']) => gateway);
      sightings.push({ atMs: Date.now(), gateways: isDeleted ? [] : gateways.toSorted() });
    }
  });
  return {
    process: child,
    seen: () => sightings,
    async leadsTo(what, ...gateways) {
      const wanted = String(gateways);
      const last = () => {
        const { atMs, gateways: now } = sightings.at(-1) ?? { atMs: 0, gateways: [] };
        return String(now) === wanted && Date.now() - atMs > settledMs ? { atMs, gateways: now } : undefined;
      };
      const { value } = await until(`${what}: ways to the VIP by ${wanted || 'nobody'}`, last, 60_000);
      await until(
        `${what}: ways to the VIP of IPv6 by ${wanted || 'nobody'}`,
        async () => String(await gateways6(router)) === wanted || undefined,
        60_000,
      );
      return value;
    },
  };
}

/** By their addresses of IPv4: the router names those of IPv6 by their links. */
async function gateways6(router: string): Promise<string[]> {
  const route = await run(router, ['ip', '-o', '-6', 'route', 'show', vip6]);
  const names = [...route.matchAll(/dev to-(director|other)\b/g)].map(
    ([, name]) => name as 'director' | 'other',
  );
  return [...new Set(names.map((name) => addresses[name]))].toSorted();
}
