// Our nft tables as nftables' JSON: what is sent, and when a listing is one of ours.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NftTable } from '../../src/domain/host-state.ts';
import {
  canonicalNftTable,
  decodeNftTable,
  encodeNftDelete,
  encodeNftTable,
} from '../../src/kernel/nft-table.ts';

const closed: NftTable = {
  kind: 'closed-decapsulation',
  name: 'causeway',
  directors: ['10.0.0.1', '2001:db8:1::1'],
  vips: ['192.0.2.10', '2001:db8:a::10'],
  ports: [
    { address: '192.0.2.10', protocol: 'tcp', port: 80 },
    { address: '192.0.2.10', protocol: 'udp', port: 7483 },
    { address: '2001:db8:a::10', protocol: 'tcp', port: 80 },
  ],
  devices: ['cw-gre', 'cw-ipip'],
  guePorts: [6080, 6081],
  maxSegmentBytes: { ipv4: 1440, ipv6: 1400 },
};

const marks: NftTable = {
  kind: 'probe-marks',
  name: 'causeway',
  vips: ['192.0.2.10'],
  probePort: 7483,
  marks: [
    { sourcePort: 20_001, mark: 0x4357_0001 },
    { sourcePort: 20_002, mark: 0x4357_0002 },
  ],
};

/** Ranges of ports: of a real server let in, on a director marked. */
const ranged: NftTable = {
  ...marks,
  services: [
    { address: '192.0.2.10', protocol: 'tcp', port: 21, mark: 0x4380_0001 },
    { address: '192.0.2.10', protocol: 'tcp', port: 8_000, lastPort: 8_100, mark: 0x4380_0001 },
    { address: '2001:db8:a::10', protocol: 'udp', port: 10_000, lastPort: 20_000, mark: 0x4380_0002 },
  ],
};
const letIn: NftTable = {
  ...closed,
  ports: [
    { address: '192.0.2.10', protocol: 'tcp', port: 80 },
    { address: '192.0.2.10', protocol: 'udp', port: 10_000, lastPort: 20_000 },
  ],
};

/** nftables takes no element within another one: of old and new VIPs, while they change, one may be part of the other. */
const nested: NftTable = {
  ...closed,
  vips: ['192.0.2.5', '192.0.2.0/28', '192.0.2.0/27', '192.0.2.40', '2001:db8:b::/64', '2001:db8:b::7'],
  ports: [
    { address: '192.0.2.0/28', protocol: 'tcp', port: 80 },
    { address: '192.0.2.0/28', protocol: 'tcp', port: 8_000, lastPort: 8_100 },
    { address: '192.0.2.5', protocol: 'tcp', port: 80 },
    { address: '192.0.2.5', protocol: 'tcp', port: 443 },
    { address: '192.0.2.5', protocol: 'udp', port: 80 },
    { address: '192.0.2.5', protocol: 'tcp', port: 7_999, lastPort: 8_200 },
    { address: '192.0.2.40', protocol: 'tcp', port: 80 },
  ],
};

const end4 = ['ipv4_addr', 'inet_service'];
const end6 = ['ipv6_addr', 'inet_service'];

/** The bodies of one kind that the transaction adds, without their table. */
function added(table: NftTable, kind: string): unknown[] {
  return encodeNftTable(table).flatMap((command) => {
    const add = command.add as Record<string, Record<string, unknown>> | undefined;
    const body = add?.[kind];
    if (body === undefined || kind === 'table') return [];
    const { family, table: _table, ...rest } = body;
    expect(family).toBe('inet');
    return [rest];
  });
}

/** What nft lists after the transaction: the objects with handles, counters with numbers, metadata first. */
function listingOf(table: NftTable): { nftables: Record<string, Record<string, unknown>>[] } {
  const objects = encodeNftTable(table)
    .slice(2)
    .map((command) => command.add as Record<string, Record<string, unknown>>);
  const counted = JSON.parse(
    JSON.stringify(objects).replaceAll('"counter":null', '"counter":{"packets":7,"bytes":9}'),
  );
  const handled = counted.map((object: Record<string, object>) =>
    Object.fromEntries(Object.entries(object).map(([kind, body]) => [kind, { ...body, handle: 5 }])),
  );
  return { nftables: [{ metainfo: { version: '1.0.6' } }, ...handled] };
}

