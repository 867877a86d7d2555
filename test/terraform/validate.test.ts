/** A mistake is shown at its attribute, and only where nothing that is still unknown could mend it. */
import { describe, expect, it } from 'vitest';
import type { AttributePath } from '../../terraform/provider/core/document.ts';
import { unknown, type Values } from '../../terraform/provider/core/value.ts';
import { plan, validate } from '../../terraform/provider/managed.ts';
import { filledIn, typeNamed, web } from './values.ts';

const nowMs = Date.parse('2030-01-01T00:00:00Z');

/** `health.ports["80/tcp"].type: …` */
function mistakes(name: string, config: Values): string[] {
  const type = typeNamed(name);
  return validate(type, filledIn(type.attributes, config), nowMs).map(
    ({ detail, path }) => `${pathText(path ?? [])}: ${detail}`,
  );
}

function pathText(path: AttributePath): string {
  return path
    .map((step) =>
      'attribute' in step ? `.${step.attribute}` : 'key' in step ? `[${step.key}]` : `[${step.index}]`,
    )
    .join('')
    .slice(1);
}

describe('a mistake stands at its attribute', () => {
  it.each<[string, Values, string]>([
    ['service', { ...web, name: 'Web!' }, 'name: Found "Web!", expected'],
    // Elements of a set have no place of their own.
    ['service', { ...web, vips: ['192.0.2.10', '127.0.0.1'] }, 'vips: Found "127.0.0.1", expected a unicast'],
    ['service', { ...web, ports: ['80'] }, 'ports: Found "80", expected a port from 1 to 65535'],
    ['service', { ...web, scheduler: 'best' }, 'scheduler: Found "best", expected one of rr, wrr'],
    [
      'service',
      { ...web, placement: { slow_start_seconds: 3601 } },
      'placement.slow_start_seconds: Found 3601',
    ],
    ['service', { ...web, health: { type: 'http', expect: ['200', '99'] } }, 'health.expect[1]: Found "99"'],
    ['service', { ...web, health: { path: '/x' } }, 'health.path: Found a setting of http, https checks'],
    ['service', { ...web, health: { ports: { '81/tcp': {} } } }, 'health.ports[81/tcp]: Found 81/tcp'],
    [
      'service',
      { ...web, health: { ports: { '80/tcp': { type: 'grpc', grpc_service: 'a b' } } } },
      'health.ports[80/tcp].grpc_service: Found "a b"',
    ],
    ['service', { ...web, ports: ['80:8080/tcp'] }, 'ports: Found "80:8080/tcp", expected the same port'],
    [
      'real_server',
      { name: 'r1', weight: 1001 },
      'weight: Found 1001, expected a whole number from 0 to 1000',
    ],
    ['real_server', { name: 'r1', weight: 1.5 }, 'weight: Found 1.5'],
    [
      'override',
      { name: 'o', kind: 'freeze', real_server: 'r1', owner: 'o', reason: 'r', for: '30m' },
      'real_server: Found a real server, expected site instead',
    ],
    [
      'override',
      {
        name: 'o',
        kind: 'bias',
        site: 'fra',
        owner: 'o',
        reason: 'r',
        for: '30m',
        expires: '2030-01-02T00:00:00Z',
      },
      'for: Found expires as well',
    ],
    [
      'override',
      { name: 'o', kind: 'bias', site: 'fra', owner: 'o', reason: 'r', for: '30m' },
      'bias_ms: Found nothing',
    ],
    ['settings', { removal: { services: '101%' } }, 'removal.services: Found "101%"'],
    ['settings', { operators: [{ name: 'ada' }] }, 'operators[0]: Found neither services nor sites'],
  ])('%s %j', (name, config, expected) => {
    expect(mistakes(name, config)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(new RegExp(`^${expected.replace(/[.[\]/+?()]/g, '\\$&')}`)),
      ]),
    );
  });

  it('says the names of attributes, not those of files', () => {
    expect(mistakes('override', { name: 'o', kind: 'drain', owner: 'o', reason: 'r', for: '30m' })).toEqual([
      'site: Found nothing, expected a site, or real_server, or director: what it is about.',
    ]);
  });
});

describe('what is not known yet is not complained about', () => {
  it.each<[string, Values]>([
    ['service', { ...web, vips: unknown, selector: unknown }],
    ['service', { ...web, selector: { app: unknown } }],
    ['service', { ...web, health: { type: unknown, path: '/x' } }],
    ['service', { ...web, ports: ['80/tcp', unknown], health: { ports: { '81/tcp': { type: 'http' } } } }],
    ['service', { ...web, persistence: { seconds: unknown } }],
    ['override', { name: 'o', kind: unknown, site: unknown, owner: 'o', reason: 'r', for: unknown }],
    ['settings', { removal: unknown }],
    ['settings', { operators: [unknown, { name: 'ada', services: unknown }] }],
  ])('%s %j', (name, config) => {
    expect(mistakes(name, config)).toEqual([]);
  });

  it('what is wrong by itself is, all the same', () => {
    expect(mistakes('service', { ...web, vips: unknown, scheduler: 'best' })).toEqual([
      expect.stringContaining('scheduler: Found "best"'),
    ]);
  });
});

it('what is known only when it is planned is judged then', () => {
  const type = typeNamed('service');
  const config = filledIn(type.attributes, { ...web, health: { type: 'tcp', path: '/x' } });
  expect(plan(type, config, null, nowMs).diagnostics).toMatchObject([
    { severity: 'error', path: [{ attribute: 'health' }, { attribute: 'path' }] },
  ]);
});

it('another name is another resource', () => {
  const type = typeNamed('site');
  const prior = filledIn(type.attributes, { name: 'fra', tunnel: { type: 'ipip' } });
  expect(plan(type, { ...prior, name: 'lon' }, prior, nowMs).requiresReplace).toEqual([
    [{ attribute: 'name' }],
  ]);
  expect(plan(type, prior, prior, nowMs).requiresReplace).toEqual([]);
});
