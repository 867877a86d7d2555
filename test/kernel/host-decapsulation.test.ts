// Closed decapsulation and the reverse path filter: who gets through our tunnel devices, and to what. A director and a stranger
// both send the real server tunnelled packets; the director stands in for the client behind it.
import type { Socket } from 'node:dgram';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Link, NftTable } from '../../src/domain/host-state.ts';
import { createHost, type Host } from '../../src/kernel/host.ts';
import { applyHostOperations, cleanup } from '../../src/kernel/host-apply.ts';
import { openLedger } from '../../src/kernel/ledger.ts';
import { here, ledgerPath, prepareNamespace, ruleCounters, slowTestMs } from './host-tools.ts';
import { run, withNamespaces } from './namespace.ts';
import { deadline } from './pace.ts';
import { ask, connect, echo, port } from './tunnel-senders.ts';

const vip = '192.0.2.10';
const clientAddress = '198.51.100.5';

/** Of 3,000 bytes, and whoever is on its way may cut it: IP_MTU_DISCOVER is off, so that no tunnel's packet says otherwise. */
const largeDatagram = `
socket(S, PF_INET, SOCK_DGRAM, 17) or die; setsockopt(S, 0, 10, pack('i', 0)) or die;
bind(S, pack_sockaddr_in(0, inet_aton('${clientAddress}'))) or die;
send(S, 'x' x 3000, 0, pack_sockaddr_in(${port}, inet_aton('${vip}'))) or die;`;

let host: Host;
const services: Socket[] = [];
beforeAll(async () => {
  await prepareNamespace();
  host = await createHost();
});
afterAll(() => {
  host.close();
  for (const service of services) service.close();
});

function device(type: 'ipip' | 'gre'): Link {
  return { name: `cw-${type}`, type, external: true, up: true };
}

describe('closed decapsulation', { timeout: slowTestMs }, () => {
  it('lets directors in, to VIPs only, under a strict reverse path filter elsewhere', async () => {
    await withNamespaces(['director', 'stranger'], async (director, stranger) => {
      await here('sysctl -qw net.ipv4.conf.all.rp_filter=1 net.ipv4.conf.default.rp_filter=1');
      await connect(director, 'to-director', 1, clientAddress);
      await connect(stranger, 'to-stranger', 2, '203.0.113.9');
      const ledger = await openLedger(ledgerPath('decapsulation'));
      const closed: NftTable = {
        kind: 'closed-decapsulation',
        name: 'causeway',
        directors: ['10.1.0.1'],
        vips: [vip],
        ports: [{ address: vip, protocol: 'udp', port }],
        devices: ['cw-ipip', 'cw-gre'],
      };
      const failures = await applyHostOperations(host, ledger, [
        { kind: 'load-nft', table: closed },
        ...(['ipip', 'gre'] as const).flatMap((type) => [
          { kind: 'add-link', link: device(type) } as const,
          {
            kind: 'set-sysctl',
            sysctl: { name: `net.ipv4.conf.cw-${type}.rp_filter`, value: '2' },
            previous: '',
          } as const,
          { kind: 'set-link-up', link: device(type) } as const,
        ]),
        { kind: 'add-address', address: { link: 'cw-ipip', address: vip, prefixLength: 32 } },
        {
          kind: 'add-address',
          address: { link: 'cw-gre', address: '169.254.7.1', prefixLength: 32, scope: 'link' },
        },
      ]);
      expect(failures).toEqual([]);
      let served = 0;
      for (const address of [vip, '10.2.0.2']) services.push(await echo(address, () => served++));

      const long = 'x'.repeat(3_000);
      for (const type of ['ipip', 'gre']) {
        served = 0;
        expect(await ask(director, type, clientAddress, vip)).toBe('word');
        expect(served).toBe(1);

        expect(await ask(stranger, type, '203.0.113.9', vip)).toBe('');
        expect(served).toBe(1);

        // In fragments, of which only the first has ports.
        expect(await ask(director, type, clientAddress, vip, long)).toBe(long);
        expect(served).toBe(2);

        // A director sent it, but to no VIP: nothing behind the tunnel is reached.
        expect(await ask(director, type, clientAddress, '10.2.0.2')).toBe('');
        expect(served).toBe(2);
      }
      expect(Object.fromEntries(await ruleCounters('causeway'))).toMatchObject({
        'IPIP and GRE of a director over IPv4': 10,
        'out of a tunnel, but sent by a stranger': 2,
        'to a port of a VIP, UDP over IPv4': 4,
        'the rest of a packet to a VIP of IPv4': 4,
        'decapsulated, but to no port of a VIP': 2,
      });

      // The proof that loose on our device alone is what lets the client's packets pass: strict again drops them.
      served = 0;
      await here('sysctl -qw net.ipv4.conf.cw-ipip.rp_filter=0');
      expect(await ask(director, 'ipip', clientAddress, vip)).toBe('');
      expect(served).toBe(0);
      expect(await here('cat /proc/sys/net/ipv4/conf/all/rp_filter')).toBe('1\n');
      expect(await here('cat /proc/sys/net/ipv4/conf/to-director/rp_filter')).toBe('1\n');
      await here('sysctl -qw net.ipv4.conf.cw-ipip.rp_filter=2');
      expect(await ask(director, 'ipip', clientAddress, vip)).toBe('word');

      // Whole in a tunnel's packet that is itself in fragments: of GUE's only the first has ports.
      const guePort = { address: '10.1.0.2', port: 6_081 };
      const opened = await applyHostOperations(host, ledger, [
        { kind: 'load-nft', table: { ...closed, guePorts: [guePort.port] } },
        { kind: 'add-gue-port', guePort },
      ]);
      expect(opened).toEqual([]);
      await run(director, ['ip', 'link', 'del', 'by-ipip']);
      for (const [type, encapsulation] of [
        ['bare', ''],
        ['gue', ` encap gue encap-dport ${guePort.port}`],
      ]) {
        const far = `ip link add by-${type} type ipip local 10.1.0.1 remote 10.1.0.2 nopmtudisc${encapsulation}`;
        await run(director, ['sh', '-ec', `${far}; ip link set by-${type} mtu 4000 up`]);
        served = 0;
        await run(director, `ip route replace ${vip}/32 dev by-${type} src ${clientAddress}`.split(' '));
        await run(director, ['perl', '-MSocket', '-e', largeDatagram]);
        await expect.poll(() => served, { timeout: deadline(5_000) }).toBe(1);
        await run(director, ['ip', 'link', 'del', `by-${type}`]);
      }
      await run(director, 'ip link add by-ipip type ipip local 10.1.0.1 remote 10.1.0.2'.split(' '));
      await run(director, 'ip link set by-ipip up'.split(' '));

      // Somebody else's tunnels, of the same protocols, to whom we are no director: they carry what they always did.
      for (const [type, net] of [
        ['ipip', 21],
        ['gre', 22],
      ] as const) {
        await here(`ip link add own-${type} type ${type} local 10.2.0.2 remote 10.2.0.1`);
        await here(`ip addr add 172.16.${net}.2/24 dev own-${type}`);
        await here(`ip link set own-${type} up`);
        await run(stranger, `ip addr add 172.16.${net}.1/24 dev by-${type}`.split(' '));
        services.push(await echo(`172.16.${net}.2`, () => {}));
        expect(await ask(stranger, type, `172.16.${net}.1`, `172.16.${net}.2`)).toBe('word');
      }

      expect(await cleanup(host, ledger)).toEqual([]);
      expect(await ask(director, 'ipip', clientAddress, vip)).toBe('');
    });
  });
});
