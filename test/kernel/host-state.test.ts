// All that Causeway puts on a host, made, read back, taken away again: the system's own tools must see no trace of it.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  emptyHostState,
  type HostOperation,
  type HostState,
  type InterfaceAddress,
  type Link,
} from '../../src/domain/host-state.ts';
import { createHost, type Host } from '../../src/kernel/host.ts';
import { applyHostOperations, cleanup } from '../../src/kernel/host-apply.ts';
import { openLedger } from '../../src/kernel/ledger.ts';
import { here, hostSnapshot, ipJson, ledgerPath, prepareNamespace, slowTestMs } from './host-tools.ts';

let host: Host;
beforeAll(async () => {
  await prepareNamespace();
  await here('ip link add up0 type dummy');
  await here('ip link set up0 up');
  await here('ip addr add 10.0.0.2/24 dev up0');
  await here('ip addr add 2001:db8:1::2/64 dev up0');
  await here('ip route add default via 10.0.0.1');
  await here('ip route add default via 2001:db8:1::1');
  host = await createHost();
});
afterAll(() => host.close());

const link: Link = { name: 'cw-ipip', type: 'ipip', external: true, up: true };
const vip4: InterfaceAddress = { link: 'cw-ipip', address: '192.0.2.10', prefixLength: 32 };
const vip6: InterfaceAddress = {
  ...vip4,
  address: '2001:db8:a::10',
  prefixLength: 128,
  preferredLifetimeSeconds: 0,
};

const realServer: HostState = {
  links: [link],
  addresses: [vip4, vip6, { ...vip4, address: '169.254.7.1', scope: 'link' }],
  routes: [
    {
      family: 'ipv4',
      table: 7478,
      type: 'unicast',
      destination: 'default',
      gateway: '10.0.0.1',
      advertisedMss: 1440,
    },
    {
      family: 'ipv6',
      table: 7478,
      type: 'unicast',
      destination: 'default',
      gateway: '2001:db8:1::1',
      link: 'up0',
      advertisedMss: 1400,
    },
  ],
  absentRoutes: [],
  rules: [
    { family: 'ipv4', priority: 7478, table: 7478, from: '192.0.2.10/32' },
    { family: 'ipv6', priority: 7478, table: 7478, from: '2001:db8:a::10/128' },
  ],
  sysctls: [
    { name: 'net.ipv4.conf.cw-ipip.rp_filter', value: '2' },
    { name: 'net.ipv4.conf.up0.arp_ignore', value: '1' },
    { name: 'net.ipv4.ip_local_reserved_ports', value: '20001-20100' },
  ],
  nft: [
    {
      kind: 'closed-decapsulation',
      name: 'causeway',
      directors: ['10.9.0.1'],
      vips: ['192.0.2.10', '2001:db8:a::10'],
      ports: [],
      devices: ['cw-ipip'],
      guePorts: [6080],
    },
  ],
  guePorts: [{ address: '10.0.0.2', port: 6080 }],
};

const director: HostState = {
  ...emptyHostState,
  addresses: [
    { link: 'lo', address: '192.0.2.20', prefixLength: 32 },
    { link: 'lo', address: '2001:db8:a::20', prefixLength: 128, preferredLifetimeSeconds: 0 },
  ],
  routes: [
    { family: 'ipv4', table: 7477, type: 'local', destination: '192.0.2.20/32', link: 'lo' },
    { family: 'ipv6', table: 7477, type: 'local', destination: '2001:db8:a::20/128', link: 'lo' },
  ],
  absentRoutes: [
    { family: 'ipv4', table: 255, type: 'local', destination: '192.0.2.20/32', link: 'lo' },
    { family: 'ipv6', table: 255, type: 'local', destination: '2001:db8:a::20/128', link: 'lo' },
  ],
  rules: [
    { family: 'ipv4', priority: 7477, table: 7477, notIncoming: 'lo' },
    { family: 'ipv6', priority: 7477, table: 7477, notIncoming: 'lo' },
  ],
};

/** The operations that make a state from nothing, in the order in which a planner gives them. */
function making(state: HostState): HostOperation[] {
  return [
    ...state.nft.map((table) => ({ kind: 'load-nft', table }) as const),
    ...state.links.map((made) => ({ kind: 'add-link', link: made }) as const),
    ...state.sysctls.map((sysctl) => ({ kind: 'set-sysctl', sysctl, previous: '' }) as const),
    ...state.links.map((made) => ({ kind: 'set-link-up', link: made }) as const),
    ...state.guePorts.map((guePort) => ({ kind: 'add-gue-port', guePort }) as const),
    ...state.addresses.map((address) => ({ kind: 'add-address', address }) as const),
    ...state.routes.map((route) => ({ kind: 'replace-route', route }) as const),
    ...state.rules.map((rule) => ({ kind: 'add-rule', rule }) as const),
    ...state.absentRoutes.map((route) => ({ kind: 'withdraw-route', route }) as const),
  ];
}

