// Every combination of the documentation's table, with real packets: director and real server as agents' own operations make them, one
// after the other in one network. The real server is the test's own namespace.
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { type TunnelRow, tunnelRows } from '../../deploy/reference/tunnels.ts';
import type { Family } from '../../src/domain/address.ts';
import { plainCheck } from '../../src/domain/health-check.ts';
import type { Destination, IpvsOperation } from '../../src/domain/ipvs-table.ts';
import type { SnapshotRealServer } from '../../src/domain/snapshot.ts';
import { tunnelTypeNames } from '../../src/domain/tunnel.ts';
import { createHost, type Host } from '../../src/kernel/host.ts';
import { applyHostOperations, cleanup } from '../../src/kernel/host-apply.ts';
import { foreignObjects } from '../../src/kernel/host-read.ts';
import { type Ledger, openLedger } from '../../src/kernel/ledger.ts';
import { destinationTo } from '../../src/plan/destination.ts';
import { directorHost } from '../../src/plan/director-host.ts';
import { diffHost } from '../../src/plan/host-diff.ts';
import { type RealServerFacts, realServerHost } from '../../src/plan/real-server-host.ts';
import type { RealServerContent } from '../../src/plan/snapshots.ts';
import { here, hostSnapshot, ledgerPath, prepareNamespace, ruleCounters, slowTestMs } from './host-tools.ts';
import { service as virtualService } from './ipvs-tools.ts';
import { run, withNamespaces } from './namespace.ts';
import { deadlineSeconds } from './pace.ts';
import { type DirectorOrders, traffic } from './tunnel-ends.ts';
import { typescriptNode } from './typescript-program.ts';

const ends = {
  director: { ipv4: '10.1.0.2', ipv6: '2001:db8:1::2' },
  realServer: { ipv4: '10.2.0.2', ipv6: '2001:db8:2::2' },
} as const;
const uploadBytes = 10_000_000;
/** Emulated, 10 MB take some seconds. */
const uploadSeconds = 40;
const guePort = 6_081;

