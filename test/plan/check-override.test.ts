import { expect, test } from 'vitest';
import type { Override } from '../../src/domain/resource.ts';
import { checkOverrides } from '../../src/plan/check-override.ts';
import { override, world } from './fixtures.ts';

const dayMs = 24 * 3_600_000;

function problems(changes: Partial<Override>, nowMs = 0): string[] {
  const given = override(changes);
  return checkOverrides(world({ overrides: [given] }), [given], nowMs).map(
    ({ path, found, expected }) => `${path} | ${found} | ${expected}`,
  );
}

test.each<[string, Partial<Override>]>([
  ['a drain of a site', {}],
  [
    'a drain of a real server, for one service',
    { subject: { kind: 'realServer', name: 'fra-1' }, services: ['web'] },
  ],
  ['a freeze of a site', { order: { kind: 'freeze' } }],
  ['a pin of all', { order: { kind: 'pin', sharePermille: 1_000 } }],
  ['a cap of none', { order: { kind: 'cap', connections: 0 } }],
  ['a bias that makes cheaper', { order: { kind: 'bias', biasMs: -10_000 } }],
  ['90 days', { expiresAtMs: 90 * dayMs }],
])('%s is right', (_, changes) => {
  expect(problems(changes)).toEqual([]);
});

test.each<[string, Partial<Override>, string]>([
  [
    'unknown site',
    { subject: { kind: 'site', name: 'ams' } },
    'spec.site | ams | a declared site: fra, lon, nyc',
  ],
  [
    'unknown real server',
    { subject: { kind: 'realServer', name: 'fra-9' } },
    'spec.realServer | fra-9 | a real server whose agent has registered: fra-1, fra-2, lon-1, lon-2, nyc-1, nyc-2',
  ],
  ['unknown service', { services: ['web', 'api'] }, 'spec.services[1] | api | a declared service: web'],
  ['for ever', { expiresAtMs: 92 * dayMs }, 'spec.expires | a time in 92 days | one at most 90 days away'],
])('%s', (_, changes, expected) => {
  expect(problems(changes)).toEqual([expected]);
});

test.each([
  ['until the last millisecond', 3_599_999, []],
  ['expired this moment', 3_600_000, ['spec.expires | a time 0 s ago | a time to come']],
  ['expired', 3_660_000, ['spec.expires | a time 60 s ago | a time to come']],
])('%s', (_, nowMs, expected) => {
  expect(problems({}, nowMs)).toEqual(expected);
});

test('one that nobody touches is not judged: it may have expired since', () => {
  expect(checkOverrides(world({ overrides: [override()] }), [], dayMs)).toEqual([]);
});
