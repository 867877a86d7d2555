import { describe, expect, test } from 'vitest';
import { wayUnder } from '../../src/plan/forwarding.ts';
import { directorContent, realServerContent } from '../../src/plan/snapshots.ts';
import { director, realServer, service, site, world } from './fixtures.ts';

describe('director', () => {
  test('services by name, real servers by site and name, whatever the order of the world', () => {
    const given = world({ services: [service(), service({ name: 'api', vips: ['192.0.2.11'] })] });
    const turned = world({
      ...given,
      services: given.services.toReversed(),
      realServers: given.realServers.toReversed(),
    });
    const content = directorContent(given, director('fra-d'));
    expect(directorContent(turned, director('fra-d'))).toEqual(content);
    expect(content.services.map(({ name }) => name)).toEqual(['api', 'web']);
    expect(
      content.realServers.map(({ name, forwarding, tunnel }) => `${name} ${forwarding} ${tunnel}`),
    ).toEqual([
      'fra-1 direct ipip',
      'fra-2 direct ipip',
      'lon-1 tunnel ipip',
      'lon-2 tunnel ipip',
      'nyc-1 tunnel gre',
      'nyc-2 tunnel gre',
    ]);
  });

  test('how GUE is sent is told to directors that know of it: others would refuse all that they are told', () => {
    const fra = { ...site('fra', 'gue'), gue: { port: 6_081, checksum: true } };
    const given = world({ sites: [fra, site('lon'), site('nyc')], services: [service()] });
    const [known, before] = [director('lon-d', { capabilities: ['gue'] }), director('lon-d')].map((one) =>
      directorContent(given, one).realServers.find(({ name }) => name === 'fra-1'),
    );
    expect(known).toMatchObject({ tunnel: 'gue', gue: fra.gue });
    expect(before).toMatchObject({ tunnel: 'gue' });
    expect(before).not.toHaveProperty('gue');
  });

  test('only services that its site claims, and only real servers that they select', () => {
    const services = [service({ sites: ['lon'] }), service({ name: 'api', selector: { app: 'api' } })];
    const content = directorContent(world({ services }), director('fra-d'));
    expect(content.services).toMatchObject([{ name: 'api', destinations: [] }]);
    expect(content.realServers).toEqual([]);
  });

  test("what is planned for its site's directors weighs, and nothing that is planned for others", () => {
    const given = world({
      services: [service({ placement: 'optimal' })],
      plannedWeights: new Map([
        [
          'web',
          new Map([
            ['fra', new Map([['lon-1', 7]])],
            ['lon', new Map([['lon-2', 9]])],
          ]),
        ],
      ]),
    });
    const [web] = directorContent(given, director('fra-d')).services;
    const first = web?.destinations.filter(({ tier }) => tier === 0);
    expect(first).toEqual([{ realServer: 'lon-1', tier: 0, weight: 7, drained: false }]);
  });

  test.each([
    ['by default an hour', undefined, 3_600],
    ['as its service says', 60, 60],
    ['until the connections end', 0, 0],
  ])('of what is drained by order it says so, and for how long: %s', (_, drainSeconds, expected) => {
    const realServerPolicies = [{ kind: 'RealServer' as const, name: 'fra-1', weight: 0, drain: false }];
    const given = world({ services: [service({ drainSeconds })], realServerPolicies });
    const [web] = directorContent(given, director('fra-d')).services;
    expect(web?.drainSeconds).toBe(expected);
    expect(web?.destinations.filter(({ drained }) => drained)).toEqual([
      { realServer: 'fra-1', tier: 0, weight: 0, drained: true },
    ]);
    const [undrained] = directorContent({ ...given, realServerPolicies: [] }, director('fra-d')).services;
    expect(undrained?.drainSeconds).toBe(0);
  });

  test('who stands in no declared site is left out', () => {
    const given = world({ sites: [site('fra')] });
    expect(directorContent(given, director('fra-d')).realServers.map(({ name }) => name)).toEqual([
      'fra-1',
      'fra-2',
    ]);
    expect(directorContent(given, director('lon-d')).services).toEqual([]);
  });

  test('direct and masquerade reach no further than the link and the site', () => {
    for (const forwarding of ['direct', 'masquerade'] as const) {
      const content = directorContent(world({ services: [service({ forwarding })] }), director('fra-d'));
      expect(content.realServers.map(({ name }) => name)).toEqual(['fra-1', 'fra-2']);
      expect(content.services[0]?.destinations).toHaveLength(2);
    }
  });

  test('auto follows what another service states for the same real server', () => {
    const services = [service(), service({ name: 'zeta', vips: ['192.0.2.12'], forwarding: 'tunnel' })];
    const content = directorContent(world({ services }), director('fra-d'));
    expect(content.realServers[0]).toMatchObject({ name: 'fra-1', forwarding: 'tunnel' });
  });
});

test.each([
  ['auto', 'fra-d', {}, 'direct'],
  ['auto', 'fra-d', { prefixLength: 28, address: '10.1.0.200' }, 'tunnel'],
  ['auto', 'lon-d', {}, 'tunnel'],
  ['tunnel', 'fra-d', {}, 'tunnel'],
  ['direct', 'fra-d', {}, 'direct'],
  ['direct', 'lon-d', {}, undefined],
  ['masquerade', 'fra-d', {}, 'masquerade'],
  ['masquerade', 'lon-d', {}, undefined],
] as const)('the way under %s from %s with %o: %s', (policy, from, changes, expected) => {
  expect(wayUnder(policy, director(from, changes), realServer('fra-1'))).toBe(expected);
});

describe('real server', () => {
  test('its services, the tunnel of its site, every director that may send', () => {
    const services = [service({ sites: ['fra', 'nyc'] }), service({ name: 'api', selector: { app: 'api' } })];
    const content = realServerContent(world({ services }), realServer('nyc-1', { address: '10.3.0.11' }));
    expect(content.tunnel).toBe('gre');
    expect(content.services.map(({ name }) => name)).toEqual(['web']);
    expect(content.directors).toEqual([
      { name: 'fra-d', address: '10.1.0.1', forwarding: 'tunnel' },
      { name: 'nyc-d', address: '10.3.0.1', forwarding: 'direct' },
    ]);
  });

  test('both sides agree on who sends to whom, and how', () => {
    const given = world();
    for (const from of given.directors) {
      for (const to of directorContent(given, from).realServers) {
        const member = given.realServers.find(({ name }) => name === to.name);
        const seen =
          member && realServerContent(given, member).directors.find(({ name }) => name === from.name);
        expect(seen?.forwarding).toBe(to.forwarding);
      }
    }
  });

  test('in no declared site it gets nothing', () => {
    expect(realServerContent(world({ sites: [] }), realServer('fra-1'))).toMatchObject({
      services: [],
      directors: [],
    });
  });
});
