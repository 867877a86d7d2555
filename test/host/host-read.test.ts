// What the kernel said, matched with what was asked: in the asker's words where it is so, as it is where not.
import { describe, expect, it } from 'vitest';
import {
  emptyHostState,
  type HostState,
  type Link,
  type NftTable,
  type Route,
} from '../../src/domain/host-state.ts';
import { foreignObjects, type HostFacts, matchHost } from '../../src/kernel/host-read.ts';
import type { AddressReading } from '../../src/kernel/link/codec-address.ts';
import type { LinkReading } from '../../src/kernel/link/codec-link.ts';
import type { RouteReading } from '../../src/kernel/link/codec-route.ts';

const tunnel: Link = { name: 'cw-ipip', type: 'ipip', external: true, up: true };
const lo: LinkReading = { index: 1, name: 'lo', mtu: 65_536, up: true, kind: undefined, link: undefined };
const ours: LinkReading = { index: 5, name: 'cw-ipip', mtu: 1480, up: true, kind: 'ipip', link: tunnel };
const uplink: LinkReading = { index: 2, name: 'eth0', mtu: 1500, up: true, kind: undefined, link: undefined };

const route: Route = {
  family: 'ipv4',
  table: 7477,
  type: 'unicast',
  destination: 'default',
  gateway: '10.0.0.254',
  advertisedMss: 1440,
};
const routeReading: RouteReading = {
  family: 'ipv4',
  table: 7477,
  type: 1,
  destination: 'default',
  gateway: '10.0.0.254',
  linkIndex: 2,
  advertisedMss: 1440,
  mtu: undefined,
  preferredSource: undefined,
  priority: 0,
};
const local: Route = { family: 'ipv4', table: 255, type: 'local', destination: '192.0.2.10/32', link: 'lo' };
const addressReading: AddressReading = {
  ...({
    family: 'ipv4',
    linkIndex: 5,
    address: '192.0.2.10',
    prefixLength: 32,
    scope: 0,
    preferredLifetimeSeconds: 1,
  } as const),
};
const localReading: RouteReading = {
  ...routeReading,
  table: 255,
  type: 2,
  destination: '192.0.2.10/32',
  gateway: undefined,
  linkIndex: 1,
  advertisedMss: undefined,
};
const table: NftTable = {
  kind: 'closed-decapsulation',
  name: 'causeway',
  directors: ['10.0.0.2', '10.0.0.1'],
  vips: ['192.0.2.10'],
  ports: [],
  devices: ['cw-ipip'],
};
const listed: NftTable = { ...table, directors: ['10.0.0.1', '10.0.0.2'] };

function facts(part: Partial<HostFacts>): HostFacts {
  return {
    links: [lo, uplink, ours],
    addresses: [],
    routes: [],
    rules: [],
    sysctls: new Map(),
    nft: new Map(),
    fouPorts: [],
    ...part,
  };
}

function state(part: Partial<HostState>): HostState {
  return { ...emptyHostState, ...part };
}

/** Reads with one asker. */
function read(wanted: Partial<HostState>, found: Partial<HostFacts>) {
  return matchHost([state(wanted)], facts(found));
}