const folder = mkdtempSync(join(tmpdir(), 'causeway-tunnels-'));
const open: (Socket | Server)[] = [];
afterAll(() => {
  for (const one of open) one.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Each row has a VIP of its own. */
function vipOf(row: TunnelRow): string {
  const number = 10 + tunnelRows.indexOf(row);
  return row.inner === 'ipv4' ? `192.0.2.${number}` : `2001:db8:a::${number}`;
}

/** From the test's namespace (`undefined`) and two others to one router, each with a network of both families. */
async function wire(router: string, others: Readonly<Record<number, string | undefined>>): Promise<void> {
  const at = (namespace: string | undefined, line: string) =>
    namespace === undefined ? here(line) : run(namespace, line.split(' '));
  for (const [net, namespace] of Object.entries(others)) {
    const place = namespace === undefined ? '' : ` netns ${namespace}`;
    await here(`ip link add to-${net} netns ${router} type veth peer name up0${place}`);
    for (const [where, device, host] of [
      [router, `to-${net}`, 1],
      [namespace, 'up0', 2],
    ] as const) {
      await at(where, `ip addr add 10.${net}.0.${host}/24 dev ${device}`);
      await at(where, `ip addr add 2001:db8:${net}::${host}/64 dev ${device} nodad`);
      await at(where, `ip link set ${device} up`);
    }
    await at(namespace, `ip route add default via 10.${net}.0.1`);
    await at(namespace, `ip route add default via 2001:db8:${net}::1`);
  }
  await at(router, 'sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1');
  await at(router, `ip route add 192.0.2.0/24 via ${ends.director.ipv4}`);
  await at(router, `ip route add 2001:db8:a::/64 via ${ends.director.ipv6}`);
}

function realServerOf(row: TunnelRow): SnapshotRealServer {
  return {
    ...({ name: 'r1', site: 'far', probeSlot: 1, forwarding: 'tunnel' } as const),
    address: ends.realServer[row.outer],
    tunnel: row.tunnel,
    ...(row.tunnel === 'gue' ? { gue: { port: guePort, checksum: row.checksum } } : {}),
  };
}

/** What the director's table says of a row. */
function operationsFor(row: TunnelRow): IpvsOperation[] {
  return (['tcp', 'udp'] as const).flatMap((protocol): IpvsOperation[] => {
    const port = protocol === 'tcp' ? 80 : 9000;
    const key = { kind: 'address', protocol, address: vipOf(row), port } as const;
    const destination = destinationTo(realServerOf(row), row.inner, port, 1);
    if (destination === undefined) throw new Error('a row that cannot be');
    return [
      { kind: 'add-service', service: virtualService(key, { scheduler: 'rr' }) },
      { kind: 'add-destination', key, destination },
    ];
  });
}

/** What no plan holds, and why: the kernel does not take it. */
function refusedOperations(): IpvsOperation[] {
  const key = { kind: 'address', protocol: 'tcp', address: '192.0.2.250', port: 80 } as const;
  const address = ends.realServer.ipv6;
  expect(destinationTo({ ...mixed, forwarding: 'masquerade' }, 'ipv4', 80, 1)).toBeUndefined();
  expect(destinationTo({ ...mixed, forwarding: 'direct' }, 'ipv4', 80, 1)?.forwarding).toBe('tunnel');
  return [
    { kind: 'add-service', service: virtualService(key, { scheduler: 'rr' }) },
    ...(['direct', 'masquerade'] as const).map((forwarding) => {
      const destination: Destination = { address, port: 80, weight: 1, forwarding };
      return { kind: 'add-destination', key, destination } as const;
    }),
  ];
}
const mixed = realServerOf({ ...(tunnelRows[0] as TunnelRow), outer: 'ipv6' });

function contentOf(rows: readonly TunnelRow[]): RealServerContent {
  const [first] = rows;
  if (first === undefined) throw new Error('no rows');
  const ports = [
    { protocol: 'tcp', port: 80, targetPort: 80 },
    { protocol: 'udp', port: 9000, targetPort: 9000 },
  ] as const;
  const health = {
    ...plainCheck,
    ports: [],
    type: 'none',
    ...{
      port: 0,
      path: '',
      host: '',
      expectStatus: 200,
      intervalMs: 1_000,
      timeoutMs: 1_000,
      fall: 2,
      rise: 2,
    },
  } as const;
  return {
    kind: 'realserver',
    deletedServices: [],
    probe: { keyHex: '', intervalMs: 200, downAfterMs: 800, goneAfterMs: 10_000, rise: 2 },
    tunnel: first.tunnel,
    ...(first.tunnel === 'gue' ? { guePorts: [guePort] } : {}),
    services: [{ name: 'web', vips: rows.map(vipOf), ports, health }],
    directors: [{ name: 'd1', address: ends.director[first.outer], forwarding: 'tunnel' }],
  };
}

const facts: Omit<RealServerFacts, 'address'> = {
  ...{ link: 'up0', mtuBytes: 1_500, networks: [], isStrict: false, elsewhere: [], clientsElsewhere: false },
  ipv6: 'on',
};

/** Brings the host to what the real server's agent wants for these rows, as it does: what is new first. */
async function become(host: Host, ledger: Ledger, rows: readonly TunnelRow[]): Promise<void> {
  const outer = rows[0]?.outer ?? 'ipv4';
  const wanted = realServerHost(contentOf(rows), { ...facts, address: ends.realServer[outer] });
  const reading = await host.read([wanted, ledger.made()]);
  expect(foreignObjects(wanted, reading, ledger.made())).toEqual([]);
  const failures = await applyHostOperations(host, ledger, diffHost(wanted, reading, ledger.made()));
  expect(failures.map(({ error }) => error.message)).toEqual([]);
  const again = await host.read([wanted, ledger.made()]);
  expect(diffHost(wanted, again, ledger.made())).toEqual([]);
}

/** Says how many bytes came; a datagram is answered with its length, from the VIP. */
async function serve(vips: readonly string[], longest: Map<string, number>): Promise<void> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    let bytes = 0;
    socket.on('data', (chunk) => {
      bytes += chunk.length;
    });
    socket.on('end', () => socket.end(`${bytes}\n`));
    socket.on('error', () => {});
  });
  server.listen(80, '::');
  await once(server, 'listening');
  open.push(server);
  for (const vip of vips) {
    const socket = createSocket(vip.includes(':') ? 'udp6' : 'udp4');
    socket.on('message', (message, from) => {
      longest.set(vip, Math.max(longest.get(vip) ?? 0, message.length));
      socket.send(`${message.length}`, from.port, from.address);
    });
    socket.bind(9000, vip);
    await once(socket, 'listening');
    open.push(socket);
  }
}

