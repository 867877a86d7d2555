// Two directors of one VIP on one link, without a routing protocol: a real keepalived does VRRP alone, by the configuration that `causeway vrrp` prints.
// One is killed, stopped, dies and returns, and connections go on; beside it keepalived as a whole in the same network.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { vrrpFragment } from '../../../src/plan/vrrp-fragment.ts';
import {
  type AgentPlace,
  addresses,
  cleanUp,
  placeSnapshot,
  startAgent,
  traces,
  until,
  vip,
  wireHosts,
} from '../agent-network.ts';
import { inside, run, withNamespaces } from '../namespace.ts';
import { deadline } from '../pace.ts';
import { connections, routedSnapshot, servedSnapshot, serveWeb, startLoad } from './routed-site.ts';

const folder = mkdtempSync('/run/causeway-vrrp-');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const link = { director: '10.1.0.2', other: '10.1.0.3' } as const;
type Name = keyof typeof link;

/** Both directors and the router on one link, on which the router asks by ARP who has the VIP. */
async function wireLink(router: string, spaces: Readonly<Record<Name, string>>): Promise<void> {
  await run(router, [
    'sh',
    '-ec',
    'ip link add br0 type bridge; ip address add 10.1.0.1/24 dev br0; ip link set br0 up',
  ]);
  for (const [name, namespace] of Object.entries(spaces)) {
    await run(router, `ip link add to-${name} type veth peer name eth0 netns ${namespace}`.split(' '));
    await run(router, ['sh', '-ec', `ip link set to-${name} master br0 up`]);
    const lines = [
      `ip address add ${link[name as Name]}/24 dev eth0`,
      'ip link set eth0 up',
      'ip link set lo up',
    ];
    await run(namespace, ['sh', '-ec', [...lines, 'ip route add default via 10.1.0.1'].join('; ')]);
  }
  await run(router, ['ip', 'route', 'add', `${vip}/32`, 'dev', 'br0']);
}

function startKeepalived(
  namespace: string,
  name: string,
  configuration: string,
  words: readonly string[],
): ChildProcess {
  const at = (file: string) => join(folder, `${name}.${file}`);
  writeFileSync(at('conf'), configuration);
  const pids = ['-p', at('pid'), '-r', at('vrrp.pid'), '-c', at('checkers.pid')];
  const argv = ['keepalived', '--dont-fork', '--log-console', ...words, '-f', at('conf'), ...pids];
  const [program = '', ...rest] = inside(namespace, argv);
  const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => said.push(String(chunk)));
  child.once('exit', (code) => {
    if (code !== 0 && code !== null) process.stdout.write(`keepalived on ${name}: ${said.join('')}\n`);
  });
  return child;
}

const ours = (director: Name): string =>
  vrrpFragment({
    ...{ site: 'fra', director, link: 'eth0', vips: [vip] },
    directors: Object.entries(link).map(([name, address]) => ({ name, address })),
  });

/** keepalived as a whole, with the same timers of VRRP. */
function theirs(name: Name): string {
  const vrrp = ours(name)
    .replace(/vrrp_script[^}]*}\n/, '')
    .replace(/ {4}track_script {[^}]*}\n/, '');
  const real = ['first', 'second'].map((one, index) => {
    const address = addresses[one as 'first' | 'second'];
    return `  real_server ${address} 80 { weight 1\n lvs_method TUN type ${index === 0 ? 'ipip' : 'gre'} }`;
  });
  return `${vrrp}virtual_server ${vip} 80 {\n  lb_algo rr\n  lb_kind TUN\n  protocol TCP\n${real.join('\n')}\n}\n`;
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

