import { describe, expect, it, test } from 'vitest';
import { type HostTrouble, sentenceOf } from '../../src/domain/finding.ts';
import type { ExpectedPacket } from '../../src/domain/packet-filter.ts';
import { decodeFilters, filterTables } from '../../src/kernel/nft-filters.ts';
import { directorFilterTroubles, realServerFilterTroubles } from '../../src/plan/filter-check.ts';
import { whereDropped } from '../../src/plan/packet-filter.ts';
import { directorContent, realServerContent } from '../../src/plan/snapshots.ts';
import { director, realServer, service, world } from './fixtures.ts';

const sentences = <A extends unknown[]>(check: (...args: A) => HostTrouble[], ...args: A): string[] =>
  check(...args).map(sentenceOf);

const match = (left: object, right: unknown, op = '==') => ({ match: { op, left, right } });
const meta = (key: string) => ({ meta: { key } });
const payload = (protocol: string, field: string) => ({ payload: { protocol, field } });
const ctState = { ct: { key: 'state' } };
const established = [match(ctState, ['established', 'related'], 'in'), { accept: null }];
const rule = (chain: string, ...expr: object[]) => ({ rule: { family: 'inet', table: 'fw', chain, expr } });
const chain = (name: string, policy?: string, prio = 0, family = 'inet') => ({
  chain: {
    ...{ family, table: 'fw', name },
    ...(policy === undefined ? {} : { type: 'filter', hook: 'input', prio, policy }),
  },
});
test('names that every object has are names of nothing', () => {
  const [found] =
    decodeFilters(
      {
        nftables: [
          {
            chain: {
              family: 'inet',
              table: 'fw',
              name: 'input',
              type: 'filter',
              hook: 'input',
              prio: 'constructor',
            },
          },
          rule('input', match(meta('l4proto'), 'toString'), match(meta('constructor'), 1), { drop: null }),
          rule('input', match(payload('constructor', 'dport'), 80), { drop: null }),
        ],
      },
      100,
    ) ?? [];
  expect(found?.hook?.priority).toBe(0);
  expect(found?.rules).toEqual([
    { matches: [], isPartlyKnown: true, verdict: { kind: 'drop' } },
    {
      matches: [{ field: 'destinationPort', values: [{ kind: 'is', text: '80' }], isNegated: false }],
      isPartlyKnown: false,
      verdict: { kind: 'drop' },
    },
  ]);
});

const listed = (...objects: object[]) =>
  decodeFilters({ nftables: [{ metainfo: {} }, ...objects] }, 100) ?? [];

const outer: ExpectedPacket = {
  family: 'ipv4',
  protocol: 4,
  incoming: 'eth0',
  source: '10.1.0.2',
  destination: '10.2.0.11',
};
const web: ExpectedPacket = { family: 'ipv4', protocol: 6, destination: '192.0.2.10', destinationPort: 80 };

