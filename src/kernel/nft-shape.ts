/** What Causeway's two nft tables consist of. All that varies stands in sets; chains and rules are always these. */
import type { NftTable } from '../domain/host-state.ts';
import { linkTypes, tunnelTypes } from '../domain/tunnel.ts';

export type Expression = Readonly<Record<string, unknown>>;

export interface SetShape {
  readonly name: string;
  readonly type: string;
  /** A map's value type; undefined for a set. */
  readonly maps?: string;
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

/** UDP port on which tunnel devices take GUE. */
export const guePort = tunnelTypes.gue.port;

/** Priorities of the hooks (linux/netfilter_ipv4.h): raw is before everything but defragmentation, mangle before IPVS. */
const rawPriority = -300;
const manglePriority = -150;

const payload = (protocol: string, field: string): Expression => ({ payload: { protocol, field } });
const inSet = (left: Expression, set: string): Expression => ({
  match: { op: '==', left, right: `@${set}` },
});
const counter: Expression = { counter: null };
const accept: Expression = { accept: null };
const drop: Expression = { drop: null };
const goto = (target: string): Expression => ({ goto: { target } });

/** What devices of ours decapsulate. */
const protocols = [...new Set(Object.values(linkTypes).flatMap((facts) => facts.protocols))];
const tunnelProtocols: Expression = {
  match: {
    op: '==',
    left: { meta: { key: 'l4proto' } },
    right: { set: protocols.toSorted((a, b) => a - b) },
  },
};

const closedDecapsulation: TableShape = {
  kind: 'closed-decapsulation',
  sets: [
    { name: 'directors4', type: 'ipv4_addr' },
    { name: 'directors6', type: 'ipv6_addr' },
    { name: 'vips4', type: 'ipv4_addr' },
    { name: 'vips6', type: 'ipv6_addr' },
    { name: 'devices', type: 'ifname' },
    { name: 'gue-ports', type: 'inet_service' },
  ],
  chains: [
    {
      name: 'only-directors',
      rules: [
        {
          comment: 'a director over IPv4',
          expr: [inSet(payload('ip', 'saddr'), 'directors4'), counter, accept],
        },
        {
          comment: 'a director over IPv6',
          expr: [inSet(payload('ip6', 'saddr'), 'directors6'), counter, accept],
        },
        { comment: 'a stranger: not decapsulated', expr: [counter, drop] },
      ],
    },
    {
      name: 'only-vips',
      rules: [
        { comment: 'to a VIP of IPv4', expr: [inSet(payload('ip', 'daddr'), 'vips4'), counter, accept] },
        { comment: 'to a VIP of IPv6', expr: [inSet(payload('ip6', 'daddr'), 'vips6'), counter, accept] },
        { comment: 'decapsulated, but to no VIP', expr: [counter, drop] },
      ],
    },
    {
      name: 'outer',
      hook: { type: 'filter', hook: 'input', prio: rawPriority, policy: 'accept' },
      rules: [
        { comment: 'IPIP and GRE', expr: [tunnelProtocols, goto('only-directors')] },
        { comment: 'GUE', expr: [inSet(payload('udp', 'dport'), 'gue-ports'), goto('only-directors')] },
      ],
    },
    {
      name: 'inner',
      hook: { type: 'filter', hook: 'prerouting', prio: rawPriority, policy: 'accept' },
      rules: [
        {
          comment: 'out of a tunnel',
          expr: [inSet({ meta: { key: 'iifname' } }, 'devices'), goto('only-vips')],
        },
      ],
    },
  ],
};

/** A source port without a mark leaves the packet as it is: a failed map lookup ends the rule. */
const markBySourcePort = (protocol: 'udp' | 'tcp'): Expression => ({
  mangle: {
    key: { meta: { key: 'mark' } },
    value: { map: { key: payload(protocol, 'sport'), data: '@marks' } },
  },
});

const probeMarks: TableShape = {
  kind: 'probe-marks',
  sets: [
    { name: 'vips4', type: 'ipv4_addr' },
    { name: 'vips6', type: 'ipv6_addr' },
    { name: 'probe-ports', type: 'inet_service' },
    { name: 'marks', type: 'inet_service', maps: 'mark' },
  ],
  chains: [
    {
      name: 'output',
      hook: { type: 'filter', hook: 'output', prio: manglePriority, policy: 'accept' },
      rules: (['ip', 'ip6'] as const).flatMap((protocol) => {
        const family = protocol === 'ip' ? 'IPv4' : 'IPv6';
        const toVip = inSet(payload(protocol, 'daddr'), protocol === 'ip' ? 'vips4' : 'vips6');
        return [
          {
            comment: `probes of ${family} VIPs`,
            expr: [toVip, inSet(payload('udp', 'dport'), 'probe-ports'), markBySourcePort('udp')],
          },
          { comment: `knocks at ${family} VIPs`, expr: [toVip, markBySourcePort('tcp')] },
        ];
      }),
    },
  ],
};

export const tableShapes: Readonly<Record<NftTable['kind'], TableShape>> = {
  'closed-decapsulation': closedDecapsulation,
  'probe-marks': probeMarks,
};