function closeAll(): void {
  for (const one of open.splice(0)) one.close();
}

it('every tunnel carries every family of VIPs over every family of hosts', {
  timeout: 4 * slowTestMs,
}, async () => {
  await withNamespaces(['cl', 'di', 'ro'], async (client, director, router) => {
    await prepareNamespace();
    for (const namespace of [client, director, router])
      await run(namespace, ['sysctl', '-qw', 'net.ipv6.conf.default.accept_dad=0']);
    await wire(router, { 1: director, 2: undefined, 9: client });
    // Nobody tells the client of packets that are too large: what is told to it as MSS must do.
    await run(client, [
      ...['nft', 'add table inet deaf; add chain inet deaf in { type filter hook input priority 0; };'],
      'add rule inet deaf in icmp type destination-unreachable drop; add rule inet deaf in icmpv6 type packet-too-big drop',
    ]);
    const before = await hostSnapshot();
    const orders: DirectorOrders = {
      host: directorHost({
        ...{ kind: 'director', deletedServices: [], realServers: [] },
        probe: { keyHex: '', intervalMs: 200, downAfterMs: 800, goneAfterMs: 10_000, rise: 2 },
        services: tunnelRows.map((row) => ({
          ...{ name: `row-${tunnelRows.indexOf(row)}`, vips: [vipOf(row)], ports: [], scheduler: 'rr' },
          ...{ persistenceSeconds: 0, drainSeconds: 0, withdrawn: false, destinations: [] },
        })),
      }),
      ipvs: [...tunnelRows.flatMap(operationsFor), ...refusedOperations()],
      ledger: join(folder, 'director.json'),
    };
    const file = join(folder, 'orders.json');
    writeFileSync(file, JSON.stringify(orders));
    const program = fileURLToPath(new URL('tunnel-ends.ts', import.meta.url));
    const refused = await run(director, [...typescriptNode, program, file]);
    // One family over the other goes in tunnels alone.
    expect(refused.trim().split('\n')).toEqual([
      expect.stringContaining('needs forwarding tunnel'),
      expect.stringContaining('needs forwarding tunnel'),
    ]);

    const host = await createHost();
    const ledger = await openLedger(ledgerPath('tunnels'));
    try {
      for (const outer of ['ipv4', 'ipv6'] as const satisfies readonly Family[]) {
        for (const tunnel of tunnelTypeNames) {
          const rows = tunnelRows.filter((row) => row.tunnel === tunnel && row.outer === outer);
          await become(host, ledger, rows);
          const longest = new Map<string, number>();
          await serve(rows.map(vipOf), longest);
          const words = rows.map((row) => `${vipOf(row)} ${row.udpBytes}`);
          const script = ['perl', '-e', traffic, deadlineSeconds(uploadSeconds), `${uploadBytes}`, ...words];
          const begun = performance.now();
          const came = (await run(client, script, 4 * 1_000 * uploadSeconds)).trim().split('\n');
          console.log(
            `${tunnel} over ${outer}: ${rows.length} rows in ${Math.round(performance.now() - begun)} ms`,
          );
          expect(came, `${tunnel} over ${outer}`).toEqual(
            rows.map((row) => `${vipOf(row)} 4 ${uploadBytes} ${row.udpBytes}`),
          );
          expect([...longest.values()]).toEqual(rows.map(({ udpBytes }) => udpBytes));
          const gue = `GUE of a director over ${outer === 'ipv4' ? 'IPv4' : 'IPv6'}`;
          const counters = await ruleCounters('causeway_realserver');
          expect((counters.get(gue) ?? 0) > 0).toBe(tunnel === 'gue');
          closeAll();
        }
      }
      expect(await here('ip fou show')).toContain(`port ${guePort} gue -6 local ${ends.realServer.ipv6}`);
      expect(await cleanup(host, ledger)).toEqual([]);
      expect(await here('ip fou show')).toBe('');
      expect(await hostSnapshot()).toBe(before);
    } finally {
      host.close();
    }
  });
});
