// A lost state directory: what bears our names and marks is told, taken back into the ledger, and can be undone.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { describeHostOperation, emptyHostState, type NftTable } from '../../src/domain/host-state.ts';
import { adopt, markedState, type OwnMarks } from '../../src/kernel/host-marks.ts';
import type { HostFacts } from '../../src/kernel/host-read.ts';
import { openLedger } from '../../src/kernel/ledger.ts';
import type { AddressReading } from '../../src/kernel/link/codec-address.ts';
import type { LinkReading } from '../../src/kernel/link/codec-link.ts';
import type { RouteReading } from '../../src/kernel/link/codec-route.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'causeway-marks-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const dummy = { name: 'cw-gre', type: 'dummy', external: false, up: true } as const;
const ipip = { name: 'cw-ipip', type: 'ipip', external: true, up: true } as const;
const link = (index: number, name: string, own?: LinkReading['link']): LinkReading => ({
  index,
  name,
  mtu: 1_500,
  up: true,
  kind: own?.type,
  link: own,
});
const address = (linkIndex: number, text: string): AddressReading => ({
  linkIndex,
  family: 'ipv4',
  address: text,
  prefixLength: 32,
  preferredLifetimeSeconds: 0xffff_ffff,
  scope: 0,
});
const local = (table: number, destination: string, linkIndex = 1): RouteReading => ({
  family: 'ipv4',
  table,
  type: 2,
  destination,
  gateway: undefined,
  linkIndex,
  advertisedMss: undefined,
  mtu: undefined,
  preferredSource: undefined,
  priority: 0,
});
const table = (name: string): NftTable => ({ kind: 'probe-marks', name, vips: [], probePort: 0, marks: [] });
const marks: OwnMarks = { links: ['cw-ipip', 'cw-gre'], nft: [table('causeway_director')], tables: [7477] };

/** A host with all of ours, and as much of others. */
const facts: HostFacts = {
  fouPorts: [],
  links: [link(1, 'lo'), link(2, 'eth0'), link(3, 'cw-ipip', ipip), link(4, 'cw-gre', dummy)],
  addresses: [
    address(1, '192.0.2.10'),
    address(1, '198.51.100.1'),
    address(2, '10.1.0.2'),
    address(3, '192.0.2.20'),
    address(4, '198.51.100.2'),
  ],
  routes: [
    local(7477, '192.0.2.10/32'),
    local(255, '198.51.100.1/32'),
    local(255, '192.0.2.20/32', 3),
    local(100, '203.0.113.1/32'),
  ],
  rules: [
    { family: 'ipv4', priority: 77, table: 7477, notIncoming: 'lo' },
    { family: 'ipv4', priority: 90, table: 100, from: '10.1.0.2/32' },
  ],
  sysctls: new Map(),
  nft: new Map([['causeway_director', table('causeway_director')]]),
};

test("a receive port is ours at this host's own address, where our table lets such packets in", () => {
  const closed: NftTable = {
    ...{ kind: 'closed-decapsulation', name: 'causeway_realserver', directors: [], vips: [], ports: [] },
    ...{ devices: ['cw-ipip'], guePorts: [6_080] },
  };
  const port = (own: string, number: number) => ({ family: 'ipv4', address: own, port: number }) as const;
  const plain = { isGue: true, isOfOnePeer: false };
  const host: HostFacts = {
    ...facts,
    nft: new Map([[closed.name, closed]]),
    fouPorts: [port('10.1.0.2', 6_080), port('10.1.0.2', 6_081), port('10.9.0.2', 6_080)].map((one) => ({
      ...one,
      ...plain,
    })),
  };
  const own = { ...marks, nft: [closed], address: '10.1.0.2' };
  expect(markedState(own, host).guePorts).toEqual([{ address: '10.1.0.2', port: 6_080 }]);
  expect(markedState({ ...marks, nft: [closed] }, host).guePorts).toEqual([]);
});

test('an address beside routes of ours is known by its spelling: fe80::4357:… on lo', () => {
  const marker = { ...address(1, 'fe80::4357:9275:fc54'), prefixLength: 128 };
  const found = markedState(marks, { ...facts, addresses: [...facts.addresses, marker] });
  const [before, after] = [markedState(marks, facts), found].map(({ addresses }) => addresses);
  expect(after?.filter((one) => !before?.some((other) => other.address === one.address))).toEqual([
    expect.objectContaining({ link: 'lo', address: 'fe80::4357:9275:fc54' }),
  ]);
  expect(found.absentRoutes).toEqual(markedState(marks, facts).absentRoutes);
});

