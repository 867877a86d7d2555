// `nft flush ruleset` on a real server under traffic: for how long strangers are let in, and that its clients notice nothing. And what
// a restart of the agent changes: nothing; meanwhile a socket that outlives it answers directors' knocks.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, expect, test } from 'vitest';
import { probePort } from '../../src/domain/probe.ts';
import {
  type AgentPlace,
  addresses,
  holder,
  placeSnapshot,
  realServerSnapshot,
  startAgent,
  until,
  vip,
} from './agent-network.ts';
import { inside, run, runHere, withNamespaces } from './namespace.ts';
import { deadline } from './pace.ts';

const folder = mkdtempSync(join(tmpdir(), 'causeway-flush-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const table = 'causeway_realserver';
const sinkPort = 9_000;
const client = '198.51.100.5';
const stranger = { address: '10.4.0.2', client: '203.0.113.9' };

/** A sender that reaches the VIP through a tunnel of its own to the real server. */
async function connect(realServer: string, far: string, address: string, from: string): Promise<void> {
  const near = `to-${address.split('.')[1]}`;
  const gateway = address.replace(/2$/, '1');
  await runHere(`ip link add ${near} netns ${realServer} type veth peer name eth0 netns ${far}`.split(' '));
  const at = (namespace: string, line: string) => run(namespace, line.split(' '));
  await at(realServer, `ip address add ${gateway}/24 dev ${near}`);
  await at(realServer, `ip link set ${near} up`);
  await at(realServer, `ip route add ${from}/32 via ${address}`);
  await at(far, 'sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0');
  await at(far, `ip address add ${address}/24 dev eth0`);
  await at(far, 'ip link set eth0 up');
  await at(far, `ip address add ${from}/32 dev lo`);
  await at(far, `ip route add ${addresses.first}/32 via ${gateway}`);
  await at(far, `ip link add by-ipip type ipip local ${address} remote ${addresses.first}`);
  await at(far, 'ip link set by-ipip up');
  await at(far, `ip route add ${vip}/32 dev by-ipip src ${from}`);
}

const children: ChildProcess[] = [];

/** Runs perl in the namespace; tells each line when it comes. */
function perl(namespace: string, script: string, onLine: (line: string) => void = () => {}): ChildProcess {
  const [program = '', ...words] = inside(namespace, ['perl', '-e', script]);
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  createInterface(child.stdout).on('line', onLine);
  return child;
}

/** Says a word for each datagram that got as far as an application. */
const sink = `
  use strict; use Socket; $| = 1;
  socket(my $socket, AF_INET, SOCK_DGRAM, 0) or die $!;
  bind($socket, pack_sockaddr_in(${sinkPort}, INADDR_ANY)) or die $!;
  while (recv($socket, my $word, 64, 0)) { print "$word\\n" }`;

const injector = `
  use strict; use Socket;
  socket(my $socket, AF_INET, SOCK_DGRAM, 0) or die $!;
  my $to = pack_sockaddr_in(${sinkPort}, inet_aton('${vip}'));
  while (1) { send($socket, 'stranger', 0, $to); select(undef, undef, undef, 0.02) }`;

/** One request after the other, each on a connection of its own. */
const requests = `
  use strict; use Socket; $| = 1;
  my $to = pack_sockaddr_in(80, inet_aton('${vip}'));
  while (1) {
    socket(my $socket, AF_INET, SOCK_STREAM, 0) or die $!;
    my $answer = '';
    eval {
      local $SIG{ALRM} = sub { die }; alarm 10;
      connect($socket, $to) or die;
      syswrite($socket, "GET / HTTP/1.0\\r\\n\\r\\n");
      while (sysread($socket, my $part, 4096)) { $answer .= $part }
      alarm 0;
    };
    alarm 0;
    close $socket;
    print $answer =~ /served/ ? "ok\\n" : "failed\\n";
    select(undef, undef, undef, 0.05);
  }`;

/** What a TCP handshake through the tunnel comes to. */
async function knock(namespace: string, port: number): Promise<string> {
  const script = `
    use strict; use Socket;
    socket(my $socket, AF_INET, SOCK_STREAM, 0) or die $!;
    setsockopt($socket, SOL_SOCKET, SO_LINGER, pack('ii', 1, 0)) or die $!;
    alarm 20;
    print connect($socket, pack_sockaddr_in(${port}, inet_aton('${vip}'))) ? 'completed' : "$!";`;
  return await run(namespace, ['perl', '-e', script]);
}

/** Tunnelled packets of strangers that were dropped; undefined while there is no table. */
async function dropped(namespace: string): Promise<number | undefined> {
  const listing = await run(namespace, ['nft', 'list', 'table', 'inet', table]).catch(() => '');
  const packets =
    /counter packets (\d+) bytes \d+ drop comment "out of a tunnel, but sent by a stranger"/.exec(
      listing,
    )?.[1];
  return packets === undefined ? undefined : Number(packets);
}

test('who flushes the ruleset opens decapsulation for a second at most', {
  timeout: deadline(400_000),
}, async () => {
  await withNamespaces(['rs', 'di', 'st'], async (realServer, director, elsewhere) => {
    await connect(realServer, director, addresses.director, client);
    await connect(realServer, elsewhere, stranger.address, stranger.client);
    await run(realServer, ['ip', 'address', 'add', `${addresses.first}/24`, 'dev', 'to-1']);
    const home = join(folder, 'www');
    mkdirSync(home, { recursive: true });
    writeFileSync(join(home, 'index.html'), 'served\n');
    const [program = '', ...words] = inside(realServer, ['busybox', 'httpd', '-f', '-p', '80', '-h', home]);
    children.push(spawn(program, words, { stdio: 'ignore' }));
    const arrivals: number[] = [];
    perl(realServer, holder);
    perl(realServer, sink, () => arrivals.push(performance.now()));

    const place: AgentPlace = { role: 'realserver', name: 'first', namespace: realServer, folder };
    placeSnapshot(place, realServerSnapshot('ipip'));
    let agent = startAgent(place);
    try {
      const dropsOver = (count: number) =>
        until(
          `${count} dropped`,
          async () => ((await dropped(realServer)) ?? -1) > count || undefined,
          90_000,
        );
      await until(
        'the agent is up',
        async () => (await dropped(realServer)) !== undefined || undefined,
        90_000,
      );
      const answers = { ok: 0, failed: 0 };
      const load = perl(director, requests, (line) => answers[line as 'ok' | 'failed']++);
      await until('it serves', () => answers.ok > 0 || undefined);
      perl(elsewhere, injector);
      await dropsOver(20);
      expect(arrivals).toEqual([]);

      // What one process of nft costs here, started from Node: restoring takes three of them.
      const listingMs = () => {
        const listedAt = performance.now();
        const [list = '', ...ofTable] = inside(realServer, ['nft', 'list', 'table', 'inet', table]);
        execFileSync(list, ofTable);
        return performance.now() - listedAt;
      };
      const listingBeforeMs = listingMs();
      const unflushed = agent.log().length;
      const flushedAt = performance.now();
      await run(realServer, ['nft', 'flush', 'ruleset']);
      const gotBefore = answers.ok;
      // Dropped again, in a table of which the counters began anew.
      await dropsOver(50);
      const openMs = Math.max(...arrivals) - flushedAt;
      const processMs = Math.max(listingBeforeMs, listingMs());
      const limitMs = deadline(1_000) + 4 * processMs;
      process.stdout.write(
        `open for ${Math.round(openMs)} ms, ${arrivals.length} datagrams of strangers (limit ${Math.round(limitMs)}, an nft ${Math.round(processMs)})\n`,
      );
      expect(arrivals.length).toBeGreaterThan(0);
      expect(openMs).toBeLessThan(limitMs);
      await until('requests go on', () => answers.ok > gotBefore + 5 || undefined);
      // The table is there before its making is told, and told as what somebody else did.
      const said = (from: number, wanted: string) =>
        agent
          .log()
          .slice(from)
          .filter(({ msg }) => msg === wanted);
      await until('restored, and told', () => said(unflushed, 'host changed')[0]);
      await until('told as drift', () =>
        said(unflushed, 'trouble').find(({ trouble }) => String(trouble).startsWith('drift nft-missing')),
      );

      // Without the agent the kernel answers, and a port on which nobody listens is refused.
      const before = agent.log().length;
      expect(said(0, 'trouble')).toHaveLength(1);
      await agent.kill('SIGTERM');
      expect(agent.process.exitCode).toBe(0);
      expect(await knock(director, probePort)).toBe('completed');
      expect(await knock(director, probePort + 1)).toBe('Connection refused');

      // A restarted agent finds all as it left it.
      agent = startAgent(place);
      await until('it is back', () => said(before, 'application verdict changed')[0], 90_000);
      expect(said(before, 'host changed')).toEqual([]);
      expect(said(before, 'application verdict changed')[0]).toMatchObject({
        from: 'unknown',
        to: 'healthy',
      });
      load.kill('SIGKILL');
      expect(answers.failed).toBe(0);
    } finally {
      await agent.kill('SIGKILL');
      for (const child of children.splice(0)) child.kill('SIGKILL');
    }
  });
});
