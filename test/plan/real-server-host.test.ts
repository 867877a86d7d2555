/** What a real server wants of its host, and how it gets there, as text. */
import { describe, expect, test } from 'vitest';
import { emptyHostState } from '../../src/domain/host-state.ts';
import { type RealServerFacts, realServerHost } from '../../src/plan/real-server-host.ts';
import { realServerContent } from '../../src/plan/snapshots.ts';
import { mssThrough } from '../../src/plan/tunnel-device.ts';
import { director, realServer, service, site, world } from './fixtures.ts';
import { dual, lines } from './host-lines.ts';

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

describe('real server', () => {
  const content = realServerContent(world(), realServer('fra-1'));
  const host = realServerHost(content, facts);

  test('from nothing: closed first, rp_filter before up, ARP before the VIP', () => {
    expect(lines(host)).toEqual([
      'load nft table causeway_realserver (closed-decapsulation)',
      'add link cw-ipip type ipip local 10.1.0.11',
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
      'add link cw-ipip type ipip local 10.1.0.11',
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
      'add link cw-gre type gre local 10.1.0.11',
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

  test('what an earlier version made for every address takes the same packets, and stays', () => {
    const [ipip] = host.links;
    if (ipip === undefined) throw new Error('no device');
    const { local: _, ...former } = { ...ipip, external: true };
    const before = { ...host, links: [former] };
    expect(lines(host, before)).toEqual([]);
    expect(lines(emptyHostState, before)).toContain('delete link cw-ipip');
    expect(lines(host, before, emptyHostState)).toContain('add link cw-ipip type ipip local 10.1.0.11');
  });

  test('our device in another shape is made anew with all that stood on it', () => {
    const dualHost = realServerHost(
      realServerContent(world({ services: [dual] }), realServer('fra-1')),
      facts,
    );
    const moved = { ...facts, address: '10.1.0.99' };
    const next = realServerHost(realServerContent(world({ services: [dual] }), realServer('fra-1')), moved);
    expect(lines(next, dualHost)).toEqual([
      'delete link cw-ipip',
      'delete link cw-sit',
      'add link cw-ipip type ipip local 10.1.0.99',
      'add link cw-sit type sit local 10.1.0.99',
      'set sysctl net.ipv4.conf.cw-ipip.rp_filter = 2 (was )',
      'set link cw-ipip up',
      'set link cw-sit up',
      'add address 192.0.2.10/32 on cw-ipip',
      'add address 2001:db8::10/128 on cw-sit',
    ]);
    // One that is not ours is not deleted: the kernel will refuse the name.
    expect(lines(next, dualHost, emptyHostState)).not.toContain('delete link cw-sit');
  });
});
