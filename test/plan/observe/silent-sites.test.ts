import { expect, test } from 'vitest';
import { silentSites } from '../../../src/plan/observe/silent-sites.ts';
import { director, world } from '../fixtures.ts';

const { directors: one } = world();
const directors = [...one, director('fra-d2')];

test.each<[string, Record<string, { isConnected: boolean; reportedAtMs: number } | undefined>, string[]]>([
  ['nobody was ever heard of', {}, ['fra', 'lon', 'nyc']],
  ['one of two is enough', { 'fra-d2': { isConnected: true, reportedAtMs: 95_000 } }, ['lon', 'nyc']],
  [
    'one that has just come',
    { 'lon-d': { isConnected: true, reportedAtMs: Number.NEGATIVE_INFINITY } },
    ['fra', 'nyc'],
  ],
  [
    'a word that will soon be too old',
    { 'lon-d': { isConnected: true, reportedAtMs: 89_000 } },
    ['fra', 'lon', 'nyc'],
  ],
  ['one that has gone', { 'lon-d': { isConnected: false, reportedAtMs: 99_000 } }, ['fra', 'lon', 'nyc']],
])('%s', (_, words, expected) => {
  const agents = { find: (_role: string, name: string) => words[name] as never };
  expect([...silentSites({ directors }, agents, 100_000)]).toEqual(expected);
});

test('a silence is not ended by one that has come, but by its word', () => {
  const silent = new Set(['lon', 'nyc']);
  const lon = (reportedAtMs: number) => ({
    find: (_role: string, name: string) =>
      (name === 'lon-d' ? { isConnected: true, reportedAtMs } : undefined) as never,
  });
  const sites = (reportedAtMs: number) => [
    ...silentSites({ directors: one }, lon(reportedAtMs), 100_000, silent),
  ];
  expect(sites(Number.NEGATIVE_INFINITY)).toEqual(['fra', 'lon', 'nyc']);
  expect(sites(100_000)).toEqual(['fra', 'nyc']);
});