describe('nft tables as JSON', () => {
  it('replaces whatever bears the name, in one transaction', () => {
    const table = { family: 'inet', name: 'causeway' };
    expect(encodeNftTable(closed).slice(0, 3)).toEqual([
      { add: { table } },
      { delete: { table } },
      { add: { table } },
    ]);
    expect(encodeNftDelete('causeway')).toEqual([{ add: { table } }, { delete: { table } }]);
  });

  it('keeps all that varies in sets, each as large as it is', () => {
    const fixed = (size: number) => ({ flags: ['constant'], size });
    expect(added(closed, 'set')).toEqual([
      { name: 'directors4', type: 'ipv4_addr', ...fixed(1), elem: ['10.0.0.1'] },
      { name: 'directors6', type: 'ipv6_addr', ...fixed(1), elem: ['2001:db8:1::1'] },
      { name: 'vips4', type: 'ipv4_addr', ...fixed(1), elem: ['192.0.2.10'] },
      { name: 'vips6', type: 'ipv6_addr', ...fixed(1), elem: ['2001:db8:a::10'] },
      { name: 'ports-tcp4', type: end4, ...fixed(1), elem: [{ concat: ['192.0.2.10', 80] }] },
      { name: 'ports-tcp6', type: end6, ...fixed(1), elem: [{ concat: ['2001:db8:a::10', 80] }] },
      { name: 'ports-udp4', type: end4, ...fixed(1), elem: [{ concat: ['192.0.2.10', 7483] }] },
      { name: 'ports-udp6', type: end6, flags: ['constant'] },
      { name: 'ports-sctp4', type: end4, flags: ['constant'] },
      { name: 'ports-sctp6', type: end6, flags: ['constant'] },
      { name: 'devices', type: 'ifname', ...fixed(2), elem: ['cw-gre', 'cw-ipip'] },
      { name: 'gue-ports', type: 'inet_service', ...fixed(2), elem: [6080, 6081] },
    ]);
    expect(added(marks, 'map')).toEqual([
      {
        name: 'marks',
        type: 'inet_service',
        map: 'mark',
        ...fixed(2),
        elem: [
          [20_001, 0x4357_0001],
          [20_002, 0x4357_0002],
        ],
      },
    ]);
    expect(added(marks, 'set')).toContainEqual({ name: 'vips6', type: 'ipv6_addr', flags: ['constant'] });
  });

  it('has sets of intervals where there are ranges, and what marks them behind routing and before IPVS', () => {
    expect(added(letIn, 'set')).toContainEqual({
      name: 'ports-udp4',
      type: end4,
      flags: ['interval'],
      elem: [{ concat: ['192.0.2.10', { range: [10_000, 20_000] }] }],
    });
    expect(added(ranged, 'map')).toContainEqual({
      name: 'services-tcp4',
      type: end4,
      map: 'mark',
      flags: ['interval'],
      elem: [
        [{ concat: ['192.0.2.10', 21] }, 0x4380_0001],
        [{ concat: ['192.0.2.10', { range: [8_000, 8_100] }] }, 0x4380_0001],
      ],
    });
    expect(added(ranged, 'chain')).toContainEqual({
      name: 'services',
      type: 'filter',
      hook: 'input',
      prio: -150,
      policy: 'accept',
    });
  });

  it('hooks outer and inner packets where they arrive, before everything, and replies at the very end', () => {
    expect(added(closed, 'chain')).toEqual([
      { name: 'only-vips' },
      { name: 'ipip-gre' },
      { name: 'gue' },
      { name: 'arrivals', type: 'filter', hook: 'prerouting', prio: -300, policy: 'accept' },
      { name: 'first-segments' },
      { name: 'segments', type: 'filter', hook: 'postrouting', prio: 150, policy: 'accept' },
    ]);
    expect(added(marks, 'chain')).toEqual([
      { name: 'probes4' },
      { name: 'probes6' },
      { name: 'output', type: 'filter', hook: 'output', prio: -150, policy: 'accept' },
      { name: 'doors', type: 'filter', hook: 'input', prio: 150, policy: 'accept' },
    ]);
  });

  it('drops nothing but what comes out of our own devices', () => {
    const rules = added(closed, 'rule') as { chain: string; expr: Record<string, unknown>[] }[];
    const dropping = rules.filter(({ expr }) => expr.some((one) => 'drop' in one));
    expect(dropping.map(({ chain }) => chain)).toEqual(['only-vips', 'only-vips']);
    expect(
      (added(marks, 'rule') as typeof rules).filter(({ expr }) => expr.some((one) => 'drop' in one)),
    ).toMatchObject([
      { chain: 'doors', expr: [{ match: { right: '@vips4' } }, { match: { op: '!=', right: 1 } }, {}, {}] },
      { chain: 'doors', expr: [{ match: { right: '@vips6' } }, { match: { op: '!=', right: 58 } }, {}, {}] },
    ]);
    expect(rules.filter(({ expr }) => expr.some((one) => 'goto' in one))).toMatchObject([
      { chain: 'arrivals', expr: [{ match: { right: '@devices' } }, { goto: { target: 'only-vips' } }] },
      {
        chain: 'arrivals',
        expr: [{ match: { right: { set: [4, 41, 47] } } }, { goto: { target: 'ipip-gre' } }],
      },
      { chain: 'arrivals', expr: [{ match: { right: '@gue-ports' } }, { goto: { target: 'gue' } }] },
      { chain: 'segments', expr: [{ match: { right: 'syn' } }, { goto: { target: 'first-segments' } }] },
    ]);
    expect(rules.findLast((rule) => rule.chain === 'only-vips')?.expr).toEqual([
      { counter: null },
      { drop: null },
    ]);
  });

  it('takes the mark off again that says who sent a packet', () => {
    const text = JSON.stringify(added(closed, 'rule'));
    expect(text.match(/"\|":\[\{"meta":\{"key":"mark"\}\},8192\]/g)).toHaveLength(4);
    expect(text).toContain('"&":[{"meta":{"key":"mark"}},4294959103]');
  });

  it('tells clients an MSS only where one is given', () => {
    const comments = (table: NftTable) =>
      (added(table, 'rule') as { chain: string; comment: string }[])
        .filter(({ chain }) => chain === 'first-segments')
        .map(({ comment }) => comment);
    expect(comments(closed)).toEqual(['MSS 1440 from IPv4 VIPs', 'MSS 1400 from IPv6 VIPs']);
    const { maxSegmentBytes: _, ...without } = closed;
    expect(comments(without)).toEqual([]);
  });

  it.each<NftTable>([
    closed,
    marks,
    { ...closed, directors: [], vips: [], ports: [] },
    { ...closed, maxSegmentBytes: { ipv6: 1_220 } },
    ranged,
    letIn,
  ])('reads back $kind', (table) => {
    expect(decodeNftTable('causeway', listingOf(table))).toEqual(table);
  });

  it('reads back any table in canonical order', () => {
    const addresses = fc.array(fc.ipV4(), { maxLength: 20 });
    const table = fc.record({
      kind: fc.constant('closed-decapsulation' as const),
      name: fc.constant('causeway'),
      directors: addresses,
      vips: addresses,
      ports: fc.array(
        fc.record({
          address: fc.oneof(fc.ipV4(), fc.ipV6()),
          protocol: fc.constantFrom('tcp' as const, 'udp' as const, 'sctp' as const),
          port: fc.integer({ min: 1, max: 65_535 }),
        }),
        { maxLength: 20 },
      ),
      devices: fc.array(fc.stringMatching(/^cw-[a-z0-9]{1,8}$/)),
      maxSegmentBytes: fc.record({ ipv4: fc.integer({ min: 1, max: 65_535 }) }),
    });
    fc.assert(
      fc.property(table, (wanted) => {
        expect(decodeNftTable('causeway', listingOf(wanted))).toEqual(canonicalNftTable(wanted));
      }),
    );
  });
});

