import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { schedulers } from '../../src/domain/ipvs-table.ts';
import { placementPolicies } from '../../src/domain/resource.ts';
import { siteCosts } from '../../src/plan/path-cost.ts';
import { type PlacementInput, type PlannedRealServer, place } from '../../src/plan/placement.ts';
import { latency, realServer, service } from './fixtures.ts';

function planned(name: string, changes: Partial<PlannedRealServer> = {}): PlannedRealServer {
  return { ...realServer(name), weight: 100, drain: false, ...changes };
}

/** `fra-1 0/100`: tier and weight. */
function placed(input: Partial<PlacementInput>): string[] {
  const all = { service: service(), fromSite: 'fra', realServers: [], latency: [], ...input };
  return place(all).map(({ realServer: name, tier, weight }) => `${name} ${tier}/${weight}`);
}

const wan = [latency('fra', 'lon', 14), latency('fra', 'nyc', 82)];

describe('local', () => {
  test('own site first, then by cost, those not measured last by name', () => {
    const realServers = ['ams-1', 'zrh-1', 'nyc-1', 'lon-1', 'fra-1', 'fra-2'].map((name) => planned(name));
    expect(placed({ realServers, latency: wan })).toEqual([
      'ams-1 3/100',
      'fra-1 0/100',
      'fra-2 0/100',
      'lon-1 1/100',
      'nyc-1 2/100',
      'zrh-1 4/100',
    ]);
  });

  test('a site without own real servers starts at tier 1', () => {
    expect(placed({ realServers: [planned('lon-1')], latency: wan })).toEqual(['lon-1 1/100']);
  });

  test('loss makes a near site far: 5 % costs 100 ms', () => {
    const realServers = [planned('lon-1'), planned('nyc-1')];
    expect(
      placed({ realServers, latency: [latency('fra', 'lon', 14, 0.05), latency('fra', 'nyc', 82)] }),
    ).toEqual(['lon-1 2/100', 'nyc-1 1/100']);
  });

  test.each([
    ['capacity', [{ capacity: 4_000 }, { capacity: 1_000 }], ['fra-1 0/100', 'fra-2 0/25']],
    ['policy weight', [{ weight: 50 }, { weight: 100 }], ['fra-1 0/50', 'fra-2 0/100']],
    ['both', [{ capacity: 2_000, weight: 50 }, {}], ['fra-1 0/100', 'fra-2 0/100']],
    ['drained', [{ drain: true }, {}], ['fra-1 0/0', 'fra-2 0/100']],
    ['policy weight 0', [{ weight: 0 }, {}], ['fra-1 0/0', 'fra-2 0/100']],
    [
      'a tiny one is never rounded away',
      [{ capacity: 100_000 }, { capacity: 1 }],
      ['fra-1 0/100', 'fra-2 0/1'],
    ],
    ['capacity not declared', [{ capacity: 0 }, { capacity: 0 }], ['fra-1 0/100', 'fra-2 0/100']],
  ])('weight within a tier: %s', (_, [first, second], expected) => {
    expect(placed({ realServers: [planned('fra-1', first), planned('fra-2', second)] })).toEqual(expected);
  });

  test('thirds: the remainder goes to the first name', () => {
    const realServers = ['fra-1', 'fra-2', 'fra-3'].map((name, index) =>
      planned(name, { capacity: index === 0 ? 1_000 : 335 }),
    );
    expect(placed({ realServers })).toEqual(['fra-1 0/100', 'fra-2 0/34', 'fra-3 0/33']);
  });
});

describe('latency', () => {
  test('∝ 1/cost²; who would round to 0 stands by', () => {
    const realServers = ['fra-1', 'lon-1', 'nyc-1'].map((name) => planned(name));
    const near = [latency('fra', 'fra', 10), latency('fra', 'lon', 20), latency('fra', 'nyc', 200)];
    expect(placed({ service: service({ placement: 'latency' }), realServers, latency: near })).toEqual([
      'fra-1 0/100',
      'lon-1 0/25',
      'nyc-1 1/100',
    ]);
  });

  test('before anything is measured, the own site carries and the others stand by', () => {
    const realServers = ['fra-1', 'lon-1'].map((name) => planned(name));
    const policy = service({ placement: 'latency' });
    expect(placed({ service: policy, realServers })).toEqual(['fra-1 0/100', 'lon-1 1/100']);
  });

  test('where nothing at all is known, somebody carries', () => {
    const policy = service({ placement: 'latency' });
    expect(placed({ service: policy, realServers: [planned('lon-1')] })).toEqual(['lon-1 0/100']);
  });
});

