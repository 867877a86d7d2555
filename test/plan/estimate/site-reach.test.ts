import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { World } from '../../../src/domain/world.ts';
import { siteReaches } from '../../../src/plan/estimate/site-reach.ts';
import { director, override, realServer, service, world } from '../fixtures.ts';

const names = (...all: string[]): ReadonlySet<string> => new Set(all);
const policy = (name: string, changes: { weight?: number; drain?: boolean }) => ({
  kind: 'RealServer' as const,
  name,
  weight: 100,
  drain: false,
  ...changes,
});

interface Case {
  readonly world?: Partial<World>;
  readonly failed?: ReadonlySet<string>;
  readonly cutOff?: Readonly<Record<string, ReadonlySet<string>>>;
}

/** `fra 5000/6000`: usable of reachable. Three sites with two real servers of 1,000 each. */
function figures({ world: changes = {}, failed = names(), cutOff = {} }: Case): string[] {
  const reaches = siteReaches({
    world: world(changes),
    failed: new Map([['web', failed]]),
    cutOff: new Map(Object.entries(cutOff)),
  });
  return (reaches.get('web') ?? []).map(
    ({ site, usableConnections, reachableConnections }) =>
      `${site} ${usableConnections}/${reachableConnections}`,
  );
}

const masquerade = { services: [service({ forwarding: 'masquerade' })] };

test.each<[string, Case, string[]]>([
  ['by tunnel everybody is reached', {}, ['fra 6000/6000', 'lon 6000/6000', 'nyc 6000/6000']],
  [
    'what has failed is not usable from anywhere',
    { failed: names('fra-1') },
    ['fra 5000/6000', 'lon 5000/6000', 'nyc 5000/6000'],
  ],
  [
    'what is cut off from one site is missing there alone, and once',
    { failed: names('fra-1'), cutOff: { lon: names('fra-1', 'fra-2') } },
    ['fra 5000/6000', 'lon 4000/6000', 'nyc 5000/6000'],
  ],
  [
    'a site whose directors are all drained attracts nobody, and is no measure for the others',
    { world: { overrides: [override({ subject: { kind: 'director', name: 'lon-d' } })] } },
    ['fra 6000/6000', 'nyc 6000/6000'],
  ],
  [
    'drained ones and those of weight 0 are not to be reached',
    {
      world: {
        realServerPolicies: [policy('fra-1', { weight: 0 }), policy('fra-2', { drain: true })],
        overrides: [override({ subject: { kind: 'site', name: 'lon' } })],
      },
      failed: names('fra-1'),
    },
    ['fra 2000/2000', 'lon 2000/2000', 'nyc 2000/2000'],
  ],
  [
    'masquerade stays in its site',
    { world: masquerade, failed: names('fra-1'), cutOff: { lon: names('lon-1', 'nyc-1') } },
    ['fra 1000/2000', 'lon 1000/2000', 'nyc 2000/2000'],
  ],
  [
    'direct stays on its link',
    {
      world: {
        services: [service({ forwarding: 'direct' })],
        directors: [director('fra-d'), director('lon-d', { address: '10.9.0.1' })],
      },
    },
    ['fra 2000/2000', 'lon 0/0'],
  ],
  [
    'only sites that claim it, and have directors',
    { world: { services: [service({ sites: ['fra', 'nyc'] })] } },
    ['fra 6000/6000', 'nyc 6000/6000'],
  ],
  ['nothing of a service that one site claims', { world: { services: [service({ sites: ['fra'] })] } }, []],
  [
    'a capacity that nobody declared is not nothing',
    {
      world: {
        services: [service({ sites: ['fra', 'lon'] })],
        realServers: [realServer('fra-1', { capacity: 0 }), realServer('fra-2', { capacity: Number.NaN })],
      },
    },
    ['fra 2/2', 'lon 2/2'],
  ],
])('%s', (_, given, expected) => {
  expect(figures(given)).toEqual(expected);
});

test('the order of the world does not matter, and usable is never more than reachable', () => {
  const some = fc.subarray(world().realServers.map(({ name }) => name)).map((all) => names(...all));
  fc.assert(
    fc.property(some, some, some, fc.constantFrom('auto', 'masquerade', 'direct'), (a, b, c, forwarding) => {
      const services = [service({ forwarding })];
      const given = world({ services });
      const turned = {
        services,
        realServers: given.realServers.toReversed(),
        directors: given.directors.toReversed(),
        sites: given.sites.toReversed(),
      };
      const cutOff = { fra: b, lon: c };
      const result = figures({ world: { services }, failed: a, cutOff });
      expect(figures({ world: turned, failed: a, cutOff })).toEqual(result);
      for (const line of result) {
        const [usable = 0, reachable = 0] = line.split(' ')[1]?.split('/').map(Number) ?? [];
        expect(usable).toBeLessThanOrEqual(reachable);
        expect(usable).toBeGreaterThanOrEqual(0);
      }
    }),
    { seed: 42, numRuns: 1_000 },
  );
});
