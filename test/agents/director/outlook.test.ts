// What a director keeps an eye on of its host.
import { expect, test } from 'vitest';
import { createOutlook } from '../../../agents/director/outlook.ts';
import type { Way } from '../../../src/domain/host-survey.ts';
import type { DirectorSnapshot } from '../../../src/domain/snapshot.ts';
import { createFakeHost } from '../fake-kernel.ts';
import { createManualClock } from '../manual-clock.ts';
import { directorSnapshot } from '../snapshots.ts';

const by = (link: string, more: Partial<Way> = {}): Way => ({ link, isLocal: false, ...more });

async function setUp() {
  const clock = createManualClock();
  const host = createFakeHost({ link: 'eth1', address: '10.1.0.2', prefixLength: 24 });
  let changes = 0;
  const ways: (readonly string[])[] = [];
  const outlook = await createOutlook({
    ...{ host, address: '10.1.0.2', clock, onChange: () => changes++ },
    onWays: (to) => ways.push(to),
  });
  return { clock, host, outlook, changes: () => changes, ways };
}

function manyRealServers(count: number): DirectorSnapshot {
  const [first] = directorSnapshot().realServers;
  if (first === undefined) throw new Error('the sample is empty');
  return directorSnapshot({
    realServers: Array.from({ length: count }, (_, index) => ({
      ...first,
      name: `r${index}`,
      address: `10.9.${index >> 8}.${index & 255}`,
    })),
  });
}

test('a VIP is asked for as its probes go, real servers as tunnelled packets go', async () => {
  const { host, outlook } = await setUp();
  outlook.watch(directorSnapshot());
  await outlook.now();
  expect(host.questions().at(-1)).toEqual({
    ways: [{ to: '192.0.2.10', from: '10.1.0.2' }, { to: '10.1.0.11' }, { to: '10.2.0.11' }],
    filtersOf: ['eth1'],
  });
});

test('a strict filter, and a VIP that is reached by another card: the plan is told', async () => {
  const { clock, host, outlook, changes } = await setUp();
  outlook.watch(directorSnapshot());
  expect(outlook.facts()).toMatchObject({ link: 'eth1', isStrict: false, vipsElsewhere: false, ipv6: 'on' });
  host.look({ strict: new Set(['eth1']), ways: new Map([['192.0.2.10', by('eth0')]]) });
  await clock.advance(2_000);
  expect(outlook.facts()).toMatchObject({ isStrict: true, vipsElsewhere: true });
  expect(changes()).toBe(1);
  await clock.advance(2_000);
  expect(changes()).toBe(1);
});

test('ways that change are told together, however many: each time the host is planned anew', async () => {
  const { clock, host, outlook, ways } = await setUp();
  outlook.watch(manyRealServers(3));
  const all = ['10.9.0.0', '10.9.0.1', '10.9.0.2'];
  const through = (gateway: string) => new Map(all.map((to) => [to, by('eth1', { gateway })] as const));
  host.look({ ways: through('10.1.0.254') });
  await clock.advance(2_000);
  expect(ways).toEqual([]);
  host.look({ ways: through('10.1.0.253') });
  await clock.advance(4_000);
  expect(ways).toEqual([all]);
});

test('of many real servers some are asked for at each look, and what was amiss again at once', async () => {
  const { clock, host, outlook } = await setUp();
  outlook.watch(manyRealServers(200));
  const asked = () =>
    host
      .questions()
      .at(-1)
      ?.ways.map(({ to }) => to) ?? [];
  const well = Array.from({ length: 200 }, (_, index) => [`10.9.0.${index}`, by('eth1')] as const);
  host.look({ ways: new Map([['192.0.2.10', by('eth1')], ...well, ['10.9.0.3', undefined]]) });
  await clock.advance(2_000);
  expect(asked()).toHaveLength(64);
  expect(outlook.troubles()).toEqual([expect.stringContaining('no route to r3 (10.9.0.3)')]);
  host.look({ ways: new Map([['192.0.2.10', by('eth1')], ...well]) });
  await clock.advance(2_000);
  expect(asked()).toContain('10.9.0.3');
  expect(asked()).toContain('10.9.0.100');
  expect(outlook.troubles()).toEqual([]);
});

test('a host without its own address is refused at the start', async () => {
  const host = createFakeHost({ link: 'eth1', address: '10.1.0.2', prefixLength: 24 });
  const outlook = createOutlook({
    host,
    address: '10.7.0.1',
    clock: createManualClock(),
    onChange: () => {},
  });
  await expect(outlook).rejects.toThrow('no interface of this host has it');
});

test('rules of others that drop what clients send are told, and no more once they let it in', async () => {
  const { clock, host, outlook } = await setUp();
  outlook.watch(directorSnapshot());
  const closed = { priority: 0, policy: 'drop' } as const;
  const input = { family: 'inet', table: 'fw', name: 'input', hook: closed, rules: [] } as const;
  host.look({ filters: { chains: [input] } });
  await clock.advance(2_000);
  expect(outlook.troubles().join(' ')).toContain(
    "nft's table inet fw drops clients' packets to 192.0.2.10:80/tcp",
  );
  host.look({ filters: { chains: [{ ...input, hook: { ...closed, policy: 'accept' } }] } });
  await clock.advance(2_000);
  expect(outlook.troubles().join(' ')).not.toContain('nft');
});
