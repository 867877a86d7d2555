/** What a director and a real server want of their hosts, and how they get there, as text. */
import { describe, expect, test } from 'vitest';
import { describeHostOperation, emptyHostState, type HostState } from '../../src/domain/host-state.ts';
import { directorHost } from '../../src/plan/director-host.ts';
import { diffHost } from '../../src/plan/host-diff.ts';
import { type RealServerFacts, realServerHost } from '../../src/plan/real-server-host.ts';
import { directorContent, realServerContent } from '../../src/plan/snapshots.ts';
import { mssThrough } from '../../src/plan/tunnel-device.ts';
import { director, realServer, service, site, world } from './fixtures.ts';

const facts: RealServerFacts = {
  address: '10.1.0.11',
  link: 'eth0',
  mtuBytes: 1_500,
  gatewayV4: '10.1.0.254',
};
const dual = service({ vips: ['2001:db8::10', '192.0.2.10'] });

function lines(desired: HostState, actual: HostState = emptyHostState, made = actual): string[] {
  return diffHost(desired, actual, made).map(describeHostOperation);
}

describe('director', () => {
  const host = directorHost(directorContent(world({ services: [dual] }), director('fra-d')));

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
      'replace route unicast default via 10.1.0.254 dev eth0 table 7478 advmss 1440',
      'add rule 78: from 192.0.2.10/32 lookup 7478',
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
    expect(both.routes.map(({ advertisedMss }) => advertisedMss)).toEqual([1_436]);
    expect(both.nft).toMatchObject([{ devices: ['cw-gre', 'cw-ipip'] }]);
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

  test('without a gateway there is no policy route, and no rule that leads to none', () => {
    const { gatewayV4: _, ...unrouted } = facts;
    expect(realServerHost(content, unrouted)).toMatchObject({ routes: [], rules: [] });
  });

  test('gue is refused', () => {
    expect(() => realServerHost({ ...content, tunnel: 'gue' }, facts)).toThrow(/ipip and gre/);
  });

  test('another tunnel: the new device first, the old one last', () => {
    const gre = realServerHost({ ...content, tunnel: 'gre' }, facts);
    expect(lines(gre, host)).toEqual([
      'load nft table causeway_realserver (closed-decapsulation)',
      'add link cw-gre type gre external',
      'set sysctl net.ipv4.conf.cw-gre.rp_filter = 2 (was )',
      'set link cw-gre up',
      'replace route unicast default via 10.1.0.254 dev eth0 table 7478 advmss 1436',
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
