/** What a director and a real server want of their hosts, and how they get there, as text. */
import { describe, expect, test } from 'vitest';
import { describeHostOperation, emptyHostState, type HostState } from '../../src/domain/host-state.ts';
import type { World } from '../../src/domain/world.ts';
import { carriedByDirector, directorHost } from '../../src/plan/director-host.ts';
import { type ActualHost, diffHost } from '../../src/plan/host-diff.ts';
import type { NarrowWay } from '../../src/plan/narrow-ways.ts';
import { type RealServerFacts, realServerHost } from '../../src/plan/real-server-host.ts';
import { directorContent, realServerContent } from '../../src/plan/snapshots.ts';
import { mssThrough } from '../../src/plan/tunnel-device.ts';
import { director, override, realServer, service, site, world } from './fixtures.ts';

const facts: RealServerFacts = {
  address: '10.1.0.11',
  link: 'eth0',
  mtuBytes: 1_500,
  networks: [{ link: 'eth0', address: '10.1.0.11', prefixLength: 24 }],
  isStrict: false,
  elsewhere: [],
  clientsElsewhere: false,
  ipv6: 'on',
};
const dual = service({ vips: ['2001:db8::10', '192.0.2.10'] });

function lines(desired: HostState, actual: ActualHost = emptyHostState, made: HostState = actual): string[] {
  return diffHost(desired, actual, made).map(describeHostOperation);
}

