// Ways on a real kernel: a director with two cards, strict filters and the VIP on one of them; a real server's replies and their MSS.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOutlook } from '../../agents/director/outlook.ts';
import { factsFrom, surveyFor } from '../../agents/realserver/facts.ts';
import { emptyHostState, type HostState } from '../../src/domain/host-state.ts';
import { createHost, type Host } from '../../src/kernel/host.ts';
import { applyHostOperations, cleanup } from '../../src/kernel/host-apply.ts';
import { type Ledger, openLedger } from '../../src/kernel/ledger.ts';
import { directorHost } from '../../src/plan/director-host.ts';
import { diffHost } from '../../src/plan/host-diff.ts';
import { realServerHost } from '../../src/plan/real-server-host.ts';
import { realClock } from '../../src/runtime/system-clock.ts';
import { directorSnapshot, realServerSnapshot } from '../agents/snapshots.ts';
import { here, hostSnapshot, ledgerPath, prepareNamespace, slowTestMs } from './host-tools.ts';
import { run, withNamespaces } from './namespace.ts';
import { deadline, deadlineSeconds } from './pace.ts';

const vip = '192.0.2.10';
const port = 9000;

let host: Host;
beforeAll(async () => {
  await prepareNamespace();
  await here('sysctl -qw net.ipv4.conf.all.rp_filter=1 net.ipv4.conf.default.rp_filter=1');
  host = await createHost();
});
afterAll(() => host.close());

async function join(namespace: string, device: string, near: string, far: string): Promise<void> {
  await here(`ip link add ${device} type veth peer name eth0 netns ${namespace}`);
  await here(`ip addr add ${near} dev ${device}`);
  await here(`ip link set ${device} up`);
  const there = (line: string) => run(namespace, line.split(' '));
  await there(`ip addr add ${far} dev eth0`);
  await there('ip link set eth0 up');
}

/** As an agent does it: read, compare, write, and read back. */
async function bring(ledger: Ledger, desired: HostState): Promise<void> {
  const difference = async () => diffHost(desired, await host.read([desired, ledger.made()]), ledger.made());
  expect(await applyHostOperations(host, ledger, await difference())).toEqual([]);
  expect(await difference()).toEqual([]);
}

