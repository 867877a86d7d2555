/** What Causeway's two nft tables consist of. Nearly all that varies stands in sets: of chains and rules only the MSS, and those for ranges of ports. */
import type { Family } from '../domain/address.ts';
import type { NftTable } from '../domain/host-state.ts';
import { type Protocol, protocols } from '../domain/ipvs-table.ts';
import { linkTypes } from '../domain/tunnel.ts';

export type Expression = Readonly<Record<string, unknown>>;

export interface SetShape {
  readonly name: string;
  /** A list: of elements of several parts. */
  readonly type: string | readonly string[];
  /** A map's value type; undefined for a set. */
  readonly maps?: string;
  /** Its elements may be ranges: where any is, it is a set of intervals. */
  readonly mayRange?: true;
}

export interface RuleShape {
  /** Says what the rule is for to whoever lists it, and tells a rule of ours from others. */
  readonly comment: string;
  readonly expr: readonly Expression[];
}

export interface ChainShape {
  readonly name: string;
  /** Undefined for a chain that is only jumped to. */
  readonly hook?: {
    readonly type: string;
    readonly hook: string;
    readonly prio: number;
    readonly policy: string;
  };
  readonly rules: readonly RuleShape[];
}

export interface TableShape {
  readonly kind: NftTable['kind'];
  readonly sets: readonly SetShape[];
  readonly chains: readonly ChainShape[];
}

/** Priorities of the hooks (linux/netfilter_ipv4.h): raw is before everything but defragmentation, mangle before IPVS, source translation at 100. */
const rawPriority = -300;
const manglePriority = -150;
const afterSourcePriority = 150;

const payload = (protocol: string, field: string): Expression => ({ payload: { protocol, field } });
const inSet = (left: Expression, set: string): Expression => ({
  match: { op: '==', left, right: `@${set}` },
});
const counter: Expression = { counter: null };
const accept: Expression = { accept: null };
const drop: Expression = { drop: null };
const goto = (target: string): Expression => ({ goto: { target } });

const l4proto: Expression = { meta: { key: 'l4proto' } };

/** What devices of ours decapsulate. */
const encapsulations = [...new Set(Object.values(linkTypes).flatMap((facts) => facts.protocols))];
const tunnelProtocols: Expression = {
  match: {
    op: '==',
    left: l4proto,
    right: { set: encapsulations.toSorted((a, b) => a - b) },
  },
};

const mark: Expression = { meta: { key: 'mark' } };
/**
 * Says, from the outer packet's arrival to the inner packet's, that a director sent it: decapsulation within a namespace keeps the mark
 * (skb_scrub_packet), and so does reassembly, of the first fragment (inet_frag_reasm_prepare). A bit that no widespread program uses; before the
 * inner packet is routed it is taken away.
 */
const fromDirector = 0x2000;
const setMark = (operator: '|' | '&', value: number): Expression => ({
  mangle: { key: mark, value: { [operator]: [mark, value] } },
});
const isUnmarked: Expression = {
  match: { op: '!=', left: { '&': [mark, fromDirector] }, right: fromDirector },
};

/** `later`: a fragment behind the first, which has no ports. Alone it comes to nothing. */
const families = [
  {
    name: 'IPv4',
    protocol: 'ip',
    suffix: '4',
    icmp: 1,
    later: { match: { op: '!=', left: { '&': [payload('ip', 'frag-off'), 0x1fff] }, right: 0 } },
  },
  {
    name: 'IPv6',
    protocol: 'ip6',
    suffix: '6',
    icmp: 58,
    later: { match: { op: '!=', left: { exthdr: { name: 'frag', field: 'frag-off' } }, right: 0 } },
  },
] as const;

/** To VIPs of one family. */
function toVips({ protocol, suffix }: (typeof families)[number]): Expression {
  return inSet(payload(protocol, 'daddr'), `vips${suffix}`);
}

/** Where packets of one protocol and family go: address and port. */
export interface Ends {
  readonly protocol: Protocol;
  readonly family: Family;
  /** Of the sets' names. */
  readonly suffix: string;
}

/**
 * Sets of their own for each: with the protocol in the key nft 1.0.6 converts its byte's order where the set is one of intervals, which
 * Linux 7.2 refuses (nft_byteorder_init; EOPNOTSUPP).
 */
export const allEnds: readonly Ends[] = protocols.flatMap((protocol) => [
  { protocol, family: 'ipv4', suffix: `${protocol}4` },
  { protocol, family: 'ipv6', suffix: `${protocol}6` },
]);

const nameOf = ({ protocol, family }: Ends): string =>
  `${protocol.toUpperCase()} over ${family === 'ipv4' ? 'IPv4' : 'IPv6'}`;
