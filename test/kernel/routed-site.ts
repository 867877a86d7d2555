// A site with two directors of one VIP, each behind a link of its own, before a router that takes equal paths: what they carry, who
// serves, who asks, and what the router sees of the VIP, with the time.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DirectorSnapshot, RealServerSnapshot } from '../../src/domain/snapshot.ts';
import { addresses, directorSnapshot, realServerSnapshot, signed, vip } from './agent-network.ts';
import { inside, run } from './namespace.ts';

export const examples = fileURLToPath(new URL('../../deploy/examples/routing/', import.meta.url));

/** By hash, so that one director has a connection where the other had it. `withdrawn`: as one that is drained is told. */
export function routedSnapshot(version: number, withdrawn = false): DirectorSnapshot {
  const { checksum: _, services, ...rest } = directorSnapshot();
  const routed = services.map((one) => ({ ...one, scheduler: 'mh' as const, withdrawn }));
  return signed<DirectorSnapshot>({ ...rest, version, announce: 'routing', services: routed });
}

export function servedSnapshot(tunnel: 'ipip' | 'gre'): RealServerSnapshot {
  const { checksum: _, directors, ...rest } = realServerSnapshot(tunnel);
  const other = { name: 'other', address: addresses.other, forwarding: 'tunnel' } as const;
  return signed<RealServerSnapshot>({ ...rest, directors: [...directors, other] });
}

export function start(namespace: string, argv: readonly string[]): ChildProcess {
  const [program = '', ...words] = inside(namespace, argv);
  return spawn(program, words, { stdio: ['ignore', 'ignore', 'inherit'] });
}

const perl = {
  /** Its connections go on when it ends, and no new one is taken. */
  web: `use Socket; $SIG{CHLD}='IGNORE'; socket(S,PF_INET,SOCK_STREAM,6); setsockopt(S,SOL_SOCKET,SO_REUSEADDR,1); bind(S,sockaddr_in(80,INADDR_ANY)) or die; listen(S,1024);
while(1){ accept(C,S) or next; if(!fork){ close S; while(sysread(C,$b,4096)){ syswrite(C,"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok") } exit } close C }`,
  /** Connections that last, each asking once a round; and a line for each round: how many have ended, and whether a new one was served. */
  load: `use Socket; use IO::Select; use IO::Socket::INET; use Time::HiRes qw(time sleep); $SIG{PIPE}='IGNORE'; my ($vip,$file,$n)=@ARGV; open(O,'>>',$file); O->autoflush(1);
sub dial { IO::Socket::INET->new(PeerAddr=>$vip,PeerPort=>80,Timeout=>2) } my @c; while(@c<$n){ my $s=dial(); push @c,$s if $s } my $ended=0; my $r=0; my $q="GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n";
while(1){ my $s=IO::Select->new; for(@c){ $s->add($_) if syswrite($_,$q) } my %ok; my $until=time+60; my $slow=0; my $begun=time;
 while($s->count && time<$until){ for($s->can_read(1)){ $ok{fileno($_)}=1 if sysread($_,my $b,4096); $s->remove($_) } }
 my @left=grep{ $ok{fileno($_)} } @c; $ended+=@c-@left; @c=@left; my $took=time-$begun;
 my $new=dial(); my $served=0; if($new){ syswrite($new,$q); $served=1 if IO::Select->new($new)->can_read(2) && sysread($new,my $b,4096); close $new }
 printf O "round %d lasting %d ended %d new %d took %.2f\\n",$r++,scalar(@c),$ended,$served,$took; sleep 0.1 }`,
};

export function serveWeb(namespace: string): ChildProcess {
  return start(namespace, ['perl', '-e', perl.web]);
}

export interface Load {
  /** Rounds so far, how many connections last and have ended, how many of the last new ones were served in a row. */
  seen(): { rounds: number; lasting: number; ended: number; served: number; slowestMs: number };
  readonly process: ChildProcess;
}

export function startLoad(namespace: string, file: string, connections: number): Load {
  writeFileSync(file, '');
  const child = start(namespace, ['perl', '-e', perl.load, vip, file, String(connections)]);
  return {
    process: child,
    seen() {
      const rounds = [
        ...readFileSync(file, 'utf8').matchAll(/lasting (\d+) ended (\d+) new (\d) took ([\d.]+)\n/g),
      ].map(([, ...figures]) => figures.map(Number));
      const last = rounds.at(-1) ?? [0, 0, 0, 0];
      const refusedAt = rounds.findLastIndex(([, , served]) => served !== 1);
      const slowestMs = Math.round(1_000 * Math.max(0, ...rounds.map(([, , , took = 0]) => took)));
      return {
        ...{ rounds: rounds.length, lasting: last[0] ?? 0, ended: last[1] ?? 0 },
        ...{ served: rounds.length - 1 - refusedAt, slowestMs },
      };
    },
  };
}

/** One change of the router's ways to the VIP: the gateways that there are from then on. */
export interface Sighting {
  readonly atMs: number;
  readonly gateways: readonly string[];
}

/** What the router's kernel says of its route to the VIP, as it says it. */
export function watchRoute(router: string): { seen(): readonly Sighting[]; process: ChildProcess } {
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
      if (!route.startsWith(`${vip} `) || route.includes('table local')) continue;
      const gateways = [...route.matchAll(/via ([\d.]+)/g)].map(([, gateway = '']) => gateway);
      sightings.push({ atMs: Date.now(), gateways: isDeleted ? [] : gateways.toSorted() });
    }
  });
  return { seen: () => sightings, process: child };
}

/** An example as it is shipped, but for this director's own address and that of its router. */
export function exampleFor(file: string, address: string): string {
  const subnet = address.replace(/\d+$/, '');
  return readFileSync(join(examples, file), 'utf8').replaceAll('10.1.0.', subnet);
}

export interface Daemon {
  stop(): Promise<void>;
}

/** `folder` is on a file system that knows sockets. */
export async function startBird(namespace: string, folder: string, configuration: string): Promise<Daemon> {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'bird.conf');
  writeFileSync(file, configuration);
  const pid = join(folder, 'bird.pid');
  await run(namespace, ['bird', '-c', file, '-s', join(folder, 'bird.ctl'), '-P', pid]);
  return { stop: () => stopped([pid]) };
}

async function stopped(pidFiles: readonly string[]): Promise<void> {
  for (const file of pidFiles) {
    if (!existsSync(file)) continue;
    try {
      process.kill(Number(readFileSync(file, 'utf8').trim()), 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
}
