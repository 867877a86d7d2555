/**
 * What the data plane carries with all that Causeway writes on the hosts (closed decapsulation, marks for probes, MSS), beside the same tunnel
 * made by hand with ip and ipvsadm: a network for each, in one kernel, measured by turns. Prints a line of JSON.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf } from '../../../src/domain/error.ts';
import { plainCheck } from '../../../src/domain/health-check.ts';
import type { IpvsOperation } from '../../../src/domain/ipvs-table.ts';
import type { SnapshotRealServer } from '../../../src/domain/snapshot.ts';
import type { TunnelType } from '../../../src/domain/tunnel.ts';
import { destinationTo } from '../../../src/plan/destination.ts';
import { directorHost } from '../../../src/plan/director-host.ts';
import { realServerHost } from '../../../src/plan/real-server-host.ts';
import type { Orders } from './become.ts';
import { middle } from './tables.ts';
import { type Protocol, protocols, type Side, sides, type Throughput, tunnels } from './throughput.ts';

const turns = 5;
const seconds = 3;
const datagramBytes = 64;
/** Both the same, and what fits in every tunnel. */
const segmentBytes = 1_380;
const port = 5_201;
const guePort = 6_081;
const client = 'bench-client';
const router = 'bench-router';
const clientNet = 9;

const directorNets: Record<Side, number> = { ours: 1, bare: 2 };
const directorOf = (side: Side): string => `bench-director-${side}`;
const netOf = (side: Side, tunnel: TunnelType): number =>
  10 * (1 + sides.indexOf(side)) + tunnels.indexOf(tunnel);
const serverOf = (side: Side, tunnel: TunnelType): string => `bench-${tunnel}-${side}`;
const vipOf = (side: Side, tunnel: TunnelType): string => `192.0.2.${netOf(side, tunnel)}`;
const addressOf = (net: number): string => `10.${net}.0.2`;
const namespaces = [
  ...[client, router],
  ...sides.flatMap((side) => [directorOf(side), ...tunnels.map((tunnel) => serverOf(side, tunnel))]),
];

function run(program: string, ...words: string[]): string {
  return execFileSync(program, words, { encoding: 'utf8', maxBuffer: 16 * 1024 * 1024 });
}

function at(namespace: string, line: string): string {
  return run('ip', 'netns', 'exec', namespace, 'sh', '-ec', line);
}

/** Each host in a network of its own behind one router. */
function wire(namespace: string, net: number): void {
  run('ip', ...`link add to-${net} netns ${router} type veth peer name up0 netns ${namespace}`.split(' '));
  at(router, `ip addr add 10.${net}.0.1/24 dev to-${net}; ip link set to-${net} up`);
  at(
    namespace,
    `ip addr add ${addressOf(net)}/24 dev up0; ip link set up0 up; ip link set lo up; ip route add default via 10.${net}.0.1`,
  );
}

function network(): void {
  for (const namespace of namespaces) run('ip', 'netns', 'add', namespace);
  at(router, 'sysctl -qw net.ipv4.ip_forward=1');
  wire(client, clientNet);
  for (const side of sides) {
    wire(directorOf(side), directorNets[side]);
    for (const tunnel of tunnels) {
      wire(serverOf(side, tunnel), netOf(side, tunnel));
      at(router, `ip route add ${vipOf(side, tunnel)} via ${addressOf(directorNets[side])}`);
    }
  }
}

/** As the field's documents say. */
function byHand(): void {
  const director = directorOf('bare');
  for (const tunnel of tunnels) {
    const vip = vipOf('bare', tunnel);
    const rip = addressOf(netOf('bare', tunnel));
    const type =
      tunnel === 'ipip' ? '' : `--tun-type ${tunnel}${tunnel === 'gue' ? ` --tun-port ${guePort}` : ''}`;
    at(director, `ip addr add ${vip}/32 dev lo`);
    for (const protocol of ['t', 'u'])
      at(
        director,
        `ipvsadm -A -${protocol} ${vip}:${port} -s rr; ipvsadm -a -${protocol} ${vip}:${port} -r ${rip} -i ${type}`,
      );
    const device =
      tunnel === 'gre'
        ? `ip link add tun0 type gre local ${rip}`
        : `${tunnel === 'gue' ? `ip fou add port ${guePort} gue; ` : ''}ip link add tun0 type ipip local ${rip}`;
    at(
      serverOf('bare', tunnel),
      `${device}; ip addr add ${vip}/32 dev tun0; ip link set tun0 up; sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.tun0.rp_filter=0`,
    );
  }
}

const probe = { keyHex: '', intervalMs: 200, downAfterMs: 800, goneAfterMs: 10_000, rise: 2 };

function serverIn(tunnel: TunnelType): SnapshotRealServer {
  return {
    ...({
      name: `r-${tunnel}`,
      site: 'far',
      probeSlot: 1 + tunnels.indexOf(tunnel),
      forwarding: 'tunnel',
    } as const),
    address: addressOf(netOf('ours', tunnel)),
    tunnel,
    ...(tunnel === 'gue' ? { gue: { port: guePort, checksum: false } } : {}),
  };
}

