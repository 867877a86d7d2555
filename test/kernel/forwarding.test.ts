// Every way of forwarding, with real packets, mixed in one service of each family: a real server on the director's link, one behind it to
// which it translates, and one at another site. Each host is as agents' own operations make it. The documentation's table tells of these ways.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { forwardedBy } from '../../deploy/reference/tunnels.ts';
import { type Family, familyOf } from '../../src/domain/address.ts';
import { plainCheck } from '../../src/domain/health-check.ts';
import type { IpvsOperation } from '../../src/domain/ipvs-table.ts';
import { forwardingPolicies } from '../../src/domain/resource.ts';
import type { SnapshotRealServer } from '../../src/domain/snapshot.ts';
import { destinationTo } from '../../src/plan/destination.ts';
import { directorHost } from '../../src/plan/director-host.ts';
import { realServerHost } from '../../src/plan/real-server-host.ts';
import { slowTestMs } from './host-tools.ts';
import { service as virtualService } from './ipvs-tools.ts';
import { inside, run, withNamespaces } from './namespace.ts';
import { deadlineSeconds } from './pace.ts';
import type { DirectorOrders } from './tunnel-ends.ts';
import { typescriptNode } from './typescript-program.ts';

const folder = mkdtempSync(join(tmpdir(), 'causeway-forwarding-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const uploadBytes = 1_000_000;
const vips = { ipv4: '192.0.2.10', ipv6: '2001:db8:a::10' } as const;
const director = { ipv4: '10.1.0.2', ipv6: '2001:db8:1::2' } as const;
const servers = [
  { name: 'near', net: 1, host: 11, forwarding: 'direct' },
  { name: 'behind', net: 1, host: 12, forwarding: 'masquerade' },
  { name: 'far', net: 2, host: 11, forwarding: 'tunnel' },
] as const;
type Server = (typeof servers)[number];

function addressOf({ net, host }: Pick<Server, 'net' | 'host'>, family: Family): string {
  return family === 'ipv4' ? `10.${net}.0.${host}` : `2001:db8:${net}::${host}`;
}

function snapshotOf(server: Server, family: Family): SnapshotRealServer {
  const { name, forwarding } = server;
  return {
    ...{ name: `${name}-${family}`, site: name, address: addressOf(server, family), probeSlot: 1 },
    ...({ forwarding, tunnel: 'ipip' } as const),
  };
}

const probe = { keyHex: '', intervalMs: 200, downAfterMs: 800, goneAfterMs: 10_000, rise: 2 };
const families = ['ipv4', 'ipv6'] as const;

function directorOrders(): DirectorOrders {
  const ipvs = families.flatMap((family): IpvsOperation[] => {
    const key = { kind: 'address', protocol: 'tcp', address: vips[family], port: 80 } as const;
    return [
      { kind: 'add-service', service: virtualService(key, { scheduler: 'rr' }) },
      ...servers.flatMap((server): IpvsOperation[] => {
        const destination = destinationTo(snapshotOf(server, family), family, 80, 1);
        return destination === undefined ? [] : [{ kind: 'add-destination', key, destination }];
      }),
    ];
  });
  const realServers = families.flatMap((family) => servers.map((server) => snapshotOf(server, family)));
  const own = { name: 'web', vips: Object.values(vips), ports: [], scheduler: 'rr' } as const;
  return {
    host: directorHost({
      ...{ kind: 'director', deletedServices: [], realServers, probe },
      services: [{ ...own, persistenceSeconds: 0, drainSeconds: 0, withdrawn: false, destinations: [] }],
    }),
    ipvs,
    ledger: join(folder, 'director.json'),
  };
}

/** Of a real server of IPv4 and one of IPv6, which stand on one host here. */
function serverOrders(server: Server, family: Family): DirectorOrders {
  const { name, forwarding } = server;
  const health = {
    ...plainCheck,
    ...({ ports: [], type: 'none', port: 0, path: '', host: '', expectStatus: 200 } as const),
    ...{ intervalMs: 1_000, timeoutMs: 1_000, fall: 2, rise: 2 },
  };
  const facts = {
    ...{ address: addressOf(server, family), link: 'eth0', mtuBytes: 1_500, networks: [], isStrict: false },
    ...({ elsewhere: [], clientsElsewhere: false, ipv6: 'on' } as const),
  };
  const ports = [{ protocol: 'tcp', port: 80, targetPort: 80 }] as const;
  const host = realServerHost(
    {
      ...({ kind: 'realserver', deletedServices: [], probe, tunnel: 'ipip' } as const),
      services: [{ name: 'web', vips: [vips[family]], ports, health }],
      directors: [{ name: 'd1', address: director[family], forwarding }],
    },
    facts,
  );
  return { host, ipvs: [], ledger: join(folder, `${name}-${family}.json`) };
}

async function become(namespace: string, orders: DirectorOrders): Promise<void> {
  const file = `${orders.ledger}.orders`;
  writeFileSync(file, JSON.stringify(orders));
  const program = fileURLToPath(new URL('tunnel-ends.ts', import.meta.url));
  expect(await run(namespace, [...typescriptNode, program, file])).toBe('');
}

/** A link of director and near real servers, and a far one, at one router; the client at another of its ends. */
async function wire(
  router: string,
  hosts: readonly { namespace: string; net: number; host: number; gateway: number }[],
) {
  for (const net of [1, 2, 9])
    await run(router, [
      ...['sh', '-ec'],
      `ip link add net${net} type bridge; ip link set net${net} up; ip addr add 10.${net}.0.1/24 dev net${net}
       ip addr add 2001:db8:${net}::1/64 dev net${net} nodad`,
    ]);
  for (const { namespace, net, host, gateway } of hosts) {
    const peer = `to${net}-${host}`;
    await run(router, [
      ...['sh', '-ec'],
      `ip link add ${peer} master net${net} type veth peer name eth0 netns ${namespace}; ip link set ${peer} up`,
    ]);
    await run(namespace, [
      ...['sh', '-ec'],
      `ip addr add 10.${net}.0.${host}/24 dev eth0; ip addr add 2001:db8:${net}::${host}/64 dev eth0 nodad
       ip link set eth0 up; ip route add default via 10.${net}.0.${gateway}; ip route add default via 2001:db8:${net}::${gateway}`,
    ]);
  }
  await run(router, [
    ...['sh', '-ec'],
    `sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
     ip route add 192.0.2.0/24 via ${director.ipv4}; ip route add 2001:db8:a::/64 via ${director.ipv6}`,
  ]);
}

const serving = (name: string) => `require('net').createServer({ allowHalfOpen: true }, (socket) => {
  let bytes = 0;
  socket.on('data', (chunk) => { bytes += chunk.length; }).on('end', () => socket.end('${name} ' + bytes + '\\n')).on('error', () => {});
}).listen(80, '::');`;

/** Of each VIP so many connections, one after the other: what was said. */
const asking = String.raw`
use strict; use IO::Socket::IP; use Socket;
my ($limit, $times, $bytes, @vips) = @ARGV;
$SIG{ALRM} = sub { die "late\n" };
for my $vip (@vips) {
  for (1 .. $times) {
    my $said = eval {
      alarm $limit;
      my $socket = IO::Socket::IP->new(PeerHost => $vip, PeerPort => 80, Type => SOCK_STREAM) or die "$!\n";
      my $left = $bytes;
      while ($left > 0) { my $sent = syswrite($socket, "x" x ($left > 65536 ? 65536 : $left)) or die "$!\n"; $left -= $sent; }
      shutdown($socket, 1);
      my $answer = <$socket> // "nothing\n";
      $answer;
    };
    alarm 0;
    print "$vip ", $said // "failed: $@";
  }
}
`;

it('the ways of the table are those that packets are sent by here', () => {
  const ways = forwardingPolicies.flatMap((policy) =>
    (['on one link', 'in one site', 'in two sites'] as const).map((place) =>
      forwardedBy(policy, place, 'ipv4'),
    ),
  );
  expect(new Set(ways)).toEqual(new Set([...servers.map(({ forwarding }) => forwarding), undefined]));
});

it('one service is served directly, by translation and through a tunnel at once', {
  timeout: slowTestMs,
}, async () => {
  await withNamespaces(['cl', 'di', 'ro', 'ne', 'be', 'fa'], async (...names) => {
    const [client, direct, router, near, behind, far] = names as [
      string,
      string,
      string,
      string,
      string,
      string,
    ];
    for (const namespace of names)
      await run(namespace, [
        'sysctl',
        '-qw',
        'net.ipv6.conf.all.accept_dad=0',
        'net.ipv6.conf.default.accept_dad=0',
      ]);
    await wire(router, [
      { namespace: client, net: 9, host: 2, gateway: 1 },
      { namespace: direct, net: 1, host: 2, gateway: 1 },
      { namespace: near, net: 1, host: 11, gateway: 1 },
      // Translated replies come back through the director.
      { namespace: behind, net: 1, host: 12, gateway: 2 },
      { namespace: far, net: 2, host: 11, gateway: 1 },
    ]);
    const programs: ChildProcess[] = [];
    try {
      for (const server of servers) {
        const namespace = { near, behind, far }[server.name];
        for (const family of families) await become(namespace, serverOrders(server, family));
        const [program = '', ...words] = inside(namespace, [process.execPath, '-e', serving(server.name)]);
        programs.push(spawn(program, words, { stdio: 'ignore' }));
      }
      await become(direct, directorOrders());
      for (const server of servers) {
        const namespace = { near, behind, far }[server.name];
        const listening = `for i in $(seq 1 200); do ss -Hltn 'sport = :80' | grep -q . && exit 0; sleep 0.1; done; exit 1`;
        await run(namespace, ['sh', '-c', listening]);
      }
      const words = [deadlineSeconds(8), '6', `${uploadBytes}`, ...Object.values(vips)];
      const said = (await run(client, ['perl', '-e', asking, ...words], 110_000)).trim().split('\n');
      const expected = Object.values(vips).flatMap((vip) =>
        servers.flatMap(({ name }) => [1, 2].map(() => `${vip} ${name} ${uploadBytes}`)),
      );
      expect(said.toSorted()).toEqual(expected.toSorted());
    } finally {
      for (const program of programs) program.kill('SIGKILL');
    }
  });
});

it('what the kernel does not do is in no plan: translation of one family into the other', () => {
  for (const family of families) {
    const other = family === 'ipv4' ? 'ipv6' : 'ipv4';
    for (const server of servers) {
      const found = destinationTo(snapshotOf(server, family), other, 80, 1);
      expect(familyOf(addressOf(server, family))).toBe(family);
      expect(found?.forwarding).toBe(server.forwarding === 'masquerade' ? undefined : 'tunnel');
    }
  }
});
