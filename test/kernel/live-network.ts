// A network in which agents die and return, rules are flushed and hosts are cut off, while a client goes on asking by TCP and UDP.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { DirectorSnapshot, RealServerSnapshot } from '../../src/domain/snapshot.ts';
import {
  type Agent,
  type AgentPlace,
  directorSnapshot,
  placeSnapshot,
  realServerSnapshot,
  signed,
  startAgent,
  until,
  vip,
  wire,
} from './agent-network.ts';
import { inside, run, withNamespaces } from './namespace.ts';

const ports = [
  { protocol: 'tcp', port: 80, targetPort: 80 },
  { protocol: 'udp', port: 53, targetPort: 53 },
] as const;

function withUdp<S extends DirectorSnapshot | RealServerSnapshot>(snapshot: S): S {
  const { checksum: _, ...rest } = snapshot;
  const services = snapshot.services.map((service) => ({ ...service, ports }));
  return signed<S>({ ...rest, services } as unknown as Omit<S, 'checksum'>);
}

function start(
  namespace: string,
  argv: readonly string[],
  input: 'ignore' | 'pipe' = 'ignore',
): ChildProcess {
  const [program = '', ...words] = inside(namespace, argv);
  return spawn(program, words, { stdio: [input, 'ignore', 'inherit'] });
}

/** An application that says its name, by TCP on 80 and by UDP on 53, and a socket that outlives the agent. */
const perl = {
  web: `use Socket; $SIG{CHLD}='IGNORE'; socket(S,PF_INET,SOCK_STREAM,6); setsockopt(S,SOL_SOCKET,SO_REUSEADDR,1); bind(S,sockaddr_in(80,INADDR_ANY)) or die; listen(S,1024);
while(1){ accept(C,S) or next; if(!fork){ close S; while(sysread(C,$b,4096)){ syswrite(C,"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok") } exit } close C }`,
  dns: `use Socket; socket(S,PF_INET,SOCK_DGRAM,17); setsockopt(S,0,15,1); bind(S,sockaddr_in(53,inet_aton($ARGV[0]))) or die; while(1){ my $p=recv(S,$b,512,0); send(S,$b,0,$p) if $p }`,
  hold: `use Socket qw(:all); socket(S,PF_INET6,SOCK_STREAM,6); setsockopt(S,SOL_SOCKET,SO_REUSEADDR,1); setsockopt(S,6,9,9); setsockopt(S,41,26,0); bind(S,pack_sockaddr_in6(7483,IN6ADDR_ANY)) or die; listen(S,4096); sleep 3600`,
  /** A request a turn, each on a connection of its own, and one long connection; a line for each that failed. */
  client: `use Socket; use Time::HiRes qw(time sleep alarm); $|=1; my $vip=inet_aton($ARGV[0]); open(O,'>>',$ARGV[1]); O->autoflush(1);
sub ask { my $c=shift; local $SIG{ALRM}=sub{die "timeout\\n"}; my $r=eval{ alarm 4; syswrite($c,"GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n") or die "write $!\\n"; my $n=sysread($c,my $b,4096); alarm 0; die "closed\\n" unless $n; 1 }; alarm 0; return $r ? '' : $@ }
sub dial { my $c; local $SIG{ALRM}=sub{die "timeout\\n"}; eval{ alarm 4; socket($c,PF_INET,SOCK_STREAM,6); connect($c,sockaddr_in(80,$vip)) or die "connect $!\\n"; alarm 0; 1 } or do { alarm 0; return (undef,$@) }; return ($c,'') }
my ($long,$e)=dial(); print O time," long $e" if $e; socket(U,PF_INET,SOCK_DGRAM,17); my $i=0;
while(1){ my ($c,$e)=dial(); $e||=ask($c); print O time," short $e" if $e; print O time," ok\\n" unless $e; close $c if $c;
 if($i++%5==0){ $e=$long ? ask($long) : 'none'; if($e){ print O time," long $e"; ($long)=dial() } }
 socket(U,PF_INET,SOCK_DGRAM,17); send(U,"x",0,sockaddr_in(53,$vip)); my $in=''; vec($in,fileno(U),1)=1; if(select($in,undef,undef,4)>0){ defined recv(U,my $b,16,0) or print O time," udp $!\\n" } else { print O time," udp silent\\n" } close U;
 sleep 0.05 }`,
};

type Name = 'director' | 'first' | 'second';
type LogLine = Record<string, unknown>;

/** Both real servers serve, the client asks, and nothing has failed yet. */
export interface LiveNetwork {
  readonly namespaces: Readonly<Record<Name | 'router', string>>;
  readonly places: Readonly<Record<Name, AgentPlace>>;
  /** A story puts in those that it starts anew. */
  readonly agents: Record<Name, Agent>;
  readonly webs: Record<'first' | 'second', ChildProcess>;
  serve(namespace: string): ChildProcess;
  /** Ends with the story. */
  start(namespace: string, argv: readonly string[]): ChildProcess;
  /** What IPVS holds of the VIP, and as it was when all was well. */
  table(): Promise<string>;
  readonly whole: string;
  /** Of first and second, by TCP, then by UDP; -1: not there. */
  weightsAre(...wanted: number[]): Promise<unknown>;
  /** Lines of the director's log so far, and those from one on that match. */
  lines(): number;
  logged(from: number, test: (line: LogLine) => boolean): LogLine[];
  agentsAre(to: 'absent' | 'present', names?: readonly string[]): Promise<unknown>;
  /** So many requests more. */
  served(count: number): Promise<void>;
  forgive(): void;
  /** The table is as it was, and no request has failed. */
  unnoticed(what: string): Promise<void>;
  address(): Promise<string>;
}