describe('reading a host', () => {
  it('says nothing of what nobody asked about', () => {
    const found = facts({ routes: [routeReading, localReading], nft: new Map([['causeway', listed]]) });
    expect(matchHost([emptyHostState], found)).toEqual({ ...emptyHostState, strangers: [], strays: [] });
  });

  it('tells a device as it is, a stranger apart, an absent one not at all', () => {
    const wanted = ['cw-ipip', 'eth0', 'cw-gre'].map((name) => ({ ...tunnel, name, up: false }));
    const reading = read({ links: wanted }, {});
    expect(reading.links).toEqual([tunnel]);
    expect(reading.strangers).toEqual([{ kind: 'link', name: 'eth0', found: 'no virtual device' }]);
  });

  it('finds an address in any spelling', () => {
    const address = {
      link: 'lo',
      address: '2001:DB8::0:1',
      prefixLength: 128,
      preferredLifetimeSeconds: 0,
    } as const;
    const found = {
      linkIndex: 1,
      family: 'ipv6',
      address: '2001:db8::1',
      prefixLength: 128,
      preferredLifetimeSeconds: 0,
      scope: 0,
    } as const;
    expect(read({ addresses: [address] }, { addresses: [found] }).addresses).toEqual([address]);
    expect(read({ addresses: [address] }, { addresses: [{ ...found, linkIndex: 2 }] }).addresses).toEqual([]);
    const preferred = { ...found, preferredLifetimeSeconds: 600 };
    const { preferredLifetimeSeconds, ...plain } = address;
    expect(preferredLifetimeSeconds).toBe(0);
    expect(read({ addresses: [address] }, { addresses: [preferred] }).addresses).toEqual([
      { ...plain, address: '2001:db8::1' },
    ]);
  });

  it.each<[string, Partial<RouteReading>, Route]>([
    ['as asked, by whatever device', {}, route],
    ['by another gateway', { gateway: '10.0.0.1' }, { ...route, gateway: '10.0.0.1', link: 'eth0' }],
    ['with another MSS', { advertisedMss: 1400 }, { ...route, advertisedMss: 1400, link: 'eth0' }],
  ])('tells a route %s', (_name, change, expected) => {
    expect(read({ routes: [route] }, { routes: [{ ...routeReading, ...change }] }).routes).toEqual([
      expected,
    ]);
  });

  it('tells the better of two routes where neither is as asked', () => {
    const routes = [
      { ...routeReading, gateway: '10.0.0.8', priority: 20 },
      { ...routeReading, gateway: '10.0.0.9', priority: 10 },
    ];
    expect(read({ routes: [route] }, { routes }).routes).toMatchObject([{ gateway: '10.0.0.9' }]);
  });

  it('tells which unwanted routes are truly absent', () => {
    expect(read({ absentRoutes: [local] }, { routes: [] }).absentRoutes).toEqual([local]);
    expect(read({ absentRoutes: [local] }, { routes: [localReading] }).absentRoutes).toEqual([]);
  });

  it('tells local routes to the same place that nobody thought of, on any device and in any table', () => {
    const onCard = { ...localReading, linkIndex: 2 };
    const elsewhere = { ...localReading, table: 100 };
    const claimed = { ...localReading, table: 7477 };
    const wanted = { absentRoutes: [local], routes: [{ ...local, table: 7477 }] };
    const found = read(wanted, {
      routes: [onCard, elsewhere, claimed, { ...onCard, destination: '192.0.2.11/32' }],
    });
    expect(found.absentRoutes).toEqual([local]);
    expect(found.strays).toEqual([
      { ...local, link: 'eth0' },
      { ...local, table: 100 },
    ]);
    // One that the kernel has for an address of the card says so, and of what length.
    const addresses = [{ ...addressReading, linkIndex: 2, address: '192.0.2.10', prefixLength: 24 }];
    expect(read(wanted, { routes: [onCard, elsewhere], addresses }).strays).toEqual([
      { ...local, link: 'eth0', addressPrefixLength: 24 },
      { ...local, table: 100 },
    ]);
    // Once withdrawn there, it is asked for there as well.
    const both = { ...wanted, absentRoutes: [local, { ...local, link: 'eth0' }] };
    expect(read(both, { routes: [] }).absentRoutes).toEqual(both.absentRoutes);
    expect(read(both, { routes: [onCard] })).toMatchObject({ absentRoutes: [local], strays: [] });
  });

  it('reads a thousand VIPs in one pass', () => {
    // Counted, not timed: how often a reading is looked at.
    let looks = 0;
    const count = 1_000;
    const address = (index: number) => `10.7.${index >> 8}.${index & 255}`;
    const readings = Array.from({ length: count }, (_, index) => ({
      ...localReading,
      get destination() {
        looks += 1;
        return `${address(index)}/32`;
      },
    }));
    const routes = Array.from({ length: count }, (_, index) => ({
      ...local,
      destination: `${address(index)}/32`,
    }));
    expect(read({ routes, absentRoutes: routes }, { routes: readings }).routes).toHaveLength(count);
    expect(looks).toBeLessThan(5 * count);
  });

  it('tells rules that are exactly as asked', () => {
    const rule = { family: 'ipv4', priority: 7477, table: 7477, notIncoming: 'lo' } as const;
    expect(read({ rules: [rule] }, { rules: [rule] }).rules).toEqual([rule]);
    expect(read({ rules: [rule] }, { rules: [{ ...rule, table: 78 }] }).rules).toEqual([]);
  });

  it('tells settings', () => {
    const name = 'net.ipv4.ip_local_port_range';
    const found = { sysctls: new Map([[name, '32768 60999']]) };
    expect(read({ sysctls: [{ name, value: '32768\t60999' }] }, found).sysctls).toEqual([
      { name, value: '32768\t60999' },
    ]);
    expect(read({ sysctls: [{ name, value: '1 2' }] }, found).sysctls).toEqual([
      { name, value: '32768 60999' },
    ]);
    expect(read({ sysctls: [{ name: 'net.ipv4.none', value: '1' }] }, found).sysctls).toEqual([]);
  });

  it('tells an nft table, its elements in the order asked', () => {
    expect(read({ nft: [table] }, { nft: new Map([['causeway', listed]]) }).nft).toEqual([table]);
    const other = { ...listed, directors: ['10.0.0.3'] };
    expect(read({ nft: [table] }, { nft: new Map([['causeway', other]]) }).nft).toEqual([other]);
    const strange = read({ nft: [table] }, { nft: new Map([['causeway', 'foreign']]) });
    expect(strange).toMatchObject({ nft: [], strangers: [{ kind: 'nft', name: 'causeway' }] });
  });

  it('answers two askers once', () => {
    const both = matchHost(
      [state({ links: [tunnel] }), state({ links: [{ ...tunnel, up: false }] })],
      facts({}),
    );
    expect(both.links).toEqual([tunnel]);
  });
});