const endOf = ({ protocol, family }: Ends): Expression => ({
  concat: [payload(family === 'ipv4' ? 'ip' : 'ip6', 'daddr'), payload(protocol, 'dport')],
});
const endSet = (kind: string, { family, suffix }: Ends): SetShape => ({
  name: `${kind}-${suffix}`,
  type: [family === 'ipv4' ? 'ipv4_addr' : 'ipv6_addr', 'inet_service'],
  mayRange: true,
});

const ofProtocol = (op: '==' | '!=', right: number): Expression => ({ match: { op, left: l4proto, right } });

/** Families and bytes of the MSS that the host tells whoever connects to a VIP; none: it is left as it is. */
export type MaxSegments = Partial<Record<Family, number>>;

const isSyn: Expression = {
  match: { op: '==', left: { '&': [payload('tcp', 'flags'), 'syn'] }, right: 'syn' },
};

function segmentRules(maxSegments: MaxSegments): RuleShape[] {
  return families.flatMap(({ name, protocol, suffix }) => {
    const bytes = maxSegments[protocol === 'ip' ? 'ipv4' : 'ipv6'];
    if (bytes === undefined) return [];
    const segment = { 'tcp option': { name: 'maxseg', field: 'size' } };
    return [
      {
        comment: `MSS ${bytes} from ${name} VIPs`,
        expr: [
          inSet(payload(protocol, 'saddr'), `vips${suffix}`),
          { mangle: { key: segment, value: bytes } },
        ],
      },
    ];
  });
}

/** What of a table's shape is not always the same. */
export interface TableVariant {
  readonly maxSegments: MaxSegments;
  /** Whether directors send GUE. */
  readonly gue: boolean;
  /** Whether anything is marked by where it goes. */
  readonly services: boolean;
}

const servicesComment = 'ranges of ports';
const gueComment = 'GUE of a director';

/** By the comments of a table's rules. */
export function variantOf(comments: readonly string[]): TableVariant {
  const services = comments.some((comment) => comment.startsWith(servicesComment));
  const gue = comments.some((comment) => comment.startsWith(gueComment));
  return { maxSegments: maxSegmentsOf(comments), gue, services };
}

/** What `segmentRules` were made of. */
function maxSegmentsOf(comments: readonly string[]): MaxSegments {
  const found: MaxSegments = {};
  for (const comment of comments) {
    const [, bytes, digit] = /^MSS (\d{1,5}) from IPv([46]) VIPs$/.exec(comment) ?? [];
    if (bytes !== undefined) found[digit === '4' ? 'ipv4' : 'ipv6'] = Number(bytes);
  }
  return found;
}

/** What a packet walks through costs each one of them: whatever decides for most stands first, and what few need in a chain of its own. */
const fromDirectors = (chain: string, comment: string): ChainShape => ({
  name: chain,
  rules: families.map(({ name, protocol, suffix }) => ({
    comment: `${comment} over ${name}`,
    expr: [
      inSet(payload(protocol, 'saddr'), `directors${suffix}`),
      counter,
      setMark('|', fromDirector),
      accept,
    ],
  })),
});

/** Nothing is dropped but what comes out of our own devices: the tunnels of others, of whatever kind, are not looked at. */
const closedDecapsulation = ({ maxSegments, gue }: TableVariant): TableShape => ({
  kind: 'closed-decapsulation',
  sets: [
    { name: 'directors4', type: 'ipv4_addr' },
    { name: 'directors6', type: 'ipv6_addr' },
    { name: 'vips4', type: 'ipv4_addr', mayRange: true },
    { name: 'vips6', type: 'ipv6_addr', mayRange: true },
    ...allEnds.map((ends) => endSet('ports', ends)),
    { name: 'devices', type: 'ifname' },
    { name: 'gue-ports', type: 'inet_service' },
  ],
  chains: [
    {
      name: 'only-vips',
      rules: [
        { comment: 'out of a tunnel, but sent by a stranger', expr: [isUnmarked, counter, drop] },
        { comment: 'sent by a director', expr: [setMark('&', ~fromDirector >>> 0)] },
        ...allEnds.map((ends) => ({
          comment: `to a port of a VIP, ${nameOf(ends)}`,
          expr: [inSet(endOf(ends), `ports-${ends.suffix}`), counter, accept],
        })),
        ...families.flatMap((of) => {
          const { name, icmp, later } = of;
          return [
            {
              comment: `ICMP to a VIP of ${name}`,
              expr: [toVips(of), ofProtocol('==', icmp), counter, accept],
            },
            {
              comment: `the rest of a packet to a VIP of ${name}`,
              expr: [toVips(of), later, counter, accept],
            },
          ];
        }),
        { comment: 'decapsulated, but to no port of a VIP', expr: [counter, drop] },
      ],
    },
    fromDirectors('ipip-gre', 'IPIP and GRE of a director'),
    ...(gue ? [fromDirectors('gue', gueComment)] : []),
    {
      name: 'arrivals',
      hook: { type: 'filter', hook: 'prerouting', prio: rawPriority, policy: 'accept' },
      rules: [
        {
          comment: 'out of a tunnel',
          expr: [inSet({ meta: { key: 'iifname' } }, 'devices'), goto('only-vips')],
        },
        { comment: 'IPIP and GRE', expr: [tunnelProtocols, goto('ipip-gre')] },
        ...(gue
          ? [{ comment: 'GUE', expr: [inSet(payload('udp', 'dport'), 'gue-ports'), goto('gue')] }]
          : []),
      ],
    },
    { name: 'first-segments', rules: segmentRules(maxSegments) },
    {
      // After translation of the source, so that replies of containers behind a VIP's port are met as well.
      name: 'segments',
      hook: { type: 'filter', hook: 'postrouting', prio: afterSourcePriority, policy: 'accept' },
      rules: [{ comment: 'of TCP the first segments', expr: [isSyn, goto('first-segments')] }],
    },
  ],
});