describe('a table of somebody else', () => {
  const tampered: readonly [string, (listing: ReturnType<typeof listingOf>) => void][] = [
    [
      'a rule too few',
      ({ nftables }) =>
        nftables.splice(
          nftables.findIndex((item) => item.rule),
          1,
        ),
    ],
    [
      'a rule too many',
      ({ nftables }) => nftables.push({ rule: { chain: 'arrivals', expr: [{ drop: null }] } }),
    ],
    ['another comment', ({ nftables }) => Object.assign(nftables.at(-1)?.rule ?? {}, { comment: 'mine' })],
    [
      'another verdict',
      ({ nftables }) => Object.assign(nftables.at(-1)?.rule ?? {}, { expr: [{ drop: null }] }),
    ],
    [
      'another hook',
      ({ nftables }) => Object.assign(nftables.findLast((item) => item.chain)?.chain ?? {}, { prio: 0 }),
    ],
    ['a set of its own', ({ nftables }) => nftables.push({ set: { name: 'other', type: 'ipv4_addr' } })],
    ['a set too few', ({ nftables }) => nftables.splice(2, 1)],
    [
      'a chain too few',
      ({ nftables }) =>
        nftables.splice(
          nftables.findIndex((item) => item.chain),
          1,
        ),
    ],
    [
      'an interval',
      ({ nftables }) =>
        Object.assign(nftables[2]?.set ?? {}, { elem: [{ prefix: { addr: '10.0.0.0', len: 8 } }] }),
    ],
    ['a flow table', ({ nftables }) => nftables.push({ flowtable: { name: 'f' } })],
  ];

  it.each(tampered)('has %s', (_name, change) => {
    const listing = listingOf(closed);
    change(listing);
    expect(decodeNftTable('causeway', listing)).toBe('foreign');
  });

  it.each([
    [undefined],
    [{}],
    [{ nftables: 'no' }],
    [{ nftables: [7] }],
    [{ nftables: [] }],
    [{ nftables: [{ set: { name: { toString: 2, valueOf: 3 } } }] }],
  ])('is %j', (listing) => {
    expect(decodeNftTable('causeway', listing)).toBe('foreign');
  });
});