describe('director', () => {
  const host = directorHost(directorContent(world({ services: [dual] }), director('fra-d')));

  test("settings of IPVS that operators chose stand in place of Causeway's own; a director of before is told none", () => {
    const given = world({ services: [dual], ipvs: { connReuseMode: 1, udpTimeoutSeconds: 30 } });
    const able = director('fra-d', { capabilities: ['service-tuning'] });
    const [chosen, before] = [able, director('fra-d')].map((one) =>
      directorHost(directorContent(given, one)).sysctls.map(({ name, value }) => `${name} ${value}`),
    );
    expect(chosen).toEqual(expect.arrayContaining(['net.ipv4.vs.conn_reuse_mode 1', 'ipvs.timeout.udp 30']));
    expect(chosen).toHaveLength((before?.length ?? 0) + 1);
    expect(before).toContain('net.ipv4.vs.conn_reuse_mode 3');
  });

  test('from nothing: claim tables before addresses, withdrawals last', () => {
    expect(lines(host)).toEqual([
      'load nft table causeway_director (probe-marks)',
      'set sysctl net.ipv4.ip_local_reserved_ports = 24001-28000 (was )',
      'set sysctl net.ipv4.vs.expire_nodest_conn = 1 (was )',
      'set sysctl net.ipv4.vs.expire_quiescent_template = 1 (was )',
      'set sysctl net.ipv4.vs.conn_reuse_mode = 3 (was )',
      'replace route local 192.0.2.10/32 dev lo table 7477',
      'replace route local 2001:db8::10/128 dev lo table 7477',
      'add rule 77: not iif lo lookup 7477',
      'add rule 77: not iif lo lookup 7477',
      'add address 192.0.2.10/32 on lo',
      'add address 2001:db8::10/128 on lo',
      'withdraw route local 192.0.2.10/32 dev lo table 255',
      'withdraw route local 2001:db8::10/128 dev lo table 255',
    ]);
  });

  test('the route is withdrawn also where it was absent because the address was', () => {
    const fresh = { ...emptyHostState, absentRoutes: host.absentRoutes };
    expect(lines(host, fresh).filter((line) => line.startsWith('withdraw'))).toHaveLength(2);
  });

  test('nothing to do is nothing; a route that came back is withdrawn again', () => {
    expect(lines(host, host)).toEqual([]);
    expect(lines(host, { ...host, absentRoutes: host.absentRoutes.slice(1) })).toEqual([
      'withdraw route local 192.0.2.10/32 dev lo table 255',
    ]);
  });

  describe('where the site has its VIPs routed', () => {
    const able = director('fra-d', { capabilities: ['announce'] });
    const site = { kind: 'Site', name: 'fra', tunnel: 'ipip' } as const;
    const given = world({ sites: [{ ...site, announce: 'routing' }] });
    const routed = directorHost(directorContent(given, able));

    test('they are addresses on a device of ours, and their routes move as they do on lo', () => {
      expect(lines(routed, { ...emptyHostState, sysctls: routed.sysctls, nft: routed.nft })).toEqual([
        'add link cw-director type dummy',
        'set link cw-director up',
        'replace route local 192.0.2.10/32 dev lo table 7477',
        'add rule 77: not iif lo lookup 7477',
        'add address 192.0.2.10/32 on cw-director',
        'withdraw route local 192.0.2.10/32 dev cw-director table 255',
      ]);
    });

    test('what of nft is wanted is the same value while the snapshot is: no listing keeps a VIP that is to go', () => {
      const content = directorContent(given, able);
      expect(directorHost(content, new Set()).nft).toBe(directorHost(content).nft);
    });

    test('that nobody can serve goes alone: the device stays, and who comes all the same is served', () => {
      const idle = directorHost(directorContent(given, able), new Set());
      expect(lines(idle, routed, routed)).toEqual(['delete address 192.0.2.10/32 on cw-director']);
    });

    test('a site that changes over has the new place before it loses the old, and back', () => {
      const plainly = directorHost(directorContent(world({ sites: [site] }), able));
      expect(lines(routed, plainly, plainly)).toEqual([
        'add link cw-director type dummy',
        'set link cw-director up',
        'add address 192.0.2.10/32 on cw-director',
        'withdraw route local 192.0.2.10/32 dev cw-director table 255',
        'delete address 192.0.2.10/32 on lo',
      ]);
      expect(lines(plainly, routed, routed)).toEqual([
        'add address 192.0.2.10/32 on lo',
        'withdraw route local 192.0.2.10/32 dev lo table 255',
        'delete address 192.0.2.10/32 on cw-director',
        'delete link cw-director',
      ]);
    });

    test('with the last service all of it goes, and no route comes back for an address that goes', () => {
      const without = directorHost(directorContent({ ...given, services: [] }, able));
      expect(lines(without, routed, routed)).toEqual([
        'delete address 192.0.2.10/32 on cw-director',
        'delete rule 77: not iif lo lookup 7477',
        'delete route local 192.0.2.10/32 dev lo table 7477',
        'delete link cw-director',
        'delete nft table causeway_director',
      ]);
    });

    test('one that is too old to know claims as before', () => {
      expect(directorHost(directorContent(given, director('fra-d'))).links).toEqual([]);
    });
  });

  describe('a VIP that was there before', () => {
    const [kernels] = host.absentRoutes;
    if (kernels === undefined) throw new Error('no VIP');
    const onCard = { ...kernels, link: 'eth0' };

    test('on a card, or made local there by a cloud’s agent: that route is moved as well', () => {
      expect(lines(host, { ...host, strays: [onCard, { ...onCard, table: 100 }] })).toEqual([
        'withdraw route local 192.0.2.10/32 dev eth0 table 255',
      ]);
      const moved = { ...host, absentRoutes: [...host.absentRoutes, onCard] };
      expect(lines(host, moved, moved)).toEqual([]);
    });

    test('and gets it back when the VIP goes', () => {
      const moved = { ...host, absentRoutes: [...host.absentRoutes, onCard] };
      const without = directorHost(directorContent(world({ services: [] }), director('fra-d')));
      expect(lines(without, moved, moved)[0]).toBe('replace route local 192.0.2.10/32 dev eth0 table 255');
    });
  });

  const plain = {
    address: '10.1.0.2',
    prefixLength: 24,
    link: 'eth0',
    isStrict: false,
    vipsElsewhere: false,
    ipv6: 'on',
  } as const;

  test('real servers on its own link that are tunnelled to are their own gateways: direct connections of before run on', () => {
    const near = (forwarding: 'auto' | 'tunnel') =>
      directorHost(
        directorContent(world({ services: [service({ forwarding })] }), director('fra-d')),
        undefined,
        plain,
      );
    expect(lines(near('tunnel'), near('auto'))).toEqual([
      'replace route unicast 10.1.0.11/32 via 10.1.0.11 dev eth0 table 7478',
      'replace route unicast 10.1.0.12/32 via 10.1.0.12 dev eth0 table 7478',
      'add rule 78: lookup 7478',
    ]);
    expect(lines(near('auto'), near('tunnel'))).toEqual([
      'delete rule 78: lookup 7478',
      'delete route unicast 10.1.0.11/32 via 10.1.0.11 dev eth0 table 7478',
      'delete route unicast 10.1.0.12/32 via 10.1.0.12 dev eth0 table 7478',
    ]);
  });

  test('a real server over IPv6 whose way is narrow has a route that says so, which who asks with our mark does not see', () => {
    const content = directorContent(world({ services: [dual] }), director('fra-d'));
    const address = '2001:db8:2::11';
    const to = (...narrow: NarrowWay[]) => directorHost(content, undefined, { ...plain, narrow });
    const plainWay = { address, link: 'eth0', gateway: 'fe80::1', mtuBytes: 1_400 };
    const marker = 'address fe80::4357:9275:fc54/128 on lo';
    expect(lines(to(plainWay), to())).toEqual([
      'replace route unicast 2001:db8:2::11/128 via fe80::1 dev eth0 table 7478 mtu 1400',
      'add rule 78: fwmark 0x0/0x8000000 lookup 7478',
      // Behind the route: IPVS remembers its ways, and looks them up anew for it.
      `add ${marker}`,
    ]);
    expect(lines(to({ ...plainWay, gateway: 'fe80::2' }), to(plainWay))).toEqual([
      'replace route unicast 2001:db8:2::11/128 via fe80::2 dev eth0 table 7478 mtu 1400',
    ]);
    expect(lines(to({ ...plainWay, mtuBytes: 1_420 }), to(plainWay))).toEqual([
      'replace route unicast 2001:db8:2::11/128 via fe80::1 dev eth0 table 7478 mtu 1420',
    ]);
    expect(lines(to(), to(plainWay))).toEqual([
      `delete ${marker}`,
      'delete rule 78: fwmark 0x0/0x8000000 lookup 7478',
      'delete route unicast 2001:db8:2::11/128 via fe80::1 dev eth0 table 7478 mtu 1400',
    ]);
  });

  test('where answers would be dropped the underlay’s filter becomes loose, on that device alone', () => {
    const content = directorContent(world({ services: [dual] }), director('fra-d'));
    const loose = (isStrict: boolean, vipsElsewhere: boolean) =>
      directorHost(content, undefined, { ...plain, link: 'eth1.7', isStrict, vipsElsewhere })
        .sysctls.filter(({ name }) => name.includes('rp_filter'))
        .map(({ name, value }) => `${name} = ${value}`);
    expect(loose(true, true)).toEqual(['net.ipv4.conf.eth1/7.rp_filter = 2']);
    expect([loose(true, false), loose(false, true)]).toEqual([[], []]);
  });

  test('without IPv6 its VIPs are left out, and services that have no other', () => {
    const only6 = service({ name: 'six', vips: ['2001:db8::6'] });
    const content = directorContent(world({ services: [dual, only6] }), director('fra-d'));
    const carried = carriedByDirector(content, { ipv6: 'off' });
    expect(carried.services.map(({ name, vips }) => [name, vips])).toEqual([['web', ['192.0.2.10']]]);
    expect(carriedByDirector(content, { ipv6: 'default-off' })).toBe(content);
  });

  test('ports that others reserved stay reserved', () => {
    const name = 'net.ipv4.ip_local_reserved_ports';
    const reserved = (value: string) =>
      lines(host, {
        ...host,
        sysctls: host.sysctls.map((one) => (one.name === name ? { name, value } : one)),
      });
    expect(reserved('8080,24001-28001')).toEqual([]);
    expect(reserved('8080,9148-9150')).toEqual([
      `set sysctl ${name} = 8080,9148-9150,24001-28000 (was 8080,9148-9150)`,
    ]);
  });

  test('a VIP that is not claimed keeps its routes and rule, and lacks its address', () => {
    const some = directorHost(
      directorContent(world({ services: [dual] }), director('fra-d')),
      new Set(['2001:db8::10']),
    );
    expect(some.addresses.map(({ address }) => address)).toEqual(['2001:db8::10']);
    expect({ ...some, addresses: [] }).toEqual({ ...host, addresses: [] });
  });

  test('an IPv6 VIP is never chosen as a source', () => {
    expect(host.addresses.map(({ preferredLifetimeSeconds }) => preferredLifetimeSeconds)).toEqual([
      undefined,
      0,
    ]);
  });

  test('the probes: a source port and a mark a real server', () => {
    const [table] = host.nft;
    expect(table?.kind === 'probe-marks' && table.marks[0]).toEqual({ sourcePort: 24_001, mark: 0x43570001 });
    expect(table?.kind === 'probe-marks' && table.marks).toHaveLength(6);
  });

  test.each([
    ['mh: sloppy_tcp', { scheduler: 'mh' as const }, 'net.ipv4.vs.sloppy_tcp'],
    ['masquerade: replies are forwarded', { forwarding: 'masquerade' as const }, 'net.ipv4.ip_forward'],
  ])('%s', (_, changes, name) => {
    const names = (of: ReturnType<typeof service>) =>
      directorHost(directorContent(world({ services: [of] }), director('fra-d'))).sysctls.map(
        (sysctl) => sysctl.name,
      );
    expect(names(service(changes))).toContain(name);
    expect(names(service())).not.toContain(name);
  });

  describe('a director that is drained', () => {
    const drained = world({
      services: [service(), service({ name: 'api', vips: ['192.0.2.20'] })],
      directors: [director('fra-d'), director('fra-e')],
      overrides: [override({ subject: { kind: 'director', name: 'fra-d' }, services: ['web'] })],
    });
    const plainly = { ...drained, overrides: [] };
    const hostOf = (given: World, name: string) => directorHost(directorContent(given, director(name)));

    test('loses the addresses of what it is drained for alone; tables and routes stay', () => {
      expect(lines(hostOf(drained, 'fra-d'), hostOf(plainly, 'fra-d'), hostOf(plainly, 'fra-d'))).toEqual([
        'delete address 192.0.2.10/32 on lo',
      ]);
      const { services } = directorContent(drained, director('fra-d'));
      expect(services.map(({ withdrawn, destinations }) => [withdrawn, destinations.length])).toEqual([
        [false, 6],
        [true, 6],
      ]);
    });

    test('concerns no other', () => {
      expect(hostOf(drained, 'fra-e')).toEqual(hostOf(plainly, 'fra-e'));
    });
  });

  describe('a VIP that is withdrawn', () => {
    const api = service({
      name: 'api',
      vips: ['192.0.2.10'],
      ports: [{ protocol: 'tcp', port: 81, targetPort: 81 }],
    });
    const withdrawn = (...names: string[]) => {
      const reason = { sinceMs: 0, reachableConnections: 100, usableConnections: 0 };
      const withdrawals = new Map(names.map((name) => [name, new Map([['fra', reason]])]));
      const given = world({ services: [dual, api], withdrawals });
      return directorHost(directorContent(given, director('fra-d')));
    };

    test('loses its address and nothing else, and gets it back', () => {
      const gone = withdrawn('web', 'api');
      expect(lines(gone, withdrawn())).toEqual([
        'delete address 192.0.2.10/32 on lo',
        'delete address 2001:db8::10/128 on lo',
      ]);
      expect(lines(withdrawn(), gone)).toEqual([
        'add address 192.0.2.10/32 on lo',
        'add address 2001:db8::10/128 on lo',
        'withdraw route local 192.0.2.10/32 dev lo table 255',
        'withdraw route local 2001:db8::10/128 dev lo table 255',
      ]);
    });

    test('keeps it while another service needs it', () => {
      expect(lines(withdrawn('web'), withdrawn())).toEqual(['delete address 2001:db8::10/128 on lo']);
    });

    test('at another site is none of this one’s business', () => {
      const elsewhere = world({
        services: [dual],
        withdrawals: new Map([
          ['web', new Map([['lon', { sinceMs: 0, reachableConnections: 100, usableConnections: 0 }]])],
        ]),
      });
      expect(directorHost(directorContent(elsewhere, director('fra-d')))).toEqual(host);
    });
  });

  test('without VIPs nothing is wanted, and only what was made goes', () => {
    const none = directorHost(directorContent(world({ services: [] }), director('fra-d')));
    expect(none).toEqual(emptyHostState);
    const made = { ...host, addresses: host.addresses.slice(1) };
    expect(lines(none, host, made)).toEqual([
      // This address was there before Causeway: it stays, and is given its route back.
      'replace route local 192.0.2.10/32 dev lo table 255',
      'delete address 2001:db8::10/128 on lo',
      'delete rule 77: not iif lo lookup 7477',
      'delete rule 77: not iif lo lookup 7477',
      'delete route local 192.0.2.10/32 dev lo table 7477',
      'delete route local 2001:db8::10/128 dev lo table 7477',
      'delete nft table causeway_director',
    ]);
  });
});