/** A source port without a mark leaves the packet as it is: a failed map lookup ends the rule. */
const markBySourcePort = (protocol: 'udp' | 'tcp'): Expression => ({
  mangle: {
    key: { meta: { key: 'mark' } },
    value: { map: { key: payload(protocol, 'sport'), data: '@marks' } },
  },
});

/**
 * A probe gets through as one packet or not at all, however small what the host has learnt of its way: before fragments are made (which is
 * behind this hook) IPVS copies the bit to the outer header. IPv6 is never fragmented by IPVS.
 */
const dontFragment = 0x4000;
const unfragmented = (of: (typeof families)[0]): RuleShape => ({
  comment: `probes of ${of.name} VIPs as one packet`,
  expr: [
    inSet(payload('udp', 'dport'), 'probe-ports'),
    { mangle: { key: payload('ip', 'frag-off'), value: dontFragment } },
  ],
});

/** All that this host itself sends to VIPs. */
const probesTo = (of: (typeof families)[number]): ChainShape => ({
  name: `probes${of.suffix}`,
  rules: [
    ...(of.protocol === 'ip' ? [unfragmented(of)] : []),
    {
      comment: `probes of ${of.name} VIPs`,
      expr: [inSet(payload('udp', 'dport'), 'probe-ports'), markBySourcePort('udp')],
    },
    { comment: `knocks at ${of.name} VIPs`, expr: [markBySourcePort('tcp')] },
  ],
});

const serviceSets = allEnds.map((ends): SetShape => ({ ...endSet('services', ends), maps: 'mark' }));

/**
 * Behind routing, which no mark is to touch, and reassembly (ip_local_deliver; nf_defrag_ipv6 of IPVS): a fragment has no ports. Before
 * IPVS. As above, what is in no map is left as it is.
 */
const serviceChain: ChainShape = {
  name: 'services',
  hook: { type: 'filter', hook: 'input', prio: manglePriority, policy: 'accept' },
  rules: allEnds.map((ends) => ({
    comment: `${servicesComment} of VIPs, ${nameOf(ends)}`,
    expr: [{ mangle: { key: mark, value: { map: { key: endOf(ends), data: `@services-${ends.suffix}` } } } }],
  })),
};

const probeMarks = ({ services }: TableVariant): TableShape => ({
  kind: 'probe-marks',
  sets: [
    { name: 'vips4', type: 'ipv4_addr', mayRange: true },
    { name: 'vips6', type: 'ipv6_addr', mayRange: true },
    { name: 'probe-ports', type: 'inet_service' },
    { name: 'marks', type: 'inet_service', maps: 'mark' },
    ...(services ? serviceSets : []),
  ],
  chains: [
    ...families.map(probesTo),
    {
      name: 'output',
      hook: { type: 'filter', hook: 'output', prio: manglePriority, policy: 'accept' },
      rules: families.map((of) => ({
        comment: `to ${of.name} VIPs`,
        expr: [toVips(of), goto(`probes${of.suffix}`)],
      })),
    },
    ...(services ? [serviceChain] : []),
    {
      // Behind IPVS, which keeps what is its own (ip_vs_core.c: NF_IP_PRI_NAT_SRC - 1). What it left would be a program's of this host.
      name: 'doors',
      hook: { type: 'filter', hook: 'input', prio: afterSourcePriority, policy: 'accept' },
      rules: families.map((of) => ({
        comment: `to a VIP of ${of.name}, but to no service`,
        expr: [toVips(of), ofProtocol('!=', of.icmp), counter, drop],
      })),
    },
  ],
});

export const tableKinds = ['closed-decapsulation', 'probe-marks'] as const satisfies NftTable['kind'][];

export function tableShape(kind: NftTable['kind'], variant: TableVariant): TableShape {
  return kind === 'probe-marks' ? probeMarks(variant) : closedDecapsulation(variant);
}
