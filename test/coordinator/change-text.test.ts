import { expect, test } from 'vitest';
import { changeText } from '../../src/coordinator/change-text.ts';
import { service, site } from './harness.ts';

const before = service('web');
const secret = 'Bearer c2VjcmV0';

test.each([
  [{ ...before, scheduler: 'rr' as const }, 'Service/web changed: scheduler'],
  [
    { ...before, vips: ['192.0.2.11'], health: { ...before.health, fall: 3 } },
    'Service/web changed: vips, health.fall',
  ],
  [
    {
      ...before,
      health: { ...before.health, type: 'http' as const, path: '/', headers: { authorization: secret } },
    },
    'Service/web changed: health.type, health.path, health.expect, health.headers',
  ],
])('what is other is named, its values are not: %#', (after, expected) => {
  const text = changeText({ kind: 'Service', name: 'web', outcome: 'changed', before, after });
  expect(text).toBe(expected);
  expect(text).not.toContain(secret);
});

test.each([
  [{ kind: 'Site', name: 'fra', outcome: 'created', after: site('fra') } as const, 'Site/fra created'],
  [{ kind: 'Site', name: 'fra', outcome: 'deleted', before: 'unreadable' } as const, 'Site/fra deleted'],
  [{ kind: 'Director', name: 'd1', outcome: 'deregistered' } as const, 'Director/d1 deregistered'],
])('what came or went is named: %#', (change, expected) => expect(changeText(change)).toBe(expected));
