// Who is given which keys, while some programs know no keys of pairs.
import { describe, expect, test } from 'vitest';
import type { World } from '../../src/domain/world.ts';
import { directorContent, realServerContent } from '../../src/plan/snapshots.ts';
import { createProbeKeys } from '../../src/probe/keys.ts';
import { world } from './fixtures.ts';

const probeKeys = createProbeKeys([{ epoch: 7, secretHex: 'ab'.repeat(32) }], 7);

/** All know keys of pairs, but those named. */
function worldBut(...old: string[]): World {
  const { directors, realServers, ...rest } = world();
  const known = { capabilities: ['probe-keys'] };
  return {
    ...rest,
    probeKeys,
    directors: directors.map((one) => (old.includes(one.name) ? one : { ...one, ...known })),
    realServers: realServers.map((one) => (old.includes(one.name) ? one : { ...one, ...known })),
  };
}

function keysOf(of: World, name: string): { shared: boolean; keys: string[] } {
  const director = of.directors.find((one) => one.name === name);
  const realServer = of.realServers.find((one) => one.name === name);
  const content = director ? directorContent(of, director) : realServer && realServerContent(of, realServer);
  const keys = content?.keys?.map((key) => key.name || 'own') ?? [];
  return { shared: content?.probe.keyHex !== '', keys };
}

const servers = ['fra-1', 'fra-2', 'lon-1', 'lon-2', 'nyc-1', 'nyc-2'];

describe('keys', () => {
  test.each([
    ['all know them: nobody has the shared one', [], 'fra-d', false, servers],
    ['all know them: a real server has its own', [], 'lon-1', false, ['own']],
    [
      'an old real server: its directors ask it with the shared one',
      ['lon-1'],
      'fra-d',
      true,
      servers.filter((name) => name !== 'lon-1'),
    ],
    ['an old real server has the shared one alone', ['lon-1'], 'lon-1', true, []],
    ['an old real server: the others have nothing to do with it', ['lon-1'], 'lon-2', false, ['own']],
    ['an old director has the shared one alone', ['fra-d'], 'fra-d', true, []],
    ['an old director: every real server knows it by the shared one', ['fra-d'], 'lon-1', true, ['own']],
    ['an old director: the others have nothing to do with it', ['fra-d'], 'lon-d', false, servers],
  ] as const)('%s', (_, old, name, shared, keys) => {
    expect(keysOf(worldBut(...old), name)).toEqual({ shared, keys });
  });

  test('a director is given no key of another’s', () => {
    const of = worldBut();
    const all = of.directors.flatMap(
      (one) => directorContent(of, one).keys?.map(({ keyHex }) => keyHex) ?? [],
    );
    expect(new Set(all).size).toBe(all.length);
    const own = of.realServers.flatMap(
      (one) => realServerContent(of, one).keys?.map(({ keyHex }) => keyHex) ?? [],
    );
    expect(own.filter((keyHex) => all.includes(keyHex))).toEqual([]);
  });

  test('without secrets all share one, as ever', () => {
    const { probeKeys: _, ...rest } = worldBut();
    expect(keysOf(rest, 'fra-d')).toEqual({ shared: true, keys: [] });
    expect(keysOf(rest, 'lon-1')).toEqual({ shared: true, keys: [] });
  });
});