export async function withLiveNetwork(story: (network: LiveNetwork) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'causeway-liveness-'));
  try {
    await withNamespaces(['lcl', 'ldi', 'lr1', 'lr2', 'lro'], (client, director, first, second, router) =>
      tell(story, { client, director, first, second, router }, folder),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function tell(
  story: (network: LiveNetwork) => Promise<void>,
  hosts: Readonly<Record<Name | 'router' | 'client', string>>,
  folder: string,
): Promise<void> {
  const { client, director, first, second, router } = hosts;
  await wire(router, { client, director, first, second });
  const place = (role: 'director' | 'realserver', name: Name) =>
    ({ role, name, namespace: hosts[name], folder }) satisfies AgentPlace;
  const places = {
    director: place('director', 'director'),
    first: place('realserver', 'first'),
    second: place('realserver', 'second'),
  };
  placeSnapshot(places.director, withUdp(directorSnapshot()));
  placeSnapshot(places.first, withUdp(realServerSnapshot('ipip')));
  placeSnapshot(places.second, withUdp(realServerSnapshot('gre')));

  const others: ChildProcess[] = [];
  const startHere = (namespace: string, argv: readonly string[]) => {
    const child = start(namespace, argv);
    others.push(child);
    return child;
  };
  const serve = (namespace: string) => start(namespace, ['perl', '-e', perl.web]);
  const webs = { first: serve(first), second: serve(second) };
  for (const namespace of [first, second]) {
    startHere(namespace, ['perl', '-e', perl.dns, vip]);
    startHere(namespace, ['perl', '-e', perl.hold]);
  }
  const agents: Record<Name, Agent> = {
    director: startAgent(places.director),
    first: startAgent(places.first),
    second: startAgent(places.second),
  };
  const requests = join(folder, 'requests');
  const forgive = () => writeFileSync(requests, '');
  forgive();
  const failures = () =>
    readFileSync(requests, 'utf8')
      .split('\n')
      .filter((line) => line !== '' && !line.endsWith(' ok'));

  const table = async () =>
    (await run(director, ['ipvsadm', '-Sn']))
      .split('\n')
      .filter((line) => line.includes(vip))
      .toSorted()
      .join('\n');
  const weights = async () => {
    const text = await run(director, ['ipvsadm', '-Sn']);
    return ['10.2.0.2:80', '10.3.0.2:80', '10.2.0.2:53', '10.3.0.2:53'].map((address) =>
      Number(new RegExp(`-r ${address.replaceAll('.', '\\.')} .*-w (\\d+)`).exec(text)?.[1] ?? -1),
    );
  };
  const weightsAre = (...wanted: number[]) =>
    until(
      `weights ${wanted}`,
      async () => ((await weights()).join() === wanted.join() ? true : undefined),
      90_000,
    );
  const logged = (from: number, test: (line: LogLine) => boolean) =>
    agents.director.log().slice(from).filter(test);
  const served = async (count: number) => {
    const answered = () => readFileSync(requests, 'utf8').split(' ok\n').length;
    const before = answered();
    await until(
      `${count} requests answered`,
      () => (answered() - before >= count ? true : undefined),
      90_000,
    );
  };
  /** What was told last of each: on a busy machine one may have come and gone between two steps. */
  const agentsAre = (to: 'absent' | 'present', names: readonly string[] = ['first', 'second']) =>
    until(
      `${names.join(' and ')} ${to}`,
      () => {
        const told = logged(0, ({ msg }) => msg === 'agent changed');
        const last = names.map((name) => told.findLast(({ realServer }) => realServer === name));
        return last.every((line) => line?.to === to) ? true : undefined;
      },
      90_000,
    );
  const address = () => run(director, ['ip', 'address', 'show', 'dev', 'lo', 'to', vip]);

  try {
    await weightsAre(100, 100, 100, 100);
    await until('VIP claimed', async () => ((await address()) === '' ? undefined : true));
    startHere(client, ['perl', '-e', perl.client, vip, requests]);
    await served(10);
    const whole = await table();
    await story({
      ...{ namespaces: { director, first, second, router }, places, agents, webs, serve, start: startHere },
      ...{ table, whole, weightsAre, logged, agentsAre, served, forgive, address },
      lines: () => agents.director.log().length,
      async unnoticed(what) {
        expect([what, await table()]).toEqual([what, whole]);
        expect([what, failures()]).toEqual([what, []]);
      },
    });
  } catch (error) {
    const last = agents.director.log().slice(-40);
    process.stdout.write(
      `${await run(director, ['ipvsadm', '-Sn'])}\n${last.map((line) => JSON.stringify(line)).join('\n')}\n`,
    );
    throw error;
  } finally {
    for (const agent of Object.values(agents)) {
      agent.process.kill('SIGCONT');
      await agent.kill('SIGKILL');
    }
    for (const child of [...others, ...Object.values(webs)]) child.kill('SIGKILL');
    process.stdout.write(`requests that failed last: ${JSON.stringify(failures().slice(-5))}\n`);
  }
}
