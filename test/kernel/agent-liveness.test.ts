// What lives goes on: agents are killed, stopped and restarted, rules are flushed, a director is cut off, and no client notices.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { DirectorSnapshot, RealServerSnapshot } from '../../src/domain/snapshot.ts';
import {
  type Agent,
  type AgentPlace,
  addresses,
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
import { deadline } from './pace.ts';

const folder = mkdtempSync(join(tmpdir(), 'causeway-liveness-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

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

test(
  'what may happen to agents, rules and the director itself, and nobody notices',
  async () => {
    await withNamespaces(
      ['lcl', 'ldi', 'lr1', 'lr2', 'lro'],
      async (client, director, first, second, router) => {
        await wire(router, { client, director, first, second });
        const place = (
          role: 'director' | 'realserver',
          name: 'director' | 'first' | 'second',
          namespace: string,
        ) => ({ role, name, namespace, folder }) satisfies AgentPlace;
        const places = {
          director: place('director', 'director', director),
          first: place('realserver', 'first', first),
          second: place('realserver', 'second', second),
        };
        placeSnapshot(places.director, withUdp(directorSnapshot()));
        placeSnapshot(places.first, withUdp(realServerSnapshot('ipip')));
        placeSnapshot(places.second, withUdp(realServerSnapshot('gre')));
        const others: ChildProcess[] = [];
        const serve = (namespace: string) => start(namespace, ['perl', '-e', perl.web]);
        const webs = { first: serve(first), second: serve(second) };
        for (const namespace of [first, second]) {
          others.push(start(namespace, ['perl', '-e', perl.dns, vip]));
          others.push(start(namespace, ['perl', '-e', perl.hold]));
        }
        const agents: Record<keyof typeof places, Agent> = {
          director: startAgent(places.director),
          first: startAgent(places.first),
          second: startAgent(places.second),
        };
        const requests = join(folder, 'requests');
        writeFileSync(requests, '');
        try {
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
          const logged = (from: number, test: (line: Record<string, unknown>) => boolean) =>
            agents.director.log().slice(from).filter(test);
          const lines = () => agents.director.log().length;
          const failures = () =>
            readFileSync(requests, 'utf8')
              .split('\n')
              .filter((line) => line !== '' && !line.endsWith(' ok'));
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
          const agentsAre = (to: 'absent' | 'present', names = ['first', 'second']) =>
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

          // A director that has just booted attracts nobody before it can serve.
          await weightsAre(100, 100, 100, 100);
          await until('VIP claimed', async () => ((await address()) === '' ? undefined : true));
          const changes = () =>
            agents.director.log().flatMap(({ operations }) => (Array.isArray(operations) ? operations : []));
          // It is told when a reading has shown it.
          const { value: claimedAt } = await until('VIP claimed, and told', () => {
            const at = changes().indexOf(`add address ${vip}/32 on lo`);
            return at < 0 ? undefined : at;
          });
          const firstAt = changes().findIndex((line) =>
            /^(add|edit) destination .*weight (0 → )?100/.test(String(line)),
          );
          expect([firstAt >= 0, claimedAt > firstAt]).toEqual([true, true]);
          expect((await run(director, ['sysctl', '-n', 'net.ipv4.ip_local_reserved_ports'])).trim()).toBe(
            '24001-28000',
          );

          others.push(start(client, ['perl', '-e', perl.client, vip, requests]));
          await served(10);
          const whole = await table();
          const unnoticed = async (what: string) => {
            expect([what, await table()]).toEqual([what, whole]);
            expect([what, failures()]).toEqual([what, []]);
          };

          // All agents of real servers killed; longer than it takes to delete the dead.
          let from = lines();
          await Promise.all([agents.first.kill('SIGKILL'), agents.second.kill('SIGKILL')]);
          await agentsAre('absent');
          const absentAt = performance.now();
          await served(50);
          await until('the dead would be gone', () => performance.now() - absentAt > 5_000 || undefined);
          await unnoticed('agents killed');
          expect(logged(from, ({ msg }) => msg === 'path changed' || msg === 'application changed')).toEqual(
            [],
          );

          // Unsupervised, an application that ends is found all the same, and so is its return; its other port goes on.
          webs.first.kill('SIGKILL');
          await weightsAre(0, 100, 100, 100);
          webs.first = serve(first);
          await weightsAre(100, 100, 100, 100);
          writeFileSync(requests, '');

          // They return: nothing.
          agents.first = startAgent(places.first);
          agents.second = startAgent(places.second);
          await agentsAre('present');
          await served(20);
          await unnoticed('agents back');

          // Stopped for a while.
          for (const agent of [agents.first, agents.second]) agent.process.kill('SIGSTOP');
          await agentsAre('absent');
          await served(20);
          await unnoticed('agents stopped');
          for (const agent of [agents.first, agents.second]) agent.process.kill('SIGCONT');
          await agentsAre('present');

          // Restarted in order: they say farewell.
          await Promise.all([agents.first.kill('SIGTERM'), agents.second.kill('SIGTERM')]);
          await agentsAre('absent');
          agents.first = startAgent(places.first);
          agents.second = startAgent(places.second);
          await agentsAre('present');
          await served(20);
          await unnoticed('agents restarted');

          // Rules flushed on the director and on a real server: put back, held meanwhile.
          from = lines();
          await run(director, ['nft', 'flush', 'ruleset']);
          await run(first, ['nft', 'flush', 'ruleset']);
          const there = (namespace: string, name: string) =>
            until(`${name} back`, async () =>
              (await run(namespace, ['nft', 'list', 'tables'])).includes(name) ? true : undefined,
            );
          await there(director, 'causeway_director');
          await there(first, 'causeway_realserver');
          await until('held and released', () =>
            logged(from, ({ msg }) => msg === 'held changed').length >= 2 ? true : undefined,
          );
          await served(20);
          await unnoticed('rules flushed');

          // The director's agent restarts while all others are absent: it knows nobody, and changes nothing.
          await Promise.all([agents.first.kill('SIGKILL'), agents.second.kill('SIGKILL')]);
          await agents.director.kill('SIGKILL');
          from = lines();
          agents.director = startAgent(places.director);
          await until(
            'restored',
            () => (logged(from, ({ msg }) => msg === 'snapshot restored').length > 0 ? true : undefined),
            60_000,
          );
          await served(40);
          await unnoticed('director restarted alone');
          agents.first = startAgent(places.first);
          agents.second = startAgent(places.second);
          await agentsAre('present');
          await served(20);
          await unnoticed('director and agents restarted');
          // Before it has heard how a port is, it gives nothing back to a host that returns without its agent.
          await until('verdicts of second heard', () => {
            const healthy = logged(from, (line) => line.realServer === 'second' && line.to === 'healthy');
            const ports = new Set(healthy.flatMap((line) => (Array.isArray(line.ports) ? line.ports : [])));
            return (ports.has('80/tcp') && ports.has('53/udp')) || undefined;
          });

          // A host dies while its agent is absent: found, though nobody there could say so, and though somebody else changes
          // rules of his own all the time; no quicker than a listing of ours may take here, for nft begins anew whenever somebody was.
          const restSeconds = deadline(200) / 1000;
          const change = `while nft add table ip others; do nft delete table ip others; sleep ${restSeconds}; done`;
          const churn = start(director, ['sh', '-c', change]);
          others.push(churn);
          from = lines();
          await agents.second.kill('SIGKILL');
          await agentsAre('absent', ['second']);
          await run(router, ['ip', 'link', 'set', 'to-second', 'down']);
          await weightsAre(100, 0, 100, -1);
          const { value: down } = await until('second down, and told', () =>
            logged(from, ({ msg, to }) => msg === 'path changed' && to === 'down').at(0),
          );
          expect(down).toMatchObject({ realServer: 'second', knock: 'works' });
          expect(churn.exitCode).toBeNull();
          churn.kill('SIGKILL');
          await run(router, ['ip', 'link', 'set', 'to-second', 'up']);
          await weightsAre(100, 100, 100, 100);
          agents.second = startAgent(places.second);
          await agentsAre('present', ['second']);
          // What the table shows is told a moment later, and must not be taken for a consequence of what comes next.
          await until(
            'second up, and told',
            () => logged(from, ({ msg }) => msg === 'path changed').at(-1)?.to === 'up' || undefined,
          );

          // The director itself is cut off, for longer than it takes to delete the dead: held, not condemned.
          from = lines();
          await run(router, ['ip', 'link', 'set', 'to-director', 'down']);
          await until('held', () =>
            logged(from, ({ msg, reason }) => msg === 'held changed' && reason !== '').length > 0
              ? true
              : undefined,
          );
          await new Promise((resolve) => setTimeout(resolve, 6_000));
          expect(await table()).toBe(whole);
          expect(await address()).not.toBe('');
          await run(router, ['ip', 'link', 'set', 'to-director', 'up']);
          // The router forgot it with the link.
          await run(router, ['ip', 'route', 'replace', `${vip}/32`, 'via', addresses.director]);
          await until('released', () =>
            logged(from, ({ msg, reason }) => msg === 'held changed' && reason === '').length > 0
              ? true
              : undefined,
          );
          writeFileSync(requests, '');
          await served(20);
          expect(await table()).toBe(whole);
          expect(logged(from, ({ msg }) => msg === 'path changed')).toEqual([]);
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
          process.stdout.write(
            `requests that failed last: ${JSON.stringify(
              readFileSync(requests, 'utf8')
                .split('\n')
                .filter((line) => !line.endsWith(' ok'))
                .slice(-5),
            )}\n`,
          );
        }
      },
    );
  },
  deadline(600_000),
);