describe('rules of others', () => {
  it.each<[string, object[], ExpectedPacket, string | undefined]>([
    [
      'a policy that drops what no rule accepts',
      [chain('input', 'drop'), rule('input', ...established)],
      outer,
      'policy',
    ],
    ['a policy that accepts', [chain('input', 'accept')], outer, undefined],
    [
      'the port is let in',
      [
        chain('input', 'drop'),
        rule('input', match(payload('tcp', 'dport'), { set: [22, 80] }), { accept: null }),
      ],
      web,
      undefined,
    ],
    [
      'another port is let in',
      [chain('input', 'drop'), rule('input', match(payload('tcp', 'dport'), 22), { accept: null })],
      web,
      'policy',
    ],
    [
      'a range of ports is let in',
      [
        chain('input', 'drop'),
        rule('input', match(payload('tcp', 'dport'), { range: [1, 1023] }), { accept: null }),
      ],
      web,
      undefined,
    ],
    [
      'the same port of another protocol',
      [chain('input', 'drop'), rule('input', match(payload('udp', 'dport'), 80), { accept: null })],
      web,
      'policy',
    ],
    [
      'the protocol is let in, by its name',
      [
        chain('input', 'drop'),
        rule('input', match(meta('l4proto'), { set: ['gre', 'ipencap'] }), { accept: null }),
      ],
      outer,
      undefined,
    ],
    [
      'and counted',
      [
        chain('input', 'drop'),
        rule(
          'input',
          { counter: { packets: 1 } },
          match(meta('l4proto'), 4),
          { counter: {} },
          { accept: null },
        ),
      ],
      outer,
      undefined,
    ],
    [
      'from a network that is ours',
      [
        chain('input', 'drop'),
        rule('input', match(payload('ip', 'saddr'), { prefix: { addr: '10.0.0.0', len: 8 } }), {
          accept: null,
        }),
      ],
      outer,
      undefined,
    ],
    [
      'from a network that is not',
      [
        chain('input', 'drop'),
        rule('input', match(payload('ip', 'saddr'), { prefix: { addr: '10.2.0.0', len: 16 } }), {
          accept: null,
        }),
      ],
      outer,
      'policy',
    ],
    [
      'all but one network',
      [
        chain('input', 'accept'),
        rule('input', match(payload('ip', 'saddr'), { prefix: { addr: '10.2.0.0', len: 16 } }, '!='), {
          drop: null,
        }),
      ],
      outer,
      'rule',
    ],
    [
      'anybody may be in the set',
      [chain('input', 'drop'), rule('input', match(payload('ip', 'saddr'), '@friends'), { accept: null })],
      outer,
      undefined,
    ],
    [
      'clients may be anybody',
      [chain('input', 'drop'), rule('input', match(payload('ip', 'saddr'), '203.0.113.7'), { accept: null })],
      web,
      undefined,
    ],
    [
      'what is not understood may accept',
      [chain('input', 'drop'), rule('input', { xt: null }, { accept: null })],
      outer,
      undefined,
    ],
    [
      'what is not understood may drop, and nobody says so',
      [chain('input', 'accept'), rule('input', { limit: { rate: 5 } }, { drop: null })],
      outer,
      undefined,
    ],
    [
      'what asks for more of another protocol',
      [
        chain('input', 'drop'),
        rule(
          'input',
          match(payload('icmp', 'type'), 'echo-request'),
          { limit: { rate: 5 } },
          { accept: null },
        ),
      ],
      outer,
      'policy',
    ],
    ['rejected', [chain('input', 'accept'), rule('input', { reject: { type: 'icmp' } })], outer, 'rule'],
    [
      'only lo',
      [chain('input', 'drop'), rule('input', match(meta('iifname'), 'lo'), { accept: null })],
      outer,
      'policy',
    ],
    [
      'only lo, of what comes by any card',
      [chain('input', 'drop'), rule('input', match(meta('iifname'), 'lo'), { accept: null })],
      web,
      'policy',
    ],
    [
      'devices by how they begin',
      [chain('input', 'drop'), rule('input', match(meta('iifname'), 'eth*'), { accept: null })],
      outer,
      undefined,
    ],
    [
      'a map of states',
      [
        chain('input', 'drop'),
        rule('input', {
          vmap: {
            key: ctState,
            data: {
              set: [
                ['established', { accept: null }],
                ['invalid', { drop: null }],
              ],
            },
          },
        }),
      ],
      outer,
      'policy',
    ],
    [
      'a map that lets new ones in',
      [
        chain('input', 'drop'),
        rule('input', { vmap: { key: ctState, data: { set: [['new', { accept: null }]] } } }),
      ],
      outer,
      undefined,
    ],
    [
      'a chain of its own',
      [
        chain('input', 'drop'),
        chain('tunnels'),
        rule('input', { jump: { target: 'tunnels' } }),
        rule('tunnels', match(meta('l4proto'), 4), { accept: null }),
      ],
      outer,
      undefined,
    ],
    [
      'a chain that returns',
      [
        chain('input', 'drop'),
        chain('tunnels'),
        rule('input', { jump: { target: 'tunnels' } }),
        rule('tunnels', { return: null }),
      ],
      outer,
      'policy',
    ],
    [
      'a chain that it goes to and does not come back from',
      [
        chain('input', 'accept'),
        chain('tunnels'),
        rule('input', { goto: { target: 'tunnels' } }),
        rule('input', { drop: null }),
      ],
      outer,
      undefined,
    ],
    [
      'a later chain drops what an earlier one accepts',
      [chain('early', 'accept', -10), chain('late', 'drop', 10), rule('early', { accept: null })],
      outer,
      'policy',
    ],
    ['of the other family', [chain('input', 'drop', 0, 'ip6')], outer, undefined],
  ])('%s', (_, objects, packet, expected) => {
    const at = whereDropped(listed(...objects), packet);
    expect(at && (at.byPolicy ? 'policy' : 'rule')).toBe(expected);
  });

  it('too many are not judged', () => {
    expect(decodeFilters({ nftables: [rule('a'), rule('a'), rule('a')] }, 2)).toBeUndefined();
    expect(decodeFilters('nonsense', 2)).toEqual([]);
  });

  it('only tables that see what comes in are listed, and none of ours', () => {
    const listing = {
      nftables: [
        chain('input', 'accept'),
        { chain: { family: 'ip', table: 'nat', name: 'POSTROUTING', hook: 'postrouting' } },
        { chain: { family: 'inet', table: 'causeway_director', name: 'in', hook: 'input' } },
        { chain: { family: 'bridge', table: 'b', name: 'in', hook: 'input' } },
      ],
    };
    expect(filterTables(listing, ['causeway_director'])).toEqual([{ family: 'inet', table: 'fw' }]);
  });
});