describe('optimal', () => {
  const policy = service({ placement: 'optimal' });
  const realServers = ['fra-1', 'fra-2', 'lon-1', 'nyc-1'].map((name) => planned(name));
  const drained = [planned('fra-1', { drain: true }), planned('fra-2', { weight: 0 }), planned('lon-1')];
  const weights = (given: Record<string, number>) => new Map(Object.entries(given));

  test('before anything is planned it is local', () => {
    const input = { realServers, latency: wan };
    expect(placed({ ...input, service: policy })).toEqual(placed({ ...input, service: service() }));
  });

  test.each<[string, readonly PlannedRealServer[], Record<string, number>, readonly string[]]>([
    [
      'the planned weights as they are, the rest behind them, nearest first',
      realServers,
      { 'fra-1': 60, 'lon-1': 7 },
      ['fra-1 0/60', 'fra-2 1/100', 'lon-1 0/7', 'nyc-1 2/100'],
    ],
    [
      'who may get nothing stands by with nothing, whatever was planned',
      drained,
      { 'fra-1': 60, 'fra-2': 60, 'lon-1': 7 },
      ['fra-1 1/0', 'fra-2 1/0', 'lon-1 0/7'],
    ],
    [
      'weights for nobody here: somebody carries all the same',
      realServers,
      { 'ams-1': 60 },
      ['fra-1 0/100', 'fra-2 0/100', 'lon-1 1/100', 'nyc-1 2/100'],
    ],
    [
      'a weight that is none plans nothing',
      realServers,
      { 'fra-1': Number.NaN, 'fra-2': Number.POSITIVE_INFINITY, 'lon-1': -1, 'nyc-1': 3 },
      ['fra-1 1/100', 'fra-2 1/100', 'lon-1 2/100', 'nyc-1 0/3'],
    ],
  ])('%s', (_, given, weightsGiven, expected) => {
    const input = { service: policy, realServers: given, latency: wan, planned: weights(weightsGiven) };
    expect(placed(input)).toEqual(expected);
  });

  test('the other policies do not look at what is planned', () => {
    const input = { realServers, latency: wan };
    expect(placed({ ...input, planned: weights({ 'nyc-1': 3 }) })).toEqual(placed(input));
  });
});

test('static: declared weights alone, wherever they are', () => {
  const realServers = [planned('fra-1', { weight: 30, capacity: 9_999 }), planned('nyc-1', { weight: 300 })];
  expect(placed({ service: service({ placement: 'static' }), realServers, latency: wan })).toEqual([
    'fra-1 0/10',
    'nyc-1 0/100',
  ]);
});

test.each([
  ['rr', ['fra-1 0/100', 'fra-2 0/50']],
  ['wlc', ['fra-1 0/1000', 'fra-2 0/500']],
  ['sed', ['fra-1 0/1000', 'fra-2 0/500']],
  ['mh', ['fra-1 0/61', 'fra-2 0/31']],
] as const)('scale of %s', (scheduler, expected) => {
  const realServers = [planned('fra-1', { weight: 200 }), planned('fra-2')];
  expect(placed({ service: service({ scheduler }), realServers })).toEqual(expected);
});

describe('properties', () => {
  const member = fc.record({
    site: fc.constantFrom('fra', 'lon', 'nyc', 'ams'),
    capacity: fc.integer({ min: 0, max: 100_000 }),
    weight: fc.integer({ min: 0, max: 1_000 }),
    drain: fc.boolean(),
  });
  const input = fc
    .record({
      members: fc.array(member, { maxLength: 12 }),
      costsMs: fc.record({
        fra: fc.nat(5),
        lon: fc.integer({ min: 5, max: 100 }),
        nyc: fc.integer({ min: 5, max: 100 }),
      }),
      placement: fc.constantFrom(...placementPolicies),
      scheduler: fc.constantFrom(...schedulers),
    })
    .map(
      ({ members, costsMs, placement, scheduler }): PlacementInput => ({
        service: service({ placement, scheduler }),
        fromSite: 'fra',
        realServers: members.map((one, index) => planned(`${one.site}-${index}`, one)),
        latency: Object.entries(costsMs).map(([to, ms]) => latency('fra', to, ms)),
      }),
    );
  const hundred = { rr: 100, wrr: 100, sh: 100, lc: 100, dh: 100, fo: 100 };
  const fine = { wlc: 1_000, sed: 1_000, nq: 1_000, lblc: 1_000, lblcr: 1_000, ovf: 1_000, twos: 1_000 };
  const tops = { ...hundred, ...fine, mh: 61 };

  test('the order of the input does not matter', () => {
    fc.assert(
      fc.property(input, (given) => {
        const reversed = {
          ...given,
          realServers: given.realServers.toReversed(),
          latency: given.latency.toReversed(),
        };
        expect(place(reversed)).toEqual(place(given));
      }),
    );
  });

  test('weight 0 exactly for the drained and those of weight 0; in range; each once', () => {
    fc.assert(
      fc.property(input, (given) => {
        const destinations = place(given);
        const names = given.realServers.map(({ name }) => name);
        expect(destinations.map(({ realServer: name }) => name).toSorted()).toEqual(names.toSorted());
        for (const { realServer: name, weight } of destinations) {
          const of = given.realServers.find((one) => one.name === name);
          expect(weight > 0).toBe(of !== undefined && !of.drain && of.weight > 0);
          expect(weight).toBeLessThanOrEqual(tops[given.service.scheduler]);
          expect(Number.isInteger(weight)).toBe(true);
        }
      }),
    );
  });

  test('nearer is never in a later tier than farther, among equals', () => {
    fc.assert(
      fc.property(input, (given) => {
        const equals = given.realServers.map((one) => ({ ...one, capacity: 100, weight: 100, drain: false }));
        const { compare } = siteCosts('fra', given.latency);
        const destinations = place({ ...given, realServers: equals });
        const siteOf = (name: string) => name.split('-')[0] ?? '';
        for (const a of destinations) {
          for (const b of destinations) {
            if (compare(siteOf(a.realServer), siteOf(b.realServer)) < 0)
              expect(a.tier).toBeLessThanOrEqual(b.tier);
          }
        }
      }),
    );
  });

  test('mh: the gcd of each tier is 1', () => {
    const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));
    fc.assert(
      fc.property(input, (given) => {
        const destinations = place({ ...given, service: { ...given.service, scheduler: 'mh' } });
        for (const tier of Map.groupBy(destinations, ({ tier }) => tier).values()) {
          const weights = tier.map(({ weight }) => weight).filter((weight) => weight > 0);
          if (weights.length > 0) expect(weights.reduce(gcd)).toBe(1);
        }
      }),
    );
  });
});