describe('ways', { timeout: slowTestMs }, () => {
  it('of a director whose VIP is on another card, which is the way to it as well', async () => {
    await withNamespaces(['gate', 'rs'], async (gate, realServer) => {
      await join(gate, 'front', `${vip}/24`, '192.0.2.1/24');
      await join(realServer, 'back', '10.5.0.2/24', '10.5.0.11/24');
      await here('ip route add default via 192.0.2.1');
      // The real server answers a probe: from the VIP, to the director's own address.
      await run(realServer, ['ip', 'addr', 'add', `${vip}/32`, 'dev', 'lo']);
      await run(realServer, ['ip', 'route', 'add', '10.5.0.2/32', 'dev', 'eth0', 'src', vip]);
      const before = await hostSnapshot();
      let heard = 0;
      const socket = createSocket('udp4').on('message', () => heard++);
      socket.bind(port, '10.5.0.2');
      await once(socket, 'listening');
      const answer = () => run(realServer, ['bash', '-c', `echo word > /dev/udp/10.5.0.2/${port}`]);

      const outlook = await createOutlook({
        host,
        address: '10.5.0.2',
        clock: realClock,
        onChange: () => {},
      });
      const snapshot = directorSnapshot();
      const ledger = await openLedger(ledgerPath('ways'));
      try {
        outlook.watch(snapshot);
        await outlook.now();
        expect(outlook.troubles().join(' ')).toContain(`takes ${vip} for its own`);
        await bring(ledger, directorHost(snapshot, undefined, outlook.facts()));
        // Now the VIP is away for the director itself, by the other card, and the filter must let its answers in.
        await outlook.now();
        expect(outlook.troubles().join(' ')).not.toContain('for its own');
        expect(outlook.facts()).toMatchObject({ link: 'back', isStrict: true, vipsElsewhere: true });
        await bring(ledger, directorHost(snapshot, undefined, outlook.facts()));
        expect(await here('cat /proc/sys/net/ipv4/conf/back/rp_filter')).toBe('2\n');
        expect(await here('cat /proc/sys/net/ipv4/conf/front/rp_filter')).toBe('1\n');
        // Without it not even the real server's question by ARP, which comes from the VIP as well, is heard.
        await answer();
        await expect.poll(() => heard, { timeout: deadline(20_000) }).toBe(1);

        // Whoever makes it local again on the card, as a cloud's agent does, has it moved once more.
        await here(`ip route add local ${vip}/32 dev front table local proto 66`);
        await bring(ledger, directorHost(snapshot, undefined, outlook.facts()));
      } finally {
        outlook.close();
        socket.close();
      }
      expect(await cleanup(host, ledger)).toEqual([]);
      expect(await hostSnapshot()).toBe(before);
      await here('ip link del front');
      await here('ip link del back');
    });
  });

  it('of a real server’s replies are the host’s own, with an MSS that fits the tunnel', async () => {
    await withNamespaces(['near', 'gate'], async (near, gate) => {
      await join(near, 'lan', '10.6.0.11/24', '10.6.0.5/24');
      await join(gate, 'wan', '10.7.0.11/24', '10.7.0.1/24');
      await here('ip route add default via 10.7.0.1');
      const ledger = await openLedger(ledgerPath('replies'));
      const snapshot = realServerSnapshot();
      const survey = await surveyFor(host, '10.7.0.11', snapshot);
      await bring(
        ledger,
        realServerHost(snapshot, factsFrom(survey, { address: '10.7.0.11', dedicated: false })),
      );

      const server = createServer((socket) => socket.end('word\n')).listen(port, vip);
      await once(server, 'listening');
      try {
        // A neighbour on a link that is not that of the default route, and somebody behind the gateway.
        for (const [namespace, by] of [
          [near, '10.6.0.11'],
          [gate, '10.7.0.11'],
        ] as const) {
          await run(namespace, ['ip', 'route', 'add', `${vip}/32`, 'via', by]);
          await run(namespace, ['nft', 'add table inet seen']);
          await run(namespace, ['nft', 'add chain inet seen in { type filter hook input priority 0; }']);
          await run(namespace, [
            'nft',
            `add rule inet seen in ip saddr ${vip} tcp flags & syn == syn tcp option maxseg size 1440 counter`,
          ]);
          const script = `timeout ${deadlineSeconds(10)} head -n 1 < /dev/tcp/${vip}/${port}`;
          expect(await run(namespace, ['bash', '-c', script])).toBe('word\n');
          expect(await run(namespace, ['nft', 'list table inet seen'])).toContain('counter packets 1 ');
        }
      } finally {
        server.close();
      }
      expect(await cleanup(host, ledger)).toEqual([]);
      await here('ip link del lan');
      await here('ip link del wan');
    });
  });

  it('whose path MTU is learnt are no other routes', async () => {
    await withNamespaces(['way', 'far'], async (way, far) => {
      await join(way, 'near', '10.8.0.2/24', '10.8.0.1/24');
      await here('ip addr add 2001:db8:8::2/64 dev near nodad');
      const there = async (namespace: string, ...lines: string[]) => {
        for (const line of lines) await run(namespace, line.split(' '));
      };
      await there(
        way,
        'ip addr add 2001:db8:8::1/64 dev eth0 nodad',
        'sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1',
        `ip link add back mtu 1300 type veth peer name eth0 netns ${far}`,
        'ip addr add 10.9.9.1/24 dev back',
        'ip addr add 2001:db8:9::1/64 dev back nodad',
        'ip link set back up',
      );
      await there(
        far,
        'ip addr add 10.9.9.2/24 dev eth0',
        'ip addr add 2001:db8:9::2/64 dev eth0 nodad',
        'ip link set eth0 up',
        'ip route add 10.8.0.0/24 via 10.9.9.1',
        'ip route add 2001:db8:8::/64 via 2001:db8:9::1',
      );
      await here('ip route add 10.9.9.0/24 via 10.8.0.1');
      await here('ip route add 2001:db8:9::/64 via 2001:db8:8::1');
      const route = { table: 254, type: 'unicast' } as const;
      const asked: HostState = {
        ...emptyHostState,
        routes: [
          { ...route, family: 'ipv4', destination: '10.9.9.2/32' },
          { ...route, family: 'ipv6', destination: '2001:db8:9::2/128' },
        ],
      };
      for (const to of ['10.9.9.2', '2001:db8:9::2']) {
        await here(`ping -c 1 -W ${deadlineSeconds(5)} ${to}`);
        await here(`ping -M do -s 1400 -c 1 -W ${deadlineSeconds(1)} ${to}`).catch(() => '');
        expect(await here(`ip route get ${to}`)).toContain('mtu 1300');
      }
      expect((await host.read([asked])).routes).toEqual([]);
      await here('ip link del near');
    });
  });
});
