// A survey from what the kernel says: ways that lead nowhere, filters by the greater of two settings, IPv6 in three states.
import { describe, expect, test } from 'vitest';
import type { LinkReading } from '../../src/kernel/link/codec-link.ts';
import type { RouteReading } from '../../src/kernel/link/codec-route.ts';
import { surveyHost } from '../../src/kernel/survey-host.ts';

const link = (index: number, name: string, more: Partial<LinkReading> = {}): LinkReading => ({
  index,
  name,
  mtu: 1_500,
  up: true,
  kind: undefined,
  link: undefined,
  ...more,
});
const route = (more: Partial<RouteReading> = {}): RouteReading => ({
  family: 'ipv4',
  table: 254,
  type: 1,
  destination: '10.2.0.0/24',
  gateway: '10.1.0.1',
  linkIndex: 2,
  advertisedMss: undefined,
  mtu: undefined,
  preferredSource: '10.1.0.2',
  priority: 0,
  ...more,
});
const enabled = { 'net.ipv6.conf.all.disable_ipv6': '0', 'net.ipv6.conf.default.disable_ipv6': '0' };

function survey(
  routes: Readonly<Record<string, RouteReading>>,
  sysctls: Readonly<Record<string, string>> = enabled,
  filtersOf: readonly string[] = [],
) {
  const asked: string[] = [];
  const rtnetlink = {
    links: async () => [
      link(1, 'lo'),
      link(2, 'eth0.7', { master: 3 }),
      link(3, 'blue', { kind: 'vrf' }),
      link(4, 'far', { kind: 'ipip', tunnel: { remote: '10.9.0.1', external: false } }),
    ],
    addresses: async () => [],
    routeTo: async (to: string, from?: string) => {
      asked.push(from === undefined ? to : `${to} from ${from}`);
      return routes[to];
    },
  };
  const question = {
    ways: [{ to: '10.2.0.11' }, { to: '192.0.2.10', from: '10.1.0.2' }],
    filtersOf,
  };
  const tree = { read: async (name: string) => sysctls[name] };
  return surveyHost(rtnetlink, tree, question).then((found) => ({ ...found, asked }));
}

test('each way is asked for as its packet would go, and that of nobody in particular', async () => {
  const found = await survey({ '10.2.0.11': route(), '192.0.0.8': route({ gateway: '10.1.0.9' }) });
  expect(found.asked).toEqual(['10.2.0.11', '192.0.2.10 from 10.1.0.2', '192.0.0.8', '2001:10::1']);
  expect([...found.ways]).toEqual([
    ['10.2.0.11', { link: 'eth0.7', isLocal: false, gateway: '10.1.0.1', source: '10.1.0.2' }],
    ['192.0.2.10', undefined],
  ]);
  expect(found.clients).toMatchObject({ ipv4: { gateway: '10.1.0.9' } });
  expect(found.clients.ipv6).toBeUndefined();
});

test.each([
  ['its own address', 2, { isLocal: true }],
  ['a blackhole', 6, undefined],
  ['a prohibition', 8, undefined],
])('a way to %s', async (_, type, expected) => {
  const { ways } = await survey({ '10.2.0.11': route({ type }) });
  if (expected === undefined) expect(ways.get('10.2.0.11')).toBeUndefined();
  else expect(ways.get('10.2.0.11')).toMatchObject(expected);
});

test('devices with what they belong to, and tunnels with their ends', async () => {
  const { links } = await survey({});
  expect(links).toEqual([
    { name: 'lo', kind: undefined, up: true, mtu: 1_500 },
    { name: 'eth0.7', kind: undefined, up: true, mtu: 1_500, master: 'blue' },
    { name: 'blue', kind: 'vrf', up: true, mtu: 1_500 },
    { name: 'far', kind: 'ipip', up: true, mtu: 1_500, remote: '10.9.0.1', external: false },
  ]);
});

describe('settings', () => {
  test.each([
    ['0', '0', false],
    ['0', '1', true],
    ['1', '0', true],
    ['1', '2', false],
    ['2', '1', false],
  ])('rp_filter %s for all and %s for the device', async (all, own, isStrict) => {
    const sysctls = {
      ...enabled,
      'net.ipv4.conf.all.rp_filter': all,
      'net.ipv4.conf.eth0/7.rp_filter': own,
    };
    expect((await survey({}, sysctls, ['eth0.7'])).strict.has('eth0.7')).toBe(isStrict);
  });

  test.each([
    ['on', enabled],
    ['default-off', { ...enabled, 'net.ipv6.conf.default.disable_ipv6': '1' }],
    ['off', { ...enabled, 'net.ipv6.conf.all.disable_ipv6': '1' }],
    ['off', {}],
  ])('IPv6 is %s', async (expected, sysctls) => {
    expect((await survey({}, sysctls)).ipv6).toBe(expected);
  });
});