describe("what is somebody else's", () => {
  const desired = state({ links: [tunnel], nft: [table], routes: [route] });

  function refusals(found: Partial<HostFacts>, made: Partial<HostState>) {
    const known = state(made);
    return foreignObjects(desired, matchHost([desired, known], facts(found)), known).map(
      (error) => error.message,
    );
  }

  it('stops nothing where all is absent or ours', () => {
    expect(refusals({ links: [lo] }, {})).toEqual([]);
    const all = { routes: [routeReading], nft: new Map([['causeway', listed]]) };
    expect(refusals(all, desired)).toEqual([]);
    // Somebody changed our table: it is loaded anew.
    expect(refusals({ links: [lo], nft: new Map([['causeway', 'foreign']]) }, desired)).toEqual([]);
  });

  it.each<[string, Partial<HostFacts>, Partial<HostState>, RegExp]>([
    ['a device like ours', {}, {}, /ledger does not know it.*ip link delete cw-ipip/],
    [
      'a device of another kind, even under a name of ours',
      { links: [{ ...ours, kind: 'bridge', link: undefined }] },
      desired,
      /exists \(bridge\) and is not Causeway's/,
    ],
    [
      'a table like ours',
      { links: [lo], nft: new Map([['causeway', listed]]) },
      {},
      /nft delete table inet causeway/,
    ],
    [
      'another table',
      { links: [lo], nft: new Map([['causeway', 'foreign']]) },
      {},
      /ledger does not know it/,
    ],
    [
      'another route to the same place',
      { links: [lo, uplink], routes: [{ ...routeReading, gateway: '10.0.0.1' }] },
      {},
      /choose another table/,
    ],
  ])('%s', (_name, found, made, message) => {
    const found_ = refusals(found, made);
    expect(found_).toHaveLength(1);
    expect(found_[0]).toMatch(message);
  });
});