describe('of networks and addresses within them', () => {
  it('the wider one stands for what is in it, and what else is let in there stays', () => {
    expect(canonicalNftTable(nested)).toEqual({
      ...closed,
      vips: ['192.0.2.0/27', '192.0.2.40', '2001:db8:b::/64'],
      ports: [
        { address: '192.0.2.0/28', protocol: 'tcp', port: 80 },
        { address: '192.0.2.0/28', protocol: 'tcp', port: 8_000, lastPort: 8_100 },
        { address: '192.0.2.5', protocol: 'tcp', port: 443 },
        { address: '192.0.2.5', protocol: 'tcp', port: 7_999 },
        { address: '192.0.2.5', protocol: 'tcp', port: 8_101, lastPort: 8_200 },
        { address: '192.0.2.5', protocol: 'udp', port: 80 },
        { address: '192.0.2.40', protocol: 'tcp', port: 80 },
      ],
    });
  });

  it('what is marked has the mark of the wider one', () => {
    const of = (address: string, mark: number) => ({ address, protocol: 'tcp' as const, port: 80, mark });
    const wide = of('192.0.2.0/28', 0x4380_0001);
    const ranged5 = { address: '192.0.2.5', protocol: 'tcp' as const, port: 80, lastPort: 90 };
    const table: NftTable = {
      ...marks,
      services: [wide, { ...ranged5, mark: 0x4380_0002 }, of('192.0.2.40', 0x4380_0003)],
    };
    const canonical = canonicalNftTable(table);
    expect(canonical).toMatchObject({
      services: [
        wide,
        { ...of('192.0.2.5', 0x4380_0002), port: 81, lastPort: 90 },
        of('192.0.2.40', 0x4380_0003),
      ],
    });
    // As texts they are compared with what the kernel has.
    expect(JSON.stringify(decodeNftTable('causeway', listingOf(canonical)))).toBe(JSON.stringify(canonical));
  });
});