test('connections go on whichever director of a link is gone', { timeout: deadline(400_000) }, async () => {
  await withNamespaces(
    ['vc', 'vo', 'v1', 'v2', 's1', 's2'],
    async (client = '', router = '', director = '', other = '', ...servers) => {
      const [first = '', second = ''] = servers;
      await wireHosts(router, { client, first, second });
      const spaces = { director, other };
      await wireLink(router, spaces);
      const before = await traces(director);
      const place = (
        role: AgentPlace['role'],
        name: AgentPlace['name'],
        namespace: string,
        address?: string,
      ) => ({ role, name, namespace, folder, ...(address === undefined ? {} : { address }) }) as const;
      const places = {
        director: place('director', 'director', director, link.director),
        other: place('director', 'other', other, link.other),
        first: place('realserver', 'first', first),
        second: place('realserver', 'second', second),
      };
      for (const one of [places.director, places.other]) placeSnapshot(one, routedSnapshot(1, false, 'vrrp'));
      placeSnapshot(places.first, servedSnapshot('ipip', link.other));
      placeSnapshot(places.second, servedSnapshot('gre', link.other));
      const webs = [serveWeb(first), serveWeb(second)];
      const agents = {
        director: startAgent(places.director),
        other: startAgent(places.other),
        first: startAgent(places.first),
        second: startAgent(places.second),
      };
      const daemons: Partial<Record<Name, ChildProcess>> = {};
      const told: string[] = [];
      const children: ChildProcess[] = [...webs];
      const end = async (name: Name, signal: NodeJS.Signals): Promise<void> => {
        const child = daemons[name];
        const ended = new Promise((resolve) => child?.once('exit', resolve));
        child?.kill(signal);
        await ended;
      };
      const onLink = async (name: Name) =>
        (await run(spaces[name], ['ip', 'address', 'show', 'dev', 'eth0'])).includes(`${vip}/`);
      const holds = (what: string, holder: Name) =>
        until(
          `${what}: ${holder} alone has the VIP on the link`,
          async () => {
            const [one, two] = await Promise.all([onLink('director'), onLink('other')]);
            return one === (holder === 'director') && two === (holder === 'other') ? true : undefined;
          },
          60_000,
        );
      const made: number[] = [];
      try {
        for (const name of ['director', 'other'] as const)
          await until(
            `${name} can serve`,
            async () =>
              (
                await run(spaces[name], ['ip', 'address', 'show', 'dev', 'cw-director']).catch(() => '')
              ).includes(vip)
                ? true
                : undefined,
            120_000,
          );
        for (const name of ['director', 'other'] as const)
          daemons[name] = startKeepalived(spaces[name], name, ours(name), ['--vrrp']);
        await holds('at first', 'director');

        const dial = spawn(
          inside(client, ['perl'])[0] ?? '',
          [...inside(client, ['perl', '-e', dialling]).slice(1)],
          {
            stdio: ['ignore', 'pipe', 'inherit'],
          },
        );
        children.push(dial);
        dial.stdout?.on('data', (chunk: Buffer) =>
          made.push(...String(chunk).trim().split('\n').map(Number)),
        );
        const load = startLoad(client, join(folder, 'load'));
        children.push(load.process);
        await until('all connections open', () => load.seen().lasting === connections || undefined, 60_000);
        const goesOn = async (what: string) => {
          const from = load.seen().rounds;
          await until(
            `${what}: rounds`,
            () => (load.seen().rounds > from + 4 && load.seen().servedInARow > 2) || undefined,
            60_000,
          );
          const { lasting, ended } = load.seen();
          expect([what, lasting, ended]).toEqual([what, connections, 0]);
        };
        /** The longest time without a new connection since then. */
        const gapSince = (sinceMs: number) => {
          const times = [sinceMs, ...made.filter((ms) => ms > sinceMs)];
          return Math.max(...times.slice(1).map((ms, index) => ms - (times[index] ?? ms)));
        };
        // In content and order: only then a connection is sent where it was sent before.
        const alike = () =>
          until('both directors have the same table', async () => {
            const [one, two] = await Promise.all(
              [director, other].map((space) => run(space, ['ipvsadm', '-Sn'])),
            );
            return one === two || undefined;
          });
        await alike();
        await goesOn('at rest');
        // The kernel's own route to the VIP came with the address; where it stayed, the director could not ask through the tunnel.
        await until('the address on the link does not make the VIP local', async () =>
          (await run(director, ['ip', 'route', 'show', 'table', 'local'])).includes(vip) ? undefined : true,
        );
        expect(await run(other, ['cat', '/proc/sys/net/ipv4/conf/eth0/arp_ignore'])).toBe('1\n');

        await agents.director.kill('SIGKILL');
        await goesOn('agent killed');
        agents.director = startAgent(places.director);
        await holds('agent restarted', 'director');

        await alike();
        const stoppedMs = Date.now();
        await end('director', 'SIGTERM');
        await holds('keepalived stopped', 'other');
        await goesOn('keepalived stopped');
        told.push(`keepalived stopped: no new connection for ${gapSince(stoppedMs)} ms`);
        daemons.director = startKeepalived(director, 'director', ours('director'), ['--vrrp']);
        await holds('returned', 'director');
        await goesOn('returned');

        const lose = ['root', 'netem', 'loss', '100%'];
        const deadMs = Date.now();
        await run(router, ['tc', 'qdisc', 'add', 'dev', 'to-director', ...lose]);
        await run(director, ['tc', 'qdisc', 'add', 'dev', 'eth0', ...lose]);
        await until('the other has the VIP', async () => (await onLink('other')) || undefined, 60_000);
        await goesOn('dead');
        told.push(`director dead: no new connection for ${gapSince(deadMs)} ms`);
        await run(router, ['tc', 'qdisc', 'del', 'dev', 'to-director', 'root']);
        await run(director, ['tc', 'qdisc', 'del', 'dev', 'eth0', 'root']);
        await holds('back from the dead', 'director');
        await goesOn('back from the dead');
        // Nobody is blamed for what keepalived does.
        const drifts = [...agents.director.log(), ...agents.other.log()].filter(({ trouble }) =>
          /drift/.test(String(trouble)),
        );
        expect(drifts).toEqual([]);

        // Undone while keepalived has the VIP on the link, the kernel's route comes back; where it has not, none is left behind.
        await agents.director.kill('SIGTERM');
        await agents.other.kill('SIGTERM');
        await Promise.all([cleanUp(places.director), cleanUp(places.other)]);
        const local = async (name: Name) =>
          (await run(spaces[name], ['ip', 'route', 'show', 'table', 'local']))
            .split('\n')
            .filter((line) => line.includes(vip));
        expect(await local('director')).toHaveLength(1);
        expect(await local('other')).toEqual([]);
        for (const name of ['director', 'other'] as const) await end(name, 'SIGTERM');
        expect(await traces(director)).toBe(before);

        // keepalived as a whole, in the same network.
        for (const name of ['director', 'other'] as const)
          daemons[name] = startKeepalived(spaces[name], name, theirs(name), []);
        await holds('keepalived alone', 'director');
        await until('keepalived serves', () => (made.at(-1) ?? 0) > Date.now() - 1_000 || undefined, 60_000);
        const theirDeadMs = Date.now();
        await run(router, ['tc', 'qdisc', 'add', 'dev', 'to-director', ...lose]);
        await run(director, ['tc', 'qdisc', 'add', 'dev', 'eth0', ...lose]);
        await until('the other has the VIP', async () => (await onLink('other')) || undefined, 60_000);
        await until(
          'keepalived serves again',
          () => (made.at(-1) ?? 0) > theirDeadMs + 2_000 || undefined,
          60_000,
        );
        told.push(`beside it keepalived as a whole: no new connection for ${gapSince(theirDeadMs)} ms`);
      } finally {
        process.stdout.write(`${told.join('\n')}\n`);
        for (const agent of Object.values(agents)) await agent.kill('SIGKILL');
        for (const child of [...Object.values(daemons), ...children]) child.kill('SIGKILL');
      }
    },
  );
});