const closed = { chains: listed(chain('input', 'drop'), rule('input', ...established)) };

test('a director is told which of its VIPs’ ports are closed, and how to open them', () => {
  const content = directorContent(
    world({ services: [service({ vips: ['192.0.2.10'] })] }),
    director('fra-d'),
  );
  expect(sentences(directorFilterTroubles, content, closed)).toEqual([
    "nft's table inet fw drops clients' packets to 192.0.2.10:80/tcp (chain input, by its policy): let them in, such as by " +
      '(nft insert rule inet fw input ip daddr 192.0.2.10 tcp dport 80 accept), and where these rules are kept',
  ]);
  const open = {
    chains: listed(
      chain('input', 'drop'),
      rule('input', match(payload('tcp', 'dport'), 80), { accept: null }),
    ),
  };
  expect([
    sentences(directorFilterTroubles, content, open),
    sentences(directorFilterTroubles, content, undefined),
  ]).toEqual([[], []]);
});

test('a real server is told of tunnels, of what comes out of them, and of probes', () => {
  const content = realServerContent(
    world({ services: [service({ forwarding: 'tunnel' })] }),
    realServer('fra-1'),
  );
  const facts = { address: '10.1.0.11', link: 'eth0' };
  const [told = ''] = sentences(realServerFilterTroubles, content, facts, closed);
  expect(told).toMatch(
    /^nft's table inet fw drops tunnelled packets of fra-d \(IP protocol 4\), .* and \d+ more/,
  );
  const tunnelOpen = listed(
    chain('input', 'drop'),
    rule('input', match(meta('l4proto'), 4), { accept: null }),
    rule('input', match(payload('tcp', 'dport'), 80), { accept: null }),
  );
  expect(sentences(realServerFilterTroubles, content, facts, { chains: tunnelOpen })).toEqual([
    expect.stringContaining("directors' probes of 192.0.2.10:7483/udp by cw-ipip"),
  ]);
  // While a site goes over from ipip to gue both come by one device.
  const meanwhile = { ...content, tunnel: 'gue', alsoTunnels: ['ipip'], guePorts: [6_080] } as const;
  const ofBoth = listed(
    chain('input', 'drop'),
    rule('input', match(meta('l4proto'), 4), { accept: null }),
    rule('input', match(payload('udp', 'dport'), 6_080), { accept: null }),
    rule('input', match(payload('tcp', 'dport'), 80), { accept: null }),
  );
  expect(sentences(realServerFilterTroubles, meanwhile, facts, { chains: ofBoth })).toEqual([
    expect.stringMatching(/drops directors' probes of 192\.0\.2\.10:7483\/udp by cw-ipip \(chain/),
  ]);
  const byDevice = listed(
    chain('input', 'drop'),
    rule('input', match(meta('iifname'), { set: ['cw-ipip'] }), { accept: null }),
    rule('input', match(meta('l4proto'), 4), { accept: null }),
  );
  expect(sentences(realServerFilterTroubles, content, facts, { chains: byDevice })).toEqual([]);
});

test('rules that could not be read are told of as such', () => {
  const content = directorContent(world(), director('fra-d'));
  expect(
    sentences(directorFilterTroubles, content, { chains: [], unread: 'they are too many to be judged' }),
  ).toEqual([expect.stringContaining('they are too many to be judged')]);
});
