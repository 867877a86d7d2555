// A claimed VIP: what arrives for it is local, what the director itself sends to it leaves. With reverse path filters strict.
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { emptyHostState, type HostOperation, type Route } from '../../src/domain/host-state.ts';
import { createHost, type Host } from '../../src/kernel/host.ts';
import { applyHostOperations, cleanup } from '../../src/kernel/host-apply.ts';
import { openLedger } from '../../src/kernel/ledger.ts';
import { here, ledgerPath, prepareNamespace, ruleCounters, slowTestMs } from './host-tools.ts';
import { run, withNamespaces } from './namespace.ts';
import { deadline, deadlineSeconds } from './pace.ts';

const port = 9000;
const vips = ['192.0.2.10', '2001:db8:a::10'] as const;

let host: Host;
beforeAll(async () => {
  await prepareNamespace();
  // Forwarding makes a packet that is not local leave again, instead of vanish: nothing here may hide.
  await here(
    'sysctl -qw net.ipv4.conf.all.rp_filter=1 net.ipv4.conf.default.rp_filter=1 net.ipv4.ip_forward=1',
  );
  host = await createHost();
});
afterAll(() => host.close());

/** The operations by which a director claims its VIPs, as dataplane knowledge has it. */
function claim(vip: string): HostOperation[] {
  const [family, prefixLength] = vip.includes(':') ? (['ipv6', 128] as const) : (['ipv4', 32] as const);
  const moved: Route = {
    family,
    table: 7477,
    type: 'local',
    destination: `${vip}/${prefixLength}`,
    link: 'lo',
  };
  const lifetime = family === 'ipv6' ? { preferredLifetimeSeconds: 0 as const } : {};
  return [
    { kind: 'add-address', address: { link: 'lo', address: vip, prefixLength, ...lifetime } },
    { kind: 'replace-route', route: moved },
    { kind: 'add-rule', rule: { family, priority: 7477, table: 7477, notIncoming: 'lo' } },
    { kind: 'withdraw-route', route: { ...moved, table: 255 } },
  ];
}

/**
 * A TCP service on the director that answers with what it was sent. It listens on every address: without its local route, an
 * address of this host can't be bound to.
 */
async function echo(): Promise<Server> {
  const server = createServer((socket) => socket.pipe(socket)).listen(port, '::');
  await once(server, 'listening');
  return server;
}

/** What is sent by UDP to the director's own sockets. */
async function listener(onMessage: () => void): Promise<Socket> {
  const socket = createSocket('udp4', onMessage).bind(port, '0.0.0.0');
  await once(socket, 'listening');
  return socket;
}

/** Joins the test's namespace (`near`) with another (`far`), with addresses of both families. */
async function join(namespace: string, device: string, net: number): Promise<void> {
  await here(`ip link add ${device} type veth peer name eth0 netns ${namespace}`);
  await here(`ip addr add 10.${net}.0.2/24 dev ${device}`);
  await here(`ip addr add 2001:db8:${net}::2/64 dev ${device} nodad`);
  await here(`ip link set ${device} up`);
  const far = (line: string) => run(namespace, line.split(' '));
  await far(`ip addr add 10.${net}.0.1/24 dev eth0`);
  await far(`ip addr add 2001:db8:${net}::1/64 dev eth0 nodad`);
  await far('ip link set eth0 up');
  await far(`ip route add default via 10.${net}.0.2`);
  await far(`ip route add default via 2001:db8:${net}::2`);
}

async function wayTo(to: string) {
  return (await host.survey({ ways: [{ to }], filtersOf: [] })).ways.get(to);
}

async function ask(namespace: string, address: string): Promise<string> {
  const script = `exec 3<>/dev/tcp/${address}/${port}; echo word >&3; timeout ${deadlineSeconds(20)} head -n 1 <&3`;
  return (await run(namespace, ['bash', '-c', script])).trim();
}

