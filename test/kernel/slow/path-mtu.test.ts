// A way to the real server that is narrower in its middle than at both ends, and where nobody is told so (ICMP is filtered): both agents, and
// uploads through the tunnel, over IPv4 and over IPv6.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { Family } from '../../../src/domain/address.ts';
import { plainCheck } from '../../../src/domain/health-check.ts';
import type { DirectorSnapshot, RealServerSnapshot } from '../../../src/domain/snapshot.ts';
import { pairKeyHex } from '../../../src/probe/keys.ts';
import {
  type AgentPlace,
  cleanUp,
  envelope,
  placeSnapshot,
  signed,
  startAgent,
  traces,
  until,
} from '../agent-network.ts';
import { inside, run, withNamespaces } from '../namespace.ts';
import { deadline, deadlineSeconds } from '../pace.ts';

const folder = mkdtempSync(join(tmpdir(), 'causeway-path-mtu-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const narrowBytes = 1_400;
const uploadBytes = 10_000_000;
const vips = ['192.0.2.10', '2001:db8:a::10'] as const;
const ends = {
  ipv4: { director: '10.1.0.2', server: '10.2.0.2' },
  ipv6: { director: '2001:db8:1::2', server: '2001:db8:2::2' },
} as const;
const ports = [{ protocol: 'tcp', port: 80, targetPort: 80 }] as const;
const health = {
  ...plainCheck,
  ...({ ports: [], type: 'tcp', port: 0, path: '/', host: '', expectStatus: 200 } as const),
  ...{ intervalMs: 500, timeoutMs: 2_000, fall: 3, rise: 1 },
} as const;

function directorSnapshot(outer: Family): DirectorSnapshot {
  const destinations = [{ realServer: 'first', tier: 0, weight: 100, drained: false }];
  return signed<DirectorSnapshot>({
    ...{ kind: 'director', ...envelope },
    keys: [{ name: 'first', epoch: 1, keyHex: pairKeyHex('ab'.repeat(32), 'director') }],
    services: [
      {
        ...{ name: 'web', vips, ports, scheduler: 'rr', persistenceSeconds: 0, drainSeconds: 0 },
        ...{ withdrawn: false, destinations },
      },
    ],
    realServers: [
      {
        ...{ name: 'first', site: 'first', address: ends[outer].server, probeSlot: 1 },
        ...({ forwarding: 'tunnel', tunnel: 'ipip' } as const),
      },
    ],
  });
}

function realServerSnapshot(outer: Family): RealServerSnapshot {
  return signed<RealServerSnapshot>({
    ...{ kind: 'realserver', ...envelope, tunnel: 'ipip' },
    keys: [{ name: '', epoch: 1, keyHex: 'ab'.repeat(32) }],
    services: [{ name: 'web', vips, ports, health }],
    directors: [{ name: 'director', address: ends[outer].director, forwarding: 'tunnel' }],
  });
}

/** client – near – director; near – far, narrow; far – server. */
async function wire([client, director, near, far, server]: readonly [
  string,
  string,
  string,
  string,
  string,
]) {
  const on = (host: string, lines: readonly string[]) => run(host, ['sh', '-ec', lines.join('\n')]);
  for (const host of [client, director, near, far, server])
    await on(host, [
      'sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0',
      'ip link set lo up',
    ]);
  const wires = [
    { from: near, device: 'to-client', to: client, end: 'eth0', net: 9, mtu: 1_500 },
    { from: near, device: 'to-director', to: director, end: 'eth0', net: 1, mtu: 1_500 },
    { from: near, device: 'to-far', to: far, end: 'to-near', net: 3, mtu: narrowBytes },
    { from: far, device: 'to-server', to: server, end: 'eth0', net: 2, mtu: 1_500 },
  ];
  for (const { from, device, to, end, net, mtu } of wires) {
    await on(from, [`ip link add ${device} mtu ${mtu} type veth peer name ${end} mtu ${mtu} netns ${to}`]);
    for (const [host, name, number] of [
      [from, device, 1],
      [to, end, 2],
    ] as const)
      await on(host, [
        `ip addr add 10.${net}.0.${number}/24 dev ${name}`,
        `ip addr add 2001:db8:${net}::${number}/64 dev ${name} nodad`,
        ...(number === 1 ? [`ip addr add 2001:db8:${net}::3/64 dev ${name} nodad`] : []),
        `ip link set ${name} up`,
      ]);
  }
  for (const [host, net] of [
    [client, 9],
    [director, 1],
    [server, 2],
  ] as const)
    await on(host, [`ip route add default via 10.${net}.0.1`, `ip route add default via 2001:db8:${net}::1`]);
  const deaf =
    'nft add table inet deaf; nft "add chain inet deaf out { type filter hook output priority 0; }"; ' +
    'nft add rule inet deaf out icmp type destination-unreachable drop; nft add rule inet deaf out icmpv6 type packet-too-big drop';
  for (const host of [near, far])
    await on(host, ['sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1', deaf]);
  await on(near, [
    ...['ip route add 10.2.0.0/24 via 10.3.0.2', 'ip route add 2001:db8:2::/64 via 2001:db8:3::2'],
    ...['ip route add 192.0.2.0/24 via 10.1.0.2', 'ip route add 2001:db8:a::/64 via 2001:db8:1::2'],
  ]);
  await on(far, ['ip route add default via 10.3.0.1', 'ip route add default via 2001:db8:3::1']);
}

const sink = `require('net').createServer({ allowHalfOpen: true }, (socket) => {
  let bytes = 0;
  socket.on('data', (chunk) => { bytes += chunk.length; }).on('end', () => socket.end(bytes + '\\n')).on('error', () => {});
}).listen(80, '::');`;

const uploading = String.raw`
use strict; use IO::Socket::IP; use Socket;
my ($vip, $bytes, $limit) = @ARGV;
$SIG{ALRM} = sub { print "hangs\n"; exit };
alarm $limit;
my $socket = IO::Socket::IP->new(PeerHost => $vip, PeerPort => 80, Type => SOCK_STREAM) or die "$!\n";
my $left = $bytes;
while ($left > 0) { my $sent = syswrite($socket, "x" x ($left > 65536 ? 65536 : $left)) or die "$!\n"; $left -= $sent; }
shutdown($socket, 1);
print scalar <$socket>;
`;

/** In a program's log so far. */
function logged(place: AgentPlace, message: string): Record<string, unknown> | undefined {
  const file = join(place.folder, `${place.name}.log`);
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
  return lines.flatMap((line) => (line.includes(message) ? [JSON.parse(line)] : []))[0];
}

test.each(['ipv4', 'ipv6'] as const)(
  'a narrow way over %s is measured, and uploads pass',
  {
    timeout: deadline(600_000),
  },
  async (outer) => {
    await withNamespaces(['cl', 'di', 'ne', 'fa', 'se'], async (...names) => {
      const [client, director, near, far, server] = names as [string, string, string, string, string];
      await wire([client, director, near, far, server]);
      const place = (
        role: AgentPlace['role'],
        name: AgentPlace['name'],
        namespace: string,
        address: string,
      ) => ({ role, name, namespace, address, folder: join(folder, outer) }) as const;
      const places = {
        director: place('director', 'director', director, ends[outer].director),
        first: place('realserver', 'first', server, ends[outer].server),
      };
      const before = [await traces(director), await traces(server)];
      placeSnapshot(places.director, directorSnapshot(outer));
      placeSnapshot(places.first, realServerSnapshot(outer));
      const [program = '', ...words] = inside(server, [process.execPath, '-e', sink]);
      const application = spawn(program, words, { stdio: 'ignore' });
      const agents = [startAgent(places.first), startAgent(places.director)];
      const inner = narrowBytes - (outer === 'ipv4' ? 20 : 40);
      const upload = async (vip: string, bytes: number, limit: number) => {
        const begun = performance.now();
        const args = ['perl', '-e', uploading, vip, `${bytes}`, deadlineSeconds(limit)];
        const said = (await run(client, args, 1_000 * (limit + 10))).trim();
        console.log(`${bytes} to ${vip} over ${outer}: ${said}, ${Math.round(performance.now() - begun)} ms`);
        return said;
      };
      const segments = () =>
        run(server, ['nft', 'list', 'chain', 'inet', 'causeway_realserver', 'first-segments']);
      const routes = () => run(director, ['ip', '-6', 'route', 'show', 'table', '7478']).catch(() => '');
      try {
        const { value, tookMs } = await until(
          'the way is measured',
          () => logged(places.director, 'path MTU measured'),
          120_000,
        );
        console.log(`measured over ${outer} within ${Math.round(tookMs)} ms of the start`);
        expect(value).toMatchObject({ outerBytes: narrowBytes, innerBytes: inner });
        // What clients are told follows, so that no full packet is lost where nobody is told of it.
        await until('the MSS follows', async () =>
          (await segments()).includes(`set ${inner - 40}`) ? true : undefined,
        );
        expect(await segments()).toContain(`set ${inner - 60}`);
        for (const vip of vips) expect(await upload(vip, uploadBytes, 90)).toBe(`${uploadBytes}`);
        const isNarrowV6 = outer === 'ipv6';
        const route = `${ends.ipv6.server} via 2001:db8:1::1 dev eth0`;
        if (isNarrowV6) {
          expect(await routes()).toMatch(new RegExp(`^${route}.* mtu ${narrowBytes}`));
          // A gateway that moves is followed; the way is then measured anew, without the route.
          await run(director, [
            'ip',
            '-6',
            'route',
            'replace',
            'default',
            'via',
            '2001:db8:1::3',
            'dev',
            'eth0',
          ]);
          await until(
            'it is measured without the route',
            () => logged(places.director, 'delete route unicast'),
            60_000,
          );
          await until(
            'the route follows the gateway',
            async () => (/via 2001:db8:1::3 .*mtu 1400/.test(await routes()) ? true : undefined),
            60_000,
          );
        } else expect(await routes()).toBe('');
        // Stopped, they leave all as it is. Then no MSS is lowered any more, and clients send full segments.
        for (const agent of agents) await agent.kill('SIGKILL');
        await run(server, ['nft', 'flush', 'chain', 'inet', 'causeway_realserver', 'segments']);
        for (const vip of vips) {
          // Over IPv6 the director's own route says what fits, and it tells clients; over IPv4 nobody has told it: ICMP is filtered.
          if (isNarrowV6) expect(await upload(vip, uploadBytes, 90)).toBe(`${uploadBytes}`);
        }
        if (isNarrowV6) {
          await run(client, ['sh', '-ec', 'ip route flush cache; ip -6 route flush cache']);
          await run(director, ['sh', '-ec', 'ip -6 route flush table 7478']);
          for (const vip of vips) expect(await upload(vip, 1_000_000, 15)).toBe('hangs');
        }
      } finally {
        for (const agent of agents) await agent.kill('SIGKILL');
        application.kill();
      }
      await run(director, ['ip', '-6', 'route', 'replace', 'default', 'via', '2001:db8:1::1', 'dev', 'eth0']);
      await cleanUp(places.director);
      await cleanUp(places.first);
      expect([await traces(director), await traces(server)]).toEqual(before);
    });
  },
);
