import { expect, test } from 'vitest';
import type { CallerRole } from '../../src/domain/caller.ts';
import type { OperatorRights, Override, RemovableKind } from '../../src/domain/resource.ts';
import { beyondRights, type TouchedByChange } from '../../src/plan/operator-rights.ts';

const operators: readonly OperatorRights[] = [
  { name: 'web', services: ['web', 'shop'], sites: [] },
  { name: 'fra', services: [], sites: ['fra'] },
  { name: 'services', services: ['*'], sites: [] },
  { name: 'sites', services: [], sites: ['*'] },
  { name: 'all', services: ['*'], sites: ['*'] },
];
const registered: Readonly<Record<string, string>> = {
  'RealServer/fra-r1': 'fra',
  'RealServer/lon-r1': 'lon',
  'Director/fra-d1': 'fra',
};

function judged(name: string, ...touched: readonly TouchedByChange[]): string | undefined {
  return beyondRights({ role: 'operator', identity: `spiffe://a.example/operator/${name}` }, touched, {
    operators,
    siteOf: ({ kind, name: of }) => registered[`${kind}/${of}`],
  });
}
const one = (kind: RemovableKind, name: string): TouchedByChange => ({ kind, name });
const order = (kind: 'site' | 'realServer', name: string, services: readonly string[] = []): Override => ({
  ...{ kind: 'Override', name: 'o', order: { kind: 'drain' }, subject: { kind, name }, services },
  ...{ owner: 'me', reason: 'tests', expiresAtMs: 1 },
});
const made = (after: Override): TouchedByChange => ({ kind: 'Override', name: 'o', after });
const gone = (before: Override): TouchedByChange => ({ kind: 'Override', name: 'o', before });

test.each<[string, TouchedByChange, readonly string[]]>([
  ['a service', one('Service', 'web'), ['web', 'services', 'all']],
  ['another service', one('Service', 'mail'), ['services', 'all']],
  ['a site', one('Site', 'fra'), ['fra', 'sites', 'all']],
  ['a new site', one('Site', 'syd'), ['sites', 'all']],
  ['a real server', one('RealServer', 'fra-r1'), ['fra', 'sites', 'all']],
  ['a real server elsewhere', one('RealServer', 'lon-r1'), ['sites', 'all']],
  ['a real server that is registered nowhere', one('RealServer', 'new'), ['sites', 'all']],
  ['a director', one('Director', 'fra-d1'), ['fra', 'sites', 'all']],
  ['an order about a site', made(order('site', 'fra')), ['fra', 'services', 'sites', 'all']],
  ['an order about a real server', made(order('realServer', 'lon-r1')), ['services', 'sites', 'all']],
  [
    'an order about a site for one service alone',
    made(order('site', 'lon', ['web'])),
    ['web', 'services', 'sites', 'all'],
  ],
  [
    'an order for one service too many',
    made(order('site', 'lon', ['web', 'mail'])),
    ['services', 'sites', 'all'],
  ],
  ['the end of an order about a site', gone(order('site', 'fra')), ['fra', 'services', 'sites', 'all']],
  [
    "another's order, made one's own",
    { ...made(order('site', 'lon', ['web'])), before: order('site', 'fra') },
    ['services', 'sites', 'all'],
  ],
  ['an order that nobody can read', { ...one('Override', 'o'), before: 'unreadable' }, ['sites', 'all']],
  ['the settings', one('Settings', 'default'), []],
])('%s may be changed by who has all that it concerns', (_, touched, expected) => {
  expect(operators.filter(({ name }) => judged(name, touched) === undefined).map(({ name }) => name)).toEqual(
    expected,
  );
});

test('a change is refused whole for what is not his in it, with what is his, and who may', () => {
  expect(judged('web', one('Service', 'web'), one('Service', 'mail'), one('RealServer', 'lon-r1'))).toBe(
    'operator/web may not change Service/mail, RealServer/lon-r1 (of site lon): its own are service web, shop (Settings/default, spec.operators). Who may: an admin, operator/all',
  );
  expect(judged('fra', one('Settings', 'default'))).toBe(
    'operator/fra may not change Settings/default: its own are site fra (Settings/default, spec.operators). Who may: an admin',
  );
  expect(judged('stranger', one('Service', 'web'))).toBe(
    'operator/stranger may not change Service/web: nothing is granted to it (Settings/default, spec.operators). Who may: an admin, operator/web, operator/services, operator/all',
  );
  const many = Array.from({ length: 7 }, (_, index) => one('Site', `s${index}`));
  expect(judged('fra', ...many)).toContain('Site/s3, Site/s4 and 2 more: its own');
});

test.each<CallerRole>(['admin', 'local', 'unnamed'])('no Settings keep %s from anything', (role) => {
  const facts = { operators: [{ name: 'alice', services: ['web'], sites: [] }], siteOf: () => undefined };
  const caller = { role, identity: 'spiffe://a.example/admin/alice' };
  expect(beyondRights(caller, [one('Settings', 'default'), one('Site', 'fra')], facts)).toBeUndefined();
});