test('the local route of a card that had the VIP before: withdrawn it is ours to put back, present it is not', () => {
  const onCard = { ...facts, addresses: [...facts.addresses, address(2, '192.0.2.10')] };
  const own = markedState(marks, facts).absentRoutes;
  const card = { family: 'ipv4', table: 255, type: 'local', destination: '192.0.2.10/32', link: 'eth0' };
  expect(markedState(marks, onCard).absentRoutes).toEqual([...own, { ...card, addressPrefixLength: 32 }]);
  const routes = [...facts.routes, local(255, '192.0.2.10/32', 2)];
  expect(markedState(marks, { ...onCard, routes }).absentRoutes).toEqual(own);
});

test('a VIP on the device that routing daemons follow is ours, with its route', () => {
  const dummy = { name: 'cw-director', type: 'dummy', external: false, up: true } as const;
  const host: HostFacts = {
    ...facts,
    links: [link(1, 'lo'), link(5, 'cw-director', dummy)],
    addresses: [address(5, '192.0.2.10')],
  };
  const found = markedState({ ...marks, links: ['cw-director'] }, host);
  expect(found.links).toEqual([dummy]);
  expect(found.addresses).toEqual([{ link: 'cw-director', address: '192.0.2.10', prefixLength: 32 }]);
  expect(found.absentRoutes.map((route) => route.link)).toEqual(['cw-director']);
});

test('what is ours, and nothing of others', () => {
  expect(markedState(marks, facts)).toEqual({
    ...emptyHostState,
    links: [ipip],
    addresses: [
      { link: 'lo', address: '192.0.2.10', prefixLength: 32 },
      { link: 'cw-ipip', address: '192.0.2.20', prefixLength: 32 },
    ],
    routes: [{ family: 'ipv4', table: 7477, type: 'local', destination: '192.0.2.10/32', link: 'lo' }],
    absentRoutes: [{ family: 'ipv4', table: 255, type: 'local', destination: '192.0.2.10/32', link: 'lo' }],
    rules: [facts.rules[0]],
    nft: [table('causeway_director')],
  });
});

test('a host without any of it has nothing of ours', () => {
  const bare = { ...facts, links: facts.links.slice(0, 2), routes: [], rules: [], nft: new Map() };
  expect(markedState(marks, bare)).toEqual(emptyHostState);
});

test('an nft table of our name with other rules is ours beside more of ours, and anybody’s where it is alone', () => {
  const nft = new Map([['causeway_director', 'foreign' as const]]);
  expect(markedState(marks, { ...facts, nft }).nft).toEqual([table('causeway_director')]);
  const alone = { ...facts, links: facts.links.slice(0, 2), routes: [], rules: [], nft };
  expect(markedState(marks, alone).nft).toEqual([]);
});

describe('an empty ledger', () => {
  test('takes it back, owns its VIPs, and undoes it', async () => {
    const path = join(folder, 'ledger.json');
    const ledger = await openLedger(path);
    expect(await adopt(ledger, markedState(marks, facts))).toHaveLength(7);
    expect(await adopt(ledger, markedState(marks, facts))).toEqual([]);
    const again = await openLedger(path);
    expect(again.ownedVips()).toEqual(['192.0.2.10']);
    expect(again.undoOperations().map(describeHostOperation)).toEqual([
      'delete address 192.0.2.20/32 on cw-ipip',
      'delete address 192.0.2.10/32 on lo',
      'delete rule 77: not iif lo lookup 7477',
      'delete route local 192.0.2.10/32 dev lo table 7477',
      'delete link cw-ipip',
      'delete nft table causeway_director',
    ]);
  });

  test('one that knows it already keeps what it knows', async () => {
    const ledger = await openLedger(join(folder, 'ledger.json'));
    const down = { ...ipip, up: false };
    await ledger.record([{ kind: 'add-link', link: down }]);
    const adopted = await adopt(ledger, { ...emptyHostState, links: [ipip] });
    expect(adopted).toEqual([]);
    expect(ledger.made().links).toEqual([down]);
  });

  test('one that knows a device or a claim takes nothing else on it for its own: it is ahead of the host', async () => {
    const ledger = await openLedger(join(folder, 'ledger.json'));
    const own = markedState(marks, facts);
    await ledger.record([
      ...own.links.map((link) => ({ kind: 'add-link', link }) as const),
      ...own.routes.map((route) => ({ kind: 'replace-route', route }) as const),
    ]);
    const adopted = await adopt(ledger, own);
    expect(adopted.map(({ kind }) => kind)).toEqual(['load-nft', 'add-rule']);
  });

  test("IPv6's own address of a device is not ours", () => {
    const [device] = facts.links.filter(({ name }) => name === 'cw-ipip');
    const ownAddress = {
      family: 'ipv6' as const,
      ...{ linkIndex: device?.index ?? 0, address: 'fe80::1', prefixLength: 64 },
      ...{ preferredLifetimeSeconds: 0xffff_ffff, scope: 253 },
    };
    const found = markedState(marks, { ...facts, addresses: [...facts.addresses, ownAddress] });
    expect(found.addresses).toEqual(markedState(marks, facts).addresses);
  });
});
