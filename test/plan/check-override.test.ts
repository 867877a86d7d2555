import { expect, test } from 'vitest';
import type { Override, Service } from '../../src/domain/resource.ts';
import { checkOverrides } from '../../src/plan/check-override.ts';
import { director, override, service, world } from './fixtures.ts';

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
  [
    'unknown director',
    { subject: { kind: 'director', name: 'fra-1' } },
    'spec.director | fra-1 | a director whose agent has registered: fra-d, lon-d, nyc-d',
  ],
  ['unknown service', { services: ['web', 'api'] }, 'spec.services[1] | api | a declared service: web'],
  ['for ever', { expiresAtMs: 92 * dayMs }, 'spec.expires | a time in 92 days | one at most 90 days away'],
])('%s', (_, changes, expected) => {
  expect(problems(changes)).toEqual([expected]);
});

test('the last director of a service is drained where the operator insists, and not else', () => {
  const drain = (name: string, changes: Partial<Override> = {}) =>
    override({ name: `drain-director-${name}`, subject: { kind: 'director', name }, ...changes });
  const directors = [director('fra-d'), director('fra-e'), director('lon-d')];
  const found = (services: readonly Service[], overrides: readonly Override[], force = false) =>
    checkOverrides(world({ directors, services, overrides }), overrides, 0, { force }).map(
      ({ found: what, expected }) => `${what} | ${expected}`,
    );
  const last =
    'fra-d | one beside which another takes the clients of web: it is the last that is connected and not drained (--force drains it all the same)';
  const inFra = [service({ sites: ['fra'] })];
  // Another of its site, or of another site that claims it, is enough.
  expect(found(inFra, [drain('fra-d')])).toEqual([]);
  expect(found([service()], [drain('fra-d'), drain('fra-e')])).toEqual([]);
  // A drain that is over drains nobody.
  const over = drain('fra-e', { expiresAtMs: 9 });
  const beside = world({ directors, services: inFra, overrides: [drain('fra-d'), over] });
  expect(checkOverrides(beside, [drain('fra-d')], 10)).toEqual([]);
  expect(found(inFra, [drain('fra-d'), drain('fra-e')])).toContain(last);
  expect(found(inFra, [drain('fra-d'), drain('fra-e')], true)).toEqual([]);
  // Nobody counts on one whose agent is not connected.
  const [own, other] = [drain('fra-d'), { directors, services: inFra, overrides: [drain('fra-d')] }];
  const alone = { isConnected: (name: string) => name === 'fra-d' };
  expect(checkOverrides(world(other), [own], 0, alone).map((one) => one.found)).toEqual(['fra-d']);
  expect(checkOverrides(world(other), [own], 0, { ...alone, force: true })).toEqual([]);
  // What it does not claim, or is not drained for, it is not the last of.
  expect(
    found([...inFra, service({ name: 'api' })], [drain('fra-d', { services: ['api'] }), drain('fra-e')]),
  ).toEqual([]);
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