async function readPlain(about: HostState): Promise<HostState> {
  const { strangers, strays, ...state } = await host.read([about, about]);
  expect([strangers, strays]).toEqual([[], []]);
  return state;
}

describe('the state of a host', { timeout: slowTestMs }, () => {
  it('is made, read back as asked, made again without an error, and taken away without a trace', async () => {
    const before = await hostSnapshot();
    const ledger = await openLedger(ledgerPath('made'));
    for (const wanted of [realServer, director]) {
      expect(await readPlain(wanted)).toMatchObject({
        links: [],
        addresses: [],
        routes: [],
        rules: [],
        nft: [],
      });
      expect(await applyHostOperations(host, ledger, making(wanted))).toEqual([]);
      expect(await readPlain(wanted)).toEqual(wanted);
      expect(await applyHostOperations(host, ledger, making(wanted))).toEqual([]);
      expect(await readPlain(wanted)).toEqual(wanted);
    }
    expect(await readPlain(ledger.made())).toEqual(ledger.made());
    expect(await cleanup(host, await openLedger(ledgerPath('made')))).toEqual([]);
    expect(await hostSnapshot()).toBe(before);
    expect(await cleanup(host, await openLedger(ledgerPath('made')))).toEqual([]);
  });

  it('is what iproute2 shows', async () => {
    const ledger = await openLedger(ledgerPath('shown'));
    await applyHostOperations(host, ledger, [...making(realServer), ...making(director)]);
    expect((await ipJson('addr show dev cw-ipip'))[0]?.addr_info).toMatchObject([
      { local: '169.254.7.1', prefixlen: 32, scope: 'link' },
      { local: '192.0.2.10', prefixlen: 32, scope: 'global' },
      { local: '2001:db8:a::10', prefixlen: 128, nodad: true, deprecated: true, preferred_life_time: 0 },
    ]);
    expect(await ipJson('route show table 7478')).toMatchObject([
      { dst: 'default', gateway: '10.0.0.1', dev: 'up0', metrics: [{ advmss: 1440 }] },
    ]);
    expect(await ipJson('-6 route show table 7478')).toMatchObject([
      { dst: 'default', gateway: '2001:db8:1::1', metrics: [{ advmss: 1400 }] },
    ]);
    expect(await ipJson('route show table 7477')).toMatchObject([
      { type: 'local', dst: '192.0.2.20', dev: 'lo' },
    ]);
    expect(await here('ip route show table local')).not.toContain('192.0.2.20');
    expect(await here('ip -6 route show table local')).not.toContain('2001:db8:a::20');
    for (const family of ['-4', '-6']) {
      expect(
        (await ipJson(`${family} rule`)).filter((rule) => String(rule.table).startsWith('747')),
      ).toMatchObject([
        { priority: 7477, not: null, iif: 'lo', table: '7477' },
        { priority: 7478, src: family === '-4' ? '192.0.2.10' : '2001:db8:a::10', table: '7478' },
      ]);
    }
    expect(await here('cat /proc/sys/net/ipv4/conf/cw-ipip/rp_filter')).toBe('2\n');
    expect(await cleanup(host, ledger)).toEqual([]);
  });

  it('is undone one by one as well', async () => {
    const before = await hostSnapshot();
    const ledger = await openLedger(ledgerPath('single'));
    await applyHostOperations(host, ledger, [...making(realServer), ...making(director)]);
    const undo = ledger.undoOperations();
    expect(await applyHostOperations(host, ledger, undo)).toEqual([]);
    expect(await applyHostOperations(host, ledger, undo)).toEqual([]);
    expect(ledger.made()).toEqual(emptyHostState);
    expect(await hostSnapshot()).toBe(before);
  });

  it('is told where it differs from what is wanted', async () => {
    const ledger = await openLedger(ledgerPath('differs'));
    await applyHostOperations(host, ledger, [...making(realServer), ...making(director)]);
    await here('ip link set cw-ipip down');
    await here('ip route change default via 10.0.0.9 table 7478 advmss 1440');
    await here('ip rule del pref 7477');
    await here('ip addr del 192.0.2.10/32 dev cw-ipip');
    await here('ip link set lo down');
    await here('ip link set lo up');
    const both = await host.read([realServer, director]);
    expect(both.links).toEqual([{ ...link, up: false }]);
    expect(both.routes).toContainEqual({ ...realServer.routes[0], gateway: '10.0.0.9', link: 'up0' });
    expect(both.routes).not.toContainEqual(director.routes[1]);
    expect(both.rules.map(({ family, table }) => [family, table])).toEqual([
      ['ipv4', 7478],
      ['ipv6', 7478],
      ['ipv6', 7477],
    ]);
    // IPv6 addresses go down with their device.
    expect(both.addresses.map(({ address }) => address)).toEqual(['169.254.7.1', '192.0.2.20']);
    // The device came back, and with it the kernel's own route to the VIP.
    expect(both.absentRoutes.filter(({ family }) => family === 'ipv4')).toEqual([]);
    expect(await applyHostOperations(host, ledger, [...making(realServer), ...making(director)])).toEqual([]);
    expect(await readPlain(director)).toEqual(director);
    expect(await cleanup(host, ledger)).toEqual([]);
  });
});