describe('real server', () => {
  const content = realServerContent(world(), realServer('fra-1'));
  const host = realServerHost(content, facts);

  test('from nothing: closed first, rp_filter before up, ARP before the VIP', () => {
    expect(lines(host)).toEqual([
      'load nft table causeway_realserver (closed-decapsulation)',
      'add link cw-ipip type ipip external',
      'set sysctl net.ipv4.conf.cw-ipip.rp_filter = 2 (was )',
      'set sysctl net.ipv4.conf.eth0.arp_ignore = 1 (was )',
      'set sysctl net.ipv4.conf.eth0.arp_announce = 2 (was )',
      'set link cw-ipip up',
      'add address 192.0.2.10/32 on cw-ipip',
    ]);
    expect(lines(host, host)).toEqual([]);
  });

  test('while a site changes from IPIP to GRE both are taken, and what fits through both is announced', () => {
    const during = { ...content, tunnel: 'gre' as const, alsoTunnels: ['ipip' as const] };
    const both = realServerHost(during, facts);
    expect(both.links.map(({ name }) => name)).toEqual(['cw-gre', 'cw-ipip']);
    // The VIP stands on the one; without any IPv4 address the other one would drop what comes by it.
    expect(both.addresses.map(({ address, link }) => `${address} ${link}`)).toEqual([
      '192.0.2.10 cw-gre',
      '169.254.74.78 cw-ipip',
    ]);
    expect(both.sysctls.filter(({ name }) => name.endsWith('rp_filter'))).toHaveLength(2);
    expect(both.nft).toMatchObject([{ devices: ['cw-gre', 'cw-ipip'], maxSegmentBytes: { ipv4: 1_436 } }]);
    const changed = lines(both, host);
    expect(changed.filter((line) => line.startsWith('delete'))).toEqual([
      'delete address 192.0.2.10/32 on cw-ipip',
    ]);
    expect(changed.indexOf('add address 192.0.2.10/32 on cw-gre')).toBeLessThan(
      changed.indexOf('delete address 192.0.2.10/32 on cw-ipip'),
    );
    const after = realServerHost({ ...content, tunnel: 'gre' }, facts);
    expect(lines(after, both).filter((line) => line.includes('192.0.2.10'))).toEqual([]);
  });

  test("beside somebody else's tunnel without a far end each director has a device of its own, and VIPs stand on none of them", () => {
    const beside = realServerHost(content, { ...facts, openTunnels: ['ipip'] });
    const own = ['cw-i0a010001', 'cw-i0a020001', 'cw-i0a030001'];
    expect(beside.links.map(({ name }) => name)).toEqual(['cw-vip', ...own]);
    expect(beside.links[1]).toEqual({
      ...{ name: 'cw-i0a010001', type: 'ipip', external: false, up: true },
      ...{ local: '10.1.0.11', remote: '10.1.0.1' },
    });
    expect(beside.addresses.map(({ address, link }) => `${address} ${link}`)).toEqual([
      '192.0.2.10 cw-vip',
      ...own.map((name) => `169.254.74.78 ${name}`),
    ]);
    const filters = beside.sysctls.filter(({ name }) => name.endsWith('rp_filter'));
    expect(filters.map(({ name, value }) => `${name} ${value}`)).toEqual(
      own.map((name) => `net.ipv4.conf.${name}.rp_filter 2`),
    );
    // What is still there of before is closed until it goes.
    expect(beside.nft).toMatchObject([{ devices: [...own, 'cw-ipip'] }]);
    const changed = lines(beside, host);
    const position = (line: string) => changed.indexOf(line);
    expect(position('add address 192.0.2.10/32 on cw-vip')).toBeLessThan(position('delete link cw-ipip'));
    expect(position('set link cw-i0a010001 up')).toBeLessThan(position('delete link cw-ipip'));
    // Others' tunnels of another protocol are no reason.
    expect(realServerHost(content, { ...facts, openTunnels: ['gre'] })).toEqual(host);
  });

  test('only directors decapsulate, whatever the order in which nft lists them', () => {
    const [table] = host.nft;
    if (table?.kind !== 'closed-decapsulation') throw new Error('another table');
    expect(table).toMatchObject({ directors: ['10.1.0.1', '10.2.0.1', '10.3.0.1'], devices: ['cw-ipip'] });
    const turned = { ...table, directors: table.directors.toReversed() };
    expect(lines(host, { ...host, nft: [turned] })).toEqual([]);
    expect(lines(host, { ...host, nft: [{ ...table, directors: [] }] })).toEqual([
      'load nft table causeway_realserver (closed-decapsulation)',
    ]);
  });

  test('out of a tunnel comes what is for its services, and what directors ask with', () => {
    const dns = service({
      name: 'dns',
      vips: ['192.0.2.53'],
      ports: [{ protocol: 'udp', port: 53, targetPort: 5353 }],
    });
    const two = { ...content, services: [...content.services, dns] };
    const old = { address: '192.0.2.53', protocol: 'tcp', port: 53 } as const;
    const elsewhere = { ...old, address: '192.0.2.99' };
    const [table] = realServerHost({ ...two, alsoPorts: [old, elsewhere] }, facts).nft;
    if (table?.kind !== 'closed-decapsulation') throw new Error('another table');
    const ends = table.ports.map(({ address, protocol, port }) => `${address} ${protocol} ${port}`);
    expect(ends.toSorted()).toEqual([
      '192.0.2.10 tcp 7483',
      '192.0.2.10 tcp 7484',
      '192.0.2.10 tcp 80',
      '192.0.2.10 udp 7483',
      '192.0.2.53 tcp 53',
      '192.0.2.53 tcp 7483',
      '192.0.2.53 tcp 7484',
      '192.0.2.53 udp 53',
      '192.0.2.53 udp 5353',
      '192.0.2.53 udp 7483',
    ]);
  });

  test.each([
    ['ipip', 'ipv4', 'ipv4', 1440],
    ['gre', 'ipv4', 'ipv4', 1436],
    ['gue', 'ipv4', 'ipv4', 1428],
    ['ipip', 'ipv6', 'ipv6', 1400],
    ['gre', 'ipv6', 'ipv6', 1396],
    ['gue', 'ipv6', 'ipv6', 1388],
    ['ipip', 'ipv6', 'ipv4', 1420],
    ['ipip', 'ipv4', 'ipv6', 1420],
  ] as const)('MSS through %s, %s over %s', (tunnel, inner, outer, expected) => {
    expect(mssThrough(tunnel, inner, outer, 1_500)).toBe(expected);
  });

  test.each([
    ['ipip', '10.1.0.11', ['192.0.2.10 cw-ipip', '2001:db8::10 cw-sit']],
    ['gre', '10.1.0.11', ['192.0.2.10 cw-gre', '2001:db8::10 cw-gre']],
    ['ipip', '2001:db8:1::b', ['192.0.2.10 cw-ip6tnl', '2001:db8::10 cw-ip6tnl']],
    ['gre', '2001:db8:1::b', ['192.0.2.10 cw-ip6gre', '2001:db8::10 cw-ip6gre']],
    ['gue', '10.1.0.11', ['192.0.2.10 cw-ipip', '2001:db8::10 cw-sit']],
    ['gue', '2001:db8:1::b', ['192.0.2.10 cw-ip6tnl', '2001:db8::10 cw-ip6tnl']],
  ] as const)('devices of %s at %s', (tunnel, address, expected) => {
    const given = world({ sites: [site('fra', tunnel), site('lon')], services: [dual] });
    const { addresses, links } = realServerHost(realServerContent(given, realServer('fra-1')), {
      ...facts,
      address,
    });
    expect(addresses.map((one) => `${one.address} ${one.link}`)).toEqual(expected);
    expect(links.map(({ name }) => name)).toEqual([...new Set(expected.map((one) => one.split(' ')[1]))]);
    expect(links.find(({ type }) => type === 'sit')?.local).toBe(
      links.some(({ type }) => type === 'sit') ? address : undefined,
    );
  });

  test('gre with IPv6 VIPs only has an IPv4 address that means nothing', () => {
    const v6 = world({
      sites: [site('fra', 'gre'), site('lon')],
      services: [service({ vips: ['2001:db8::10'] })],
    });
    const { addresses } = realServerHost(realServerContent(v6, realServer('fra-1')), facts);
    expect(addresses[1]).toEqual({
      link: 'cw-gre',
      address: '169.254.74.78',
      prefixLength: 32,
      scope: 'link',
    });
  });

  describe('where every director shares the link', () => {
    const given = world({ directors: [director('fra-d')] });

    test('a dummy holds the VIP; no tunnel, no policy route, nothing to close', () => {
      const alone = realServerHost(realServerContent(given, realServer('fra-1')), {
        ...facts,
        link: 'eth0.100',
        networks: [{ link: 'eth0.100', address: '10.1.0.11', prefixLength: 24 }],
      });
      expect(lines(alone)).toEqual([
        'add link cw-vip type dummy',
        'set sysctl net.ipv4.conf.eth0/100.arp_ignore = 1 (was )',
        'set sysctl net.ipv4.conf.eth0/100.arp_announce = 2 (was )',
        'set link cw-vip up',
        'add address 192.0.2.10/32 on cw-vip',
      ]);
    });

    test('a VIP of the other family needs the tunnel all the same', () => {
      const both = realServerContent({ ...given, services: [dual] }, realServer('fra-1'));
      expect(realServerHost(both, facts).links.map(({ name }) => name)).toEqual(['cw-ipip', 'cw-sit']);
    });
  });

  test('replies take the way that they would take without us: no route and no rule of ours', () => {
    expect(host).toMatchObject({ routes: [], rules: [], absentRoutes: [] });
  });

  test.each([
    ['IPv4', { vips: ['192.0.2.10'] }, 1_500, { ipv4: 1440 }],
    ['both families', { vips: ['2001:db8::10', '192.0.2.10'] }, 1_500, { ipv4: 1440, ipv6: 1420 }],
    ['a small link', { vips: ['192.0.2.10'] }, 1_460, { ipv4: 1400 }],
    [
      'a wide link, of which the rest of the way knows nothing',
      { vips: ['192.0.2.10'] },
      9_000,
      { ipv4: 1440 },
    ],
  ])('the MSS that clients are told, %s', (_, changes, mtuBytes, expected) => {
    const given = realServerContent(world({ services: [service(changes)] }), realServer('fra-1'));
    const [table] = realServerHost(given, { ...facts, mtuBytes }).nft;
    expect(table).toMatchObject({ maxSegmentBytes: expected });
    const other = { ...facts, mtuBytes: 1_280 };
    expect(lines(realServerHost(given, other), realServerHost(given, { ...facts, mtuBytes }))).toEqual([
      'load nft table causeway_realserver (closed-decapsulation)',
    ]);
  });

  describe('ARP for the VIP', () => {
    const far = { name: 'lon-d', address: '10.2.0.1', forwarding: 'tunnel' } as const;
    const near = { name: 'fra-d', address: '10.1.0.1', forwarding: 'tunnel' } as const;
    const network = (link: string, address: string) => ({ link, address, prefixLength: 24 });
    test.each([
      ['only tunnels from afar: nothing', [far], [network('eth0', '10.1.0.11')], []],
      ['a director on the link tunnels', [near, far], [network('eth0', '10.1.0.11')], ['eth0']],
      ['the VIP belongs to the network of the link', [far], [network('eth0', '192.0.2.7')], ['eth0']],
      [
        'of another link, a VLAN',
        [far],
        [network('eth0', '10.1.0.11'), network('eth0.7', '192.0.2.7')],
        ['eth0/7'],
      ],
      ['of both', [near], [network('eth0', '10.1.0.11'), network('eth1', '192.0.2.7')], ['eth0', 'eth1']],
      ['direct, wherever its networks are', [{ ...far, forwarding: 'direct' as const }], [], ['eth0']],
    ])('%s', (_, directors, networks, links) => {
      const { sysctls } = realServerHost({ ...content, directors }, { ...facts, networks });
      expect(sysctls.filter(({ name }) => name.includes('arp_')).map(({ name }) => name)).toEqual(
        links.flatMap((link) => [`net.ipv4.conf.${link}.arp_ignore`, `net.ipv4.conf.${link}.arp_announce`]),
      );
    });

    test('who is as careful already is left so', () => {
      const careful = host.sysctls.map((one) =>
        one.name.endsWith('arp_ignore') ? { ...one, value: '2' } : one,
      );
      expect(lines(host, { ...host, sysctls: careful })).toEqual([]);
    });
  });

  describe('the reverse path filter of the underlay', () => {
    const loose = 'net.ipv4.conf.eth0.rp_filter';
    const tunnelled = { name: 'lon-d', address: '10.2.0.1', forwarding: 'tunnel' } as const;
    const direct = { name: 'fra-d', address: '10.1.0.1', forwarding: 'direct' } as const;
    test.each([
      ['not strict', [tunnelled], { isStrict: false, elsewhere: ['10.2.0.1'] }, false],
      ['strict, and all are answered by the same link', [tunnelled], { isStrict: true }, false],
      [
        'strict, and a director is answered by another',
        [tunnelled],
        { isStrict: true, elsewhere: ['10.2.0.1'] },
        true,
      ],
      [
        'strict, and clients are: of no account to tunnels',
        [tunnelled],
        { isStrict: true, clientsElsewhere: true },
        false,
      ],
      ['but to direct forwarding', [direct], { isStrict: true, clientsElsewhere: true }, true],
    ])('%s', (_, directors, changes, expected) => {
      const { sysctls } = realServerHost({ ...content, directors }, { ...facts, ...changes });
      expect(sysctls.some(({ name, value }) => name === loose && value === '2')).toBe(expected);
    });
  });

  describe('without IPv6', () => {
    const both = realServerContent(world({ services: [dual] }), realServer('fra-1'));

    test('its VIPs are left out, and IPv4 goes on', () => {
      expect(realServerHost(both, { ...facts, ipv6: 'off' })).toEqual(realServerHost(content, facts));
    });

    test('on new devices alone, ours are given it before they go up', () => {
      const made = lines(realServerHost(both, { ...facts, ipv6: 'default-off' }));
      expect(made).toContain('set sysctl net.ipv6.conf.cw-sit.disable_ipv6 = 0 (was )');
      expect(made.indexOf('set sysctl net.ipv6.conf.cw-sit.disable_ipv6 = 0 (was )')).toBeLessThan(
        made.indexOf('set link cw-sit up'),
      );
    });
  });

  test('gue: the devices of IP in IP behind a port of its own, open last and closed first', () => {
    const gue = realServerHost({ ...content, tunnel: 'gue', guePorts: [6081] }, facts);
    expect(lines(gue)).toEqual([
      'load nft table causeway_realserver (closed-decapsulation)',
      'add link cw-ipip type ipip external',
      'set sysctl net.ipv4.conf.cw-ipip.rp_filter = 2 (was )',
      'set sysctl net.ipv4.conf.eth0.arp_ignore = 1 (was )',
      'set sysctl net.ipv4.conf.eth0.arp_announce = 2 (was )',
      'set link cw-ipip up',
      'add GUE port 6081 of 10.1.0.11',
      'add address 192.0.2.10/32 on cw-ipip',
    ]);
    expect(gue.nft).toMatchObject([{ guePorts: [6081], devices: ['cw-ipip'] }]);
    expect(lines(emptyHostState, gue)).toEqual([
      'delete address 192.0.2.10/32 on cw-ipip',
      'delete GUE port 6081 of 10.1.0.11',
      'delete link cw-ipip',
      'delete nft table causeway_realserver',
    ]);
  });

  test('from ipip to gue and to another port: the device stays, both are taken meanwhile', () => {
    const both = realServerHost(
      { ...content, tunnel: 'gue', alsoTunnels: ['ipip'], guePorts: [6081, 6080] },
      facts,
    );
    expect(lines(both, host)).toEqual([
      'load nft table causeway_realserver (closed-decapsulation)',
      'add GUE port 6081 of 10.1.0.11',
      'add GUE port 6080 of 10.1.0.11',
    ]);
  });

  test('another tunnel: the new device first, the old one last', () => {
    const gre = realServerHost({ ...content, tunnel: 'gre' }, facts);
    expect(lines(gre, host)).toEqual([
      'load nft table causeway_realserver (closed-decapsulation)',
      'add link cw-gre type gre external',
      'set sysctl net.ipv4.conf.cw-gre.rp_filter = 2 (was )',
      'set link cw-gre up',
      'add address 192.0.2.10/32 on cw-gre',
      'delete address 192.0.2.10/32 on cw-ipip',
      'delete link cw-ipip',
    ]);
  });

  test('a device set down is set up; an address taken away comes back; a changed sysctl too', () => {
    const down = { ...host, links: host.links.map((link) => ({ ...link, up: false })) };
    expect(lines(host, down)).toEqual(['set link cw-ipip up']);
    expect(lines(host, { ...host, addresses: [] })).toEqual(['add address 192.0.2.10/32 on cw-ipip']);
    const strict = host.sysctls.map((sysctl) => ({ ...sysctl, value: '1' }));
    expect(lines(host, { ...host, sysctls: strict })).toEqual([
      'set sysctl net.ipv4.conf.cw-ipip.rp_filter = 2 (was 1)',
      'set sysctl net.ipv4.conf.eth0.arp_announce = 2 (was 1)',
    ]);
  });

  test('our device in another shape is made anew with all that stood on it', () => {
    const dualHost = realServerHost(
      realServerContent(world({ services: [dual] }), realServer('fra-1')),
      facts,
    );
    const moved = { ...facts, address: '10.1.0.99' };
    const next = realServerHost(realServerContent(world({ services: [dual] }), realServer('fra-1')), moved);
    expect(lines(next, dualHost)).toEqual([
      'delete link cw-sit',
      'add link cw-sit type sit',
      'set link cw-sit up',
      'add address 2001:db8::10/128 on cw-sit',
    ]);
    // One that is not ours is not deleted: the kernel will refuse the name.
    expect(lines(next, dualHost, emptyHostState)).not.toContain('delete link cw-sit');
  });
});