describe('a claimed VIP', { timeout: slowTestMs }, () => {
  it('is local for others and away for the director itself, until clean-up', async () => {
    await withNamespaces(['client', 'gateway'], async (client, gateway) => {
      await join(client, 'to-client', 3);
      await join(gateway, 'to-gateway', 4);
      await here('ip route add default via 10.4.0.1');
      for (const vip of vips) expect(await wayTo(vip)).not.toMatchObject({ isLocal: true });
      await run(gateway, ['nft', 'add table inet seen']);
      await run(gateway, ['nft', 'add chain inet seen in { type filter hook prerouting priority 0; }']);
      await run(gateway, [
        'nft',
        `add rule inet seen in ip daddr 192.0.2.10 udp dport ${port} counter comment "probe"`,
      ]);

      const ledger = await openLedger(ledgerPath('vip'));
      expect(await applyHostOperations(host, ledger, vips.flatMap(claim))).toEqual([]);
      expect(await wayTo('192.0.2.10')).toMatchObject({ link: 'to-gateway', gateway: '10.4.0.1' });

      let heard = 0;
      const server = await echo();
      const socket = await listener(() => heard++);
      try {
        for (const vip of vips) expect(await ask(client, vip)).toBe('word');
        await run(client, ['bash', '-c', `echo word > /dev/udp/192.0.2.10/${port}`]);
        await expect.poll(() => heard, { timeout: deadline(20_000) }).toBe(1);

        // The director's own datagram leaves, strict filters and all, and nobody here hears it.
        const probe = createSocket('udp4').bind(0, '10.4.0.2');
        await once(probe, 'listening');
        await new Promise((resolve) => probe.send('probe', port, '192.0.2.10', resolve));
        probe.close();
        await expect.poll(() => probesSeen(gateway), { timeout: deadline(20_000) }).toBe(1);
        expect(heard).toBe(1);
      } finally {
        server.close();
        socket.close();
      }

      expect(await cleanup(host, ledger)).toEqual([]);
      expect(await here('ip addr show dev lo')).not.toMatch(/192\.0\.2\.10|2001:db8:a::10/);
      const wanted = {
        ...emptyHostState,
        rules: [{ family: 'ipv4', priority: 7477, table: 7477, notIncoming: 'lo' }],
      } as const;
      expect((await host.read([wanted])).rules).toEqual([]);
    });
  });

  it("marks the director's probes by their source port, and nothing else", async () => {
    const name = 'causeway-vip';
    await host.apply({
      kind: 'load-nft',
      table: {
        kind: 'probe-marks',
        name,
        vips: [...vips],
        probePort: 7483,
        marks: [
          { sourcePort: 20_001, mark: 0x4357_0001 },
          { sourcePort: 20_002, mark: 0x4357_0002 },
        ],
      },
    });
    await here('ip link add sink type dummy');
    await here('ip link set sink up');
    await here('ip addr add 10.5.0.1/24 dev sink');
    await here('ip addr add 2001:db8:5::1/64 dev sink');
    await here('ip route add 192.0.2.0/24 dev sink');
    await here('ip route add 2001:db8:a::/64 dev sink');
    await here('nft add table inet seen');
    await here('nft add chain inet seen out { type filter hook output priority 0; }');
    for (const mark of ['0x43570001', '0x43570002', '0']) {
      await here(
        `nft add rule inet seen out udp dport { 7483, 9 } meta mark ${mark} counter comment "${mark}"`,
      );
    }
    for (const [address, to] of [
      [vips[0], 7483],
      [vips[1], 7483],
      ['192.0.2.11', 7483],
      [vips[0], 9],
    ] as const) {
      for (const from of [20_001, 20_002, 20_003]) {
        const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
        socket.bind(from);
        await once(socket, 'listening');
        await new Promise((resolve) => socket.send('x', to, address, resolve));
        socket.close();
        await once(socket, 'close');
      }
    }
    expect(Object.fromEntries(await ruleCounters('seen'))).toEqual({
      '0x43570001': 2,
      '0x43570002': 2,
      '0': 8,
    });
    await host.apply({ kind: 'delete-nft', name });
    await here('nft delete table inet seen');
    await here('ip link del sink');
  });
});

async function probesSeen(namespace: string): Promise<number> {
  const text = await run(namespace, ['nft', 'list', 'table', 'inet', 'seen']);
  return Number(/packets (\d+)/.exec(text)?.[1]);
}
