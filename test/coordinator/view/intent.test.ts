import { expect, test } from 'vitest';
import { askedWithForce, intentFor } from '../../../src/coordinator/view/intent.ts';
import type { AskedAt } from '../../../src/coordinator/view/store-view.ts';
import { directorContent, realServerContent } from '../../../src/plan/snapshots.ts';
import { director, override, realServer, service, site, world } from '../../plan/fixtures.ts';

const asked = (subject: AskedAt['subject'], name: string, revision: number, forced = false): AskedAt => ({
  subject,
  name,
  revision,
  forced,
});
const at10 = [
  asked('service', 'web', 10),
  asked('realServer', 'fra-1', 10),
  asked('realServer', 'fra-2', 10),
  asked('director', 'fra-d', 10),
  asked('director', 'lon-d', 10),
  asked('site', 'lon', 10, true),
];
const fraDirector = { member: director('fra-d'), content: directorContent(world(), director('fra-d')) };
const fraServer = { member: realServer('fra-1'), content: realServerContent(world(), realServer('fra-1')) };

test.each<
  [string, typeof fraDirector | typeof fraServer, readonly AskedAt[], number, number, string[], boolean]
>([
  [
    'a director: services, real servers and sites, itself, and no other director',
    fraDirector,
    at10,
    9,
    12,
    ['web', 'fra-1', 'fra-2', 'fra-d', 'lon'],
    true,
  ],
  [
    'a real server: services, itself, and directors',
    fraServer,
    at10,
    9,
    12,
    ['web', 'fra-1', 'fra-d', 'lon-d'],
    false,
  ],
  ['what it has already is no news', fraDirector, at10, 10, 12, [], false],
  [
    'an agent of an older program is told everything',
    fraServer,
    at10,
    0,
    12,
    ['web', 'fra-1', 'fra-d', 'lon-d'],
    false,
  ],
  ['the store went back: only what was insisted on counts', fraDirector, at10, 500, 12, ['lon'], true],
  [
    'force is for who has the service',
    fraServer,
    [asked('service', 'web', 11, true), asked('service', 'api', 11, true)],
    10,
    12,
    ['web', 'api'],
    true,
  ],
  ['force of another service is not', fraServer, [asked('service', 'api', 11, true)], 10, 12, ['api'], false],
])('what is told to %s', (_, { member, content }, all, appliedRevision, revision, names, force) => {
  const intent = intentFor(member, content, all, { appliedRevision, revision });
  expect(intent.asked.map(({ name }) => name)).toEqual(names);
  expect(intent.force).toBe(force);
});

test('force insists on what was applied with it, once each, and on no order', () => {
  const policy = { kind: 'RealServer', name: 'fra-1', weight: 1, drain: false } as const;
  const writes = askedWithForce([service(), service(), site('fra'), policy, override()]);
  expect(writes.map(({ key }) => key)).toEqual([
    'asked/service/web',
    'asked/site/fra',
    'asked/realServer/fra-1',
  ]);
});