function directorOrders(folder: string): Orders {
  return {
    host: directorHost({
      ...{ kind: 'director', deletedServices: [], probe, realServers: tunnels.map(serverIn) },
      services: tunnels.map((tunnel) => ({
        ...{ name: `web-${tunnel}`, vips: [vipOf('ours', tunnel)], scheduler: 'rr', persistenceSeconds: 0 },
        ports: protocols.map((protocol) => ({ protocol, port, targetPort: port })),
        ...{ drainSeconds: 0, withdrawn: false, destinations: [] },
      })),
    }),
    ipvs: tunnels.flatMap((tunnel) =>
      protocols.flatMap((protocol): IpvsOperation[] => {
        const key = { kind: 'address', protocol, address: vipOf('ours', tunnel), port } as const;
        const destination = destinationTo(serverIn(tunnel), 'ipv4', port, 1);
        if (destination === undefined) throw new RangeError(tunnel);
        const schedulerFlags = { fallback: false, port: false };
        return [
          { kind: 'add-service', service: { key, scheduler: 'rr', schedulerFlags, persistenceSeconds: 0 } },
          { kind: 'add-destination', key, destination },
        ];
      }),
    ),
    ledger: join(folder, 'director.json'),
  };
}

function serverOrders(tunnel: TunnelType, folder: string): Orders {
  const times = { intervalMs: 1_000, timeoutMs: 1_000, fall: 2, rise: 2, expectStatus: 200 };
  const health = { ...plainCheck, ports: [], type: 'none', port: 0, path: '', host: '', ...times } as const;
  const facts = { networks: [], isStrict: false, elsewhere: [], clientsElsewhere: false };
  return {
    host: realServerHost(
      {
        ...{ kind: 'realserver', deletedServices: [], probe, tunnel },
        ...(tunnel === 'gue' ? { guePorts: [guePort] } : {}),
        services: [
          {
            ...{ name: 'web', vips: [vipOf('ours', tunnel)], health },
            ports: protocols.map((protocol) => ({ protocol, port, targetPort: port })),
          },
        ],
        directors: [{ name: 'd1', address: addressOf(directorNets.ours), forwarding: 'tunnel' }],
      },
      {
        ...{ address: addressOf(netOf('ours', tunnel)), link: 'up0', mtuBytes: 1_500, ipv6: 'off' },
        ...facts,
      },
    ),
    ipvs: [],
    ledger: join(folder, `${tunnel}.json`),
  };
}

function become(program: string, namespace: string, orders: Orders, folder: string): void {
  const file = join(folder, `${namespace}.orders`);
  writeFileSync(file, JSON.stringify(orders));
  run('ip', 'netns', 'exec', namespace, process.execPath, program, file);
}

/** What of `iperf3 --json` counts. */
interface Told {
  readonly error?: string;
  readonly end: {
    readonly sum_received?: { readonly bits_per_second: number };
    readonly sum: { readonly packets: number; readonly lost_packets: number; readonly seconds: number };
  };
}

function carried(vip: string, protocol: Protocol): number {
  const words =
    protocol === 'tcp' ? `-M ${segmentBytes}` : `-u -b 0 -l ${datagramBytes} --udp-counters-64bit`;
  const told = JSON.parse(
    at(client, `timeout 60 iperf3 --json -c ${vip} -p ${port} -t ${seconds} ${words}`),
  ) as Told;
  if (told.error !== undefined) throw new Error(`iperf3: ${told.error}`);
  const { sum_received: received, sum } = told.end;
  if (protocol === 'tcp') return received?.bits_per_second ?? Number.NaN;
  return (sum.packets - sum.lost_packets) / sum.seconds;
}

async function round(program: string): Promise<Throughput> {
  const folder = mkdtempSync(join(tmpdir(), 'causeway-throughput-'));
  network();
  byHand();
  become(program, directorOf('ours'), directorOrders(folder), folder);
  for (const tunnel of tunnels)
    become(program, serverOf('ours', tunnel), serverOrders(tunnel, folder), folder);
  // At the VIP: of datagrams iperf3 answers from where its socket is bound.
  const servers = sides.flatMap((side) =>
    tunnels.map((tunnel) =>
      spawn(
        'ip',
        [
          'netns',
          'exec',
          serverOf(side, tunnel),
          'iperf3',
          '-s',
          '-B',
          vipOf(side, tunnel),
          '-p',
          String(port),
        ],
        {
          stdio: 'ignore',
        },
      ),
    ),
  );
  try {
    const result: Partial<Throughput> = {};
    for (const tunnel of tunnels) {
      const of = (protocol: Protocol): Record<Side, number> => {
        const seen: Record<Side, number[]> = { ours: [], bare: [] };
        for (let turn = 0; turn < turns; turn += 1)
          for (const side of turn % 2 === 0 ? sides : sides.toReversed())
            seen[side].push(carried(vipOf(side, tunnel), protocol));
        process.stderr.write(`${tunnel} ${protocol} ${JSON.stringify(seen)}\n`);
        return { ours: middle(seen.ours), bare: middle(seen.bare) };
      };
      result[tunnel] = { tcp: of('tcp'), udp: of('udp') };
    }
    return result as Throughput;
  } finally {
    for (const server of servers) server.kill();
    for (const namespace of namespaces) run('ip', 'netns', 'del', namespace);
    rmSync(folder, { recursive: true, force: true });
  }
}

try {
  process.stdout.write(`${JSON.stringify(await round(process.argv[2] ?? ''))}\n`);
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = 1;
}
