// To whom a real server shows that what it sends from its VIPs gets out.
import { describe, expect, test } from 'vitest';
import { atOnce } from '../../src/domain/steps.ts';
import type { World } from '../../src/domain/world.ts';
import { createSnapshots, directorContent, realServerContent } from '../../src/plan/snapshots.ts';
import { createProbeKeys } from '../../src/probe/keys.ts';
import { service, world } from './fixtures.ts';

const probeKeys = createProbeKeys([{ epoch: 7, secretHex: 'ab'.repeat(32) }], 7);
const capable = { capabilities: ['probe-keys', 'return-path'] };

/** Sites fra, lon and nyc, a director each; all know it but those named. */
function worldBut(old: readonly string[], changes: Partial<World> = {}): World {
  const { directors, realServers, ...rest } = world();
  return {
    ...rest,
    probeKeys,
    directors: directors.map((one) => (old.includes(one.name) ? one : { ...one, ...capable })),
    realServers: realServers.map((one) => (old.includes(one.name) ? one : { ...one, ...capable })),
    ...changes,
  };
}

function collectorsOf(of: World, name: string): readonly string[] {
  const realServer = of.realServers.find((one) => one.name === name);
  const { collectors = [] } = realServer === undefined ? {} : realServerContent(of, realServer);
  return collectors.map((one) => one.name).toSorted();
}

test.each([
  ['directors of two other sites', [], {}, 'lon-1', ['fra-d', 'nyc-d']],
  ['never one of its own site', [], {}, 'fra-1', ['lon-d', 'nyc-d']],
  ['not one that does not know it', ['nyc-d'], {}, 'lon-1', ['fra-d']],
  ['nobody: a real server that does not know it', ['lon-1'], {}, 'lon-1', []],
  ['nobody: no other site', [], { sites: [{ kind: 'Site', name: 'lon', tunnel: 'ipip' }] }, 'lon-1', []],
  ['nobody: it carries no VIP', [], { services: [] }, 'lon-1', []],
  ['nobody: there are no keys', [], { probeKeys: undefined }, 'lon-1', []],
] as const)('%s', (_, old, changes, name, expected) => {
  expect(collectorsOf(worldBut(old, changes), name)).toEqual(expected);
});

test('those of a site that does not claim its VIPs come first', () => {
  const of = worldBut([], { services: [service({ sites: ['fra'] })] });
  const [first] =
    realServerContent(of, of.realServers.find((one) => one.name === 'lon-1') as never).collectors ?? [];
  expect(first?.name).toBe('nyc-d');
});

const c1 = { name: 'c1', site: 'ams', address: '10.9.0.2:7400', hearsAt: ['10.9.0.2', '2001:db8:9::2'] };

describe('coordinators', () => {
  const alone = { sites: [{ kind: 'Site', name: 'fra', tunnel: 'ipip' }] } as const;
  test.each([
    ['hears a fleet whose directors are all of one site', alone, [c1], 'fra-1', ['coordinator/c1']],
    [
      'of a site that claims none of the VIPs stands before directors that do',
      {},
      [c1],
      'lon-1',
      ['coordinator/c1', 'fra-d'],
    ],
    [
      'of a site that claims them stands behind directors',
      {},
      [{ ...c1, site: 'nyc' }],
      'lon-1',
      ['fra-d', 'nyc-d'],
    ],
    ['of its own site is not asked', alone, [{ ...c1, site: 'fra' }], 'fra-1', []],
    ['that hears nothing is not asked', alone, [{ ...c1, hearsAt: [] }], 'fra-1', []],
    [
      'of an earlier version is not asked',
      alone,
      [{ name: 'c1', site: 'ams', address: 'c1:7400' }],
      'fra-1',
      [],
    ],
    [
      'on the host of a director is not asked',
      alone,
      [{ ...c1, hearsAt: [addressOf('nyc-d')] }],
      'fra-1',
      [],
    ],
    [
      'on the host of a real server is not asked',
      alone,
      [{ ...c1, hearsAt: [addressOf('lon-1')] }],
      'fra-1',
      [],
    ],
  ] as const)('one that %s', (_, changes, coordinators, name, expected) => {
    expect(collectorsOf(worldBut([], { ...changes, coordinators }), name)).toEqual(expected);
  });

  test('a real server is told the addresses at which it hears, and the key of the two', () => {
    const of = worldBut([], { ...alone, coordinators: [c1] });
    const [fra] = of.realServers.filter(({ name }) => name === 'fra-1');
    expect(fra && realServerContent(of, fra).collectors).toEqual([
      {
        name: 'coordinator/c1',
        addresses: c1.hearsAt,
        epoch: 7,
        keyHex: probeKeys.toCollector('coordinator/c1', 'fra-1')?.keyHex,
      },
    ]);
  });
});

function addressOf(name: string): string {
  const members = [...world().directors, ...world().realServers];
  return members.find((one) => one.name === name)?.address ?? '';
}

test('a collector has its own key, the real server that of the two, and the address of the other family', () => {
  const base = worldBut([]);
  const of = {
    ...base,
    directors: base.directors.map((one) => ({ ...one, otherAddresses: ['2001:db8::2'] })),
  };
  const [fra] = of.directors.filter(({ name }) => name === 'fra-d');
  const [lon] = of.realServers.filter(({ name }) => name === 'lon-1');
  if (fra === undefined || lon === undefined) throw new Error('they are there');
  expect(directorContent(of, fra).collecting).toEqual(probeKeys.ofCollector('fra-d'));
  expect(realServerContent(of, lon).collectors).toContainEqual({
    name: 'fra-d',
    addresses: [fra.address, '2001:db8::2'],
    epoch: 7,
    keyHex: probeKeys.toCollector('fra-d', 'lon-1')?.keyHex,
  });
});

test('a director that does not know it is told nothing of it', () => {
  const of = worldBut(['fra-d']);
  const [fra] = of.directors.filter(({ name }) => name === 'fra-d');
  expect(fra && 'collecting' in directorContent(of, fra)).toBe(false);
});

test('from world to world they are the same value', () => {
  const make = createSnapshots();
  const of = worldBut([]);
  const [lon] = of.realServers.filter(({ name }) => name === 'lon-1');
  if (lon === undefined) throw new Error('it is there');
  const before = atOnce(make(of)).realServer(lon).collectors;
  expect(atOnce(make({ ...of })).realServer(lon).collectors).toBe(before);
});