describe('a crash', { timeout: slowTestMs }, () => {
  it('after the record and before, amid or after the deed is healed by clean-up', async () => {
    const before = await hostSnapshot();
    const operations = [...making(realServer), ...making(director)];
    for (const applied of [0, 6, operations.length]) {
      const crashed = await openLedger(ledgerPath(`crash-${applied}`));
      await crashed.record(
        await Promise.all(
          operations.map(async (operation) =>
            operation.kind === 'set-sysctl'
              ? { ...operation, previous: (await host.sysctl(operation.sysctl.name)) ?? '' }
              : operation,
          ),
        ),
      );
      for (const operation of operations.slice(0, applied)) await host.apply(operation);
      expect(await cleanup(host, await openLedger(ledgerPath(`crash-${applied}`)))).toEqual([]);
      expect(await hostSnapshot()).toBe(before);
    }
  });
});

describe('what a host tells about itself', () => {
  it('is its addresses, its ways, and what would hinder us', async () => {
    expect(await host.interfaceAddresses()).toEqual(
      expect.arrayContaining([
        { link: 'lo', address: '127.0.0.1', prefixLength: 8 },
        { link: 'up0', address: '10.0.0.2', prefixLength: 24 },
        { link: 'up0', address: '2001:db8:1::2', prefixLength: 64 },
      ]),
    );
    const ask = (...to: string[]) =>
      host.survey({ ways: to.map((one) => ({ to: one })), filtersOf: ['up0'] });
    await here('ip link add far type ipip local 10.0.0.2 remote 10.0.0.3');
    await here('ip link add blue type vrf table 100');
    await here('ip link add slave type dummy');
    await here('ip link set slave master blue');
    await here('ip route add blackhole 203.0.113.0/24');
    const survey = await ask('198.51.100.7', '10.0.0.77', '10.0.0.2', '203.0.113.1', '2001:db8:9::1');
    expect(Object.fromEntries(survey.ways)).toMatchObject({
      '198.51.100.7': { link: 'up0', gateway: '10.0.0.1', source: '10.0.0.2', isLocal: false },
      '10.0.0.77': { link: 'up0', source: '10.0.0.2', isLocal: false },
      '10.0.0.2': { isLocal: true },
      '2001:db8:9::1': { gateway: '2001:db8:1::1', source: '2001:db8:1::2' },
    });
    expect(survey.ways.get('203.0.113.1')).toBeUndefined();
    expect(survey.clients).toMatchObject({
      ipv4: { gateway: '10.0.0.1' },
      ipv6: { gateway: '2001:db8:1::1' },
    });
    expect(survey.links).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ name: 'far', kind: 'ipip', local: '10.0.0.2', remote: '10.0.0.3' }),
        expect.objectContaining({ name: 'slave', master: 'blue' }),
      ]),
    );
    expect(survey.ipv6).toBe('on');
    for (const [all, own, isStrict] of [
      [0, 0, false],
      [0, 1, true],
      [1, 0, true],
      [1, 2, false],
    ] as const) {
      await here(`sysctl -qw net.ipv4.conf.all.rp_filter=${all} net.ipv4.conf.up0.rp_filter=${own}`);
      expect([all, own, (await ask()).strict.has('up0')]).toEqual([all, own, isStrict]);
    }
    await here('ip route del default');
    await here('sysctl -qw net.ipv6.conf.default.disable_ipv6=1');
    const changed = await ask('198.51.100.7');
    expect(changed.ways.get('198.51.100.7')).toBeUndefined();
    expect(changed.clients.ipv4).toBeUndefined();
    expect(changed.ipv6).toBe('default-off');
    expect(await host.linkIndex('none')).toBeUndefined();
  });
});
