/** What a director wants of its host, and how it gets there, as text. */
import { describe, expect, test } from 'vitest';
import { emptyHostState } from '../../src/domain/host-state.ts';
import type { World } from '../../src/domain/world.ts';
import { carriedByDirector, directorHost } from '../../src/plan/director-host.ts';
import type { NarrowWay } from '../../src/plan/narrow-ways.ts';
import { directorContent } from '../../src/plan/snapshots.ts';
import { director, override, service, world } from './fixtures.ts';
import { dual, lines } from './host-lines.ts';

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

  const plain = {
    address: '10.1.0.2',
    prefixLength: 24,
    link: 'eth0',
    isStrict: false,
    vipsElsewhere: false,
    ipv6: 'on',
  } as const;

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

    test('on one link by VRRP: likewise, and no director answers by ARP but who has the VIP on the link', () => {
      const newer = director('fra-d', { capabilities: ['announce', 'vrrp'] });
      const onLink = (announce: 'link' | 'vrrp') =>
        directorHost(directorContent(world({ sites: [{ ...site, announce }] }), newer), undefined, plain);
      const [vrrp, back] = [onLink('vrrp'), onLink('link')];
      const silent = { name: 'net.ipv4.conf.eth0.arp_ignore', value: '1' };
      expect(vrrp).toEqual({ ...routed, sysctls: [...routed.sysctls, silent] });
      // Claimed on lo again, it is answered for again.
      const made = { ...vrrp, sysctls: [...routed.sysctls, { ...silent, previous: '0' }] };
      expect(lines(back, vrrp, made)).toEqual([
        'add address 192.0.2.10/32 on lo',
        'set sysctl net.ipv4.conf.eth0.arp_ignore = 0 (was 1)',
        'withdraw route local 192.0.2.10/32 dev lo table 255',
        'delete address 192.0.2.10/32 on cw-director',
        'delete link cw-director',
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

    test('but not where the card had it for an address that has left it since', () => {
      const ofAddress = { ...onCard, addressPrefixLength: 24 };
      const address = { link: 'eth0', address: '192.0.2.10', prefixLength: 24 };
      const moved = { ...host, absentRoutes: [...host.absentRoutes, ofAddress] };
      const without = directorHost(directorContent(world({ services: [] }), director('fra-d')));
      const back = 'replace route local 192.0.2.10/32 dev eth0 table 255';
      expect(lines(without, moved, moved)).not.toContain(back);
      const present = { ...moved, addresses: [...moved.addresses, address] };
      expect(lines(without, present, moved)).toContain(back);
    });
  });

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
