import { describe, expect, test } from 'vitest';
import { schedulerFacts, schedulers } from '../../../src/domain/ipvs-table.ts';
import { idealWeights } from '../../../src/plan/integer-weights.ts';
import { weightFromTerms } from '../../../src/plan/weights/explain-terms.ts';
import { gcdOf } from '../../../src/plan/weights/gcd.ts';
import type { WeighedRealServer, WeightInput } from '../../../src/plan/weights/input.ts';
import { decideWeights } from '../../../src/plan/weights/weights.ts';

/** `fra-1` stands in site fra. */
function server(name: string, changes: Partial<WeighedRealServer> = {}): WeighedRealServer {
  return {
    name,
    site: name.split('-')[0] ?? '',
    capacityMilliConnections: 1_000_000,
    slowStartPerMille: 1_000,
    holdDownPerMille: 1_000,
    health: 'healthy',
    isDrained: false,
    isEligible: true,
    ...changes,
  };
}

function given(
  flows: Readonly<Record<string, number>>,
  realServers: readonly WeighedRealServer[],
  changes: Partial<WeightInput> = {},
): WeightInput {
  return {
    directorSite: 'lon',
    service: 'web',
    scheduler: 'wrr',
    flows: Object.entries(flows).map(([site, milliConnections]) => ({ site, milliConnections })),
    realServers,
    safety: false,
    failOpen: false,
    ...changes,
  };
}

/** `fra-1 50`. */
function weighed(input: WeightInput): string[] {
  return decideWeights(input).servers.map(({ name, weight }) => `${name} ${weight}`);
}

function many(site: string, count: number, changes: Partial<WeighedRealServer> = {}): WeighedRealServer[] {
  return Array.from({ length: count }, (_, index) => server(`${site}-${index}`, changes));
}

function carrying(input: WeightInput): string[] {
  return decideWeights(input).servers.flatMap(({ name, weight }) => (weight > 0 ? name : []));
}

test.each<[string, WeightInput, string[]]>([
  [
    'a site’s flow over its real servers by capacity',
    given({ fra: 30_000 }, [server('fra-1'), server('fra-2', { capacityMilliConnections: 500_000 })]),
    ['fra-1 100', 'fra-2 50'],
  ],
  [
    'two sites by flow, however many stand in each',
    given({ fra: 60_000, lon: 30_000 }, [server('fra-1'), server('fra-2'), server('lon-1')]),
    ['fra-1 100', 'fra-2 100', 'lon-1 100'],
  ],
  [
    'slow start and hold-down multiply',
    given({ fra: 1_000 }, [
      server('fra-1'),
      server('fra-2', { slowStartPerMille: 500 }),
      server('fra-3', { slowStartPerMille: 500, holdDownPerMille: 200 }),
    ]),
    ['fra-1 100', 'fra-2 50', 'fra-3 10'],
  ],
  [
    'thirds: the remainder goes to the first name',
    given({ fra: 100_000, lon: 100_000 }, [server('fra-1'), ...many('lon', 3)]),
    ['fra-1 100', 'lon-0 34', 'lon-1 33', 'lon-2 33'],
  ],
  [
    'rounding a site up does not leave the range',
    given({ fra: 1_000 }, [server('fra-1'), server('fra-2', { capacityMilliConnections: 335_000 })]),
    ['fra-1 100', 'fra-2 33'],
  ],
  [
    'nor does the largest remainder',
    given({ fra: 1_000 }, [
      server('fra-1'),
      ...many('lon', 6, { site: 'fra', capacityMilliConnections: 101_000 }),
    ]),
    ['fra-1 100', 'lon-0 10', 'lon-1 10', 'lon-2 10', 'lon-3 10', 'lon-4 10', 'lon-5 10'],
  ],
  [
    'unknown counts as healthy, unhealthy does not',
    given({ fra: 1_000 }, [
      server('fra-1', { health: 'unknown' }),
      server('fra-2'),
      server('fra-3', { health: 'unhealthy' }),
    ]),
    ['fra-1 100', 'fra-2 100', 'fra-3 0'],
  ],
  [
    'a site without flow gets nothing',
    given({ fra: 1_000 }, [server('fra-1'), server('lon-1')]),
    ['fra-1 100', 'lon-1 0'],
  ],
  [
    'the flow of a site that is dead goes where the others go',
    given({ fra: 1_000, lon: 500, nyc: 1_000 }, [
      server('fra-1', { health: 'unhealthy' }),
      server('lon-1'),
      server('nyc-1'),
    ]),
    ['fra-1 0', 'lon-1 50', 'nyc-1 100'],
  ],
  [
    'no flow leads to anybody who may carry: by strength',
    given({ fra: 1_000 }, [
      server('fra-1', { isDrained: true }),
      server('lon-1'),
      server('nyc-1', { slowStartPerMille: 100 }),
    ]),
    ['fra-1 0', 'lon-1 100', 'nyc-1 10'],
  ],
  [
    'nobody but one that is held down: hold-down does not count',
    given({ fra: 1_000 }, [
      server('fra-1', { holdDownPerMille: 0 }),
      server('fra-2', { health: 'unhealthy' }),
    ]),
    ['fra-1 100', 'fra-2 0'],
  ],
])('%s', (_, input, expected) => {
  expect(weighed(input)).toEqual(expected);
});

describe('all unhealthy', () => {
  const realServers = [
    server('fra-1', { health: 'unhealthy' }),
    server('fra-2', { health: 'unhealthy', isDrained: true }),
    server('fra-3', { health: 'unhealthy', isEligible: false }),
  ];

  test.each([
    ['closed: nobody', false, ['fra-1 0', 'fra-2 0', 'fra-3 0']],
    ['open: but the drained and the ineligible', true, ['fra-1 100', 'fra-2 0', 'fra-3 0']],
  ])('fails %s', (_, failOpen, expected) => {
    expect(weighed(given({ fra: 1_000 }, realServers, { failOpen }))).toEqual(expected);
  });

  test('one that is healthy is enough not to open', () => {
    const input = given({ fra: 1_000 }, [...realServers, server('lon-1')], { failOpen: true });
    expect(carrying(input)).toEqual(['lon-1']);
  });
});

describe('between no weight and some', () => {
  // lon-1 has 100, and fra-1 what is named; the second real server of fra keeps the site from rounding away.
  const at = (ideal: number, before: number | undefined) =>
    weighed(
      given(
        { lon: 100_000, fra: 10_000 + 1_000 * ideal },
        [
          server('lon-1'),
          server('fra-1', { capacityMilliConnections: 1_000 * ideal }),
          server('fra-2', { capacityMilliConnections: 10_000 }),
        ],
        {
          safety: true,
          ...(before === undefined ? {} : { previous: new Map([['fra-1', before]]) }),
        },
      ),
    )[0];

  test.each([
    ['new, below 0.75', 0.74, undefined, 'fra-1 0'],
    ['new, at 0.75', 0.75, undefined, 'fra-1 1'],
    ['off, below 0.75', 0.74, 0, 'fra-1 0'],
    ['off, at 0.75', 0.75, 0, 'fra-1 1'],
    ['on, at 0.4', 0.4, 1, 'fra-1 1'],
    ['on, below 0.4', 0.39, 1, 'fra-1 0'],
  ])('%s', (_, ideal, before, expected) => {
    expect(at(ideal, before)).toBe(expected);
  });
});

test.each([
  ['may stay', 0.5, ['fra-1', 'fra-3']],
  ['may get on', 0.8, ['fra-1', 'fra-2', 'fra-3']],
])('among those who %s, who has a weight comes first', (_, ideal, expected) => {
  const input = given({ lon: 100_000, fra: 4_000 * ideal }, [server('lon-1'), ...many('fra', 4)], {
    safety: true,
    previous: new Map([['lon-1', 100], ...expected.map((name) => [name, 1] as const)]),
  });
  expect(carrying(input)).toEqual([...expected, 'lon-1']);
});

describe('a share that rounds away everywhere', () => {
  const small = (changes: Partial<WeightInput> = {}, fra = 1_000) =>
    given({ lon: 1_000_000, fra }, [server('lon-1'), ...many('fra', 20)], changes);

  test.each([
    ['one is kept', {}, 1_000, 1],
    ['as many as asked for', { apertureSize: 3 }, 1_000, 3],
    ['not more than there are', { apertureSize: 50 }, 1_000, 20],
    ['as many as the share is worth', {}, 74_000, 7],
    ['a size that is none counts as one', { apertureSize: Number.NaN }, 1_000, 1],
  ])('%s', (_, changes, fra, kept) => {
    const input = small(changes, fra);
    expect(carrying(input)).toHaveLength(kept + 1);
    expect(decideWeights(input).apertures).toMatchObject([{ site: 'fra', kept, of: 20 }]);
  });

  test('another director site and another service choose others', () => {
    const chosen = new Set(
      ['lon', 'nyc', 'ams', 'par'].flatMap((directorSite) =>
        ['web', 'api'].flatMap((service) => carrying(small({ directorSite, service }))),
      ),
    );
    expect(chosen.size).toBeGreaterThan(4);
  });

  test('beside larger ones the small share what is left, and it is recorded', () => {
    const realServers = [
      server('lon-1'),
      server('fra-large', { capacityMilliConnections: 10_000 }),
      ...many('fra', 10, { capacityMilliConnections: 300 }),
    ];
    const decided = decideWeights(given({ lon: 100_000, fra: 13_000 }, realServers));
    expect(decided.servers.find(({ name }) => name === 'fra-large')?.weight).toBe(10);
    expect(decided.apertures).toMatchObject([{ site: 'fra', kept: 4, of: 11 }]);
  });
});

describe('is it worth a write', () => {
  // lon-1 stands at 100; fra-1 moves with the flow.
  const after = (
    fra: number,
    previous: Readonly<Record<string, number>>,
    changes: Partial<WeightInput> = {},
  ) =>
    decideWeights(
      given({ lon: 100_000, fra: 1_000 * fra }, [server('lon-1'), server('fra-1')], {
        previous: new Map(Object.entries(previous)),
        ...changes,
      }),
    );

  test.each([
    ['the same', 50, { 'fra-1': 50, 'lon-1': 100 }, 'unchanged', 50],
    ['less than 5 %', 52, { 'fra-1': 50, 'lon-1': 100 }, 'keep-all', 50],
    ['5 %', 57, { 'fra-1': 60, 'lon-1': 100 }, 'write-all', 57],
    ['one of ten', 11, { 'fra-1': 10, 'lon-1': 100 }, 'write-all', 11],
    ['a remainder of one of ten', 10.6, { 'fra-1': 10, 'lon-1': 100 }, 'keep-all', 10],
    ['another is off: all are written', 51, { 'fra-1': 50, 'lon-1': 90 }, 'write-all', 51],
    ['out of the range', 51, { 'fra-1': 50, 'lon-1': 104 }, 'write-all', 51],
    ['a new real server', 51, { 'lon-1': 100 }, 'write-all', 51],
    ['one with a weight is gone', 51, { 'fra-1': 50, 'fra-2': 1, 'lon-1': 100 }, 'write-all', 51],
    ['one without a weight is gone', 51, { 'fra-1': 50, 'fra-2': 0, 'lon-1': 100 }, 'keep-all', 50],
    ['a weight that is none', 51, { 'fra-1': Number.NaN, 'lon-1': 100 }, 'write-all', 51],
  ])('%s', (_, fra, previous, kind, weight) => {
    const decided = after(fra, previous);
    expect(decided.decision.kind).toBe(kind);
    expect(decided.servers[0]?.weight).toBe(weight);
  });

  test('safety is', () => {
    const decided = after(51, { 'fra-1': 50, 'lon-1': 100 }, { safety: true });
    expect(decided.decision).toEqual({ kind: 'write-all', cause: { kind: 'safety' } });
    expect(decided.servers[0]?.weight).toBe(51);
  });

  test('one that turned unhealthy is, and is named', () => {
    const realServers = [server('fra-1'), server('fra-2', { health: 'unhealthy' })];
    const previous = new Map([
      ['fra-1', 100],
      ['fra-2', 1],
    ]);
    const decided = decideWeights(given({ fra: 1_000 }, realServers, { previous }));
    expect(decided.decision).toEqual({
      kind: 'write-all',
      cause: { kind: 'eligibility', realServer: 'fra-2' },
    });
  });

  test.each([
    ['less, while the one may stay', 11, 10.4],
    ['more, below what gets one on', 10, 10.6],
  ])('one place in an aperture %s is not', (_, before, now) => {
    const at = (fra: number) =>
      given({ lon: 100_000, fra: 1_000 * fra }, [server('lon-1'), ...many('fra', 20)]);
    const previous = new Map(decideWeights(at(before)).servers.map(({ name, weight }) => [name, weight]));
    expect(decideWeights({ ...at(now), previous }).decision).toEqual({ kind: 'keep-all' });
  });

  test('small changes that add up at a site are', () => {
    const realServers = [server('lon-1'), ...many('fra', 10)];
    const previous = new Map([['lon-1', 100], ...many('fra', 10).map(({ name }) => [name, 1] as const)]);
    const decided = decideWeights(given({ lon: 100_000, fra: 19_000 }, realServers, { previous }));
    expect(decided.decision).toEqual({ kind: 'write-all', cause: { kind: 'site', site: 'fra' } });
  });
});

describe('mh', () => {
  test.each([
    ['one alone', [1_000], [1]],
    ['two alike', [1_000, 1_000], [60, 61]],
    ['a common factor', [40_000, 20_000, 61_000], [40, 20, 61]],
  ])('%s', (_, capacities, expected) => {
    const realServers = capacities.map((capacityMilliConnections, index) =>
      server(`fra-${index}`, { capacityMilliConnections }),
    );
    const decided = decideWeights(given({ fra: 1_000 }, realServers, { scheduler: 'mh' }));
    expect(decided.servers.map(({ weight }) => weight)).toEqual(expected);
  });

  test('any two weights have a gcd of 1 after one step of one of them', () => {
    const stuck: string[] = [];
    for (let a = 2; a <= schedulerFacts.mh.largestWeight; a += 1) {
      for (let b = 2; b <= schedulerFacts.mh.largestWeight; b += 1) {
        const moves = [
          [a - 1, b],
          [a + 1, b],
          [a, b - 1],
          [a, b + 1],
        ];
        const isFound = moves.some(
          (move) => Math.max(...move) <= schedulerFacts.mh.largestWeight && gcdOf(move) === 1,
        );
        if (gcdOf([a, b]) > 1 && !isFound) stuck.push(`${a} ${b}`);
      }
    }
    expect(stuck).toEqual([]);
  });
});

test.each(schedulers)('%s has the same range as without flows', (scheduler) => {
  const ideal = idealWeights([{ name: 'fra-1', site: 'fra', share: 1 }], scheduler);
  expect(ideal.get('fra-1')).toBe(schedulerFacts[scheduler].largestWeight);
});

describe('terms', () => {
  test('tell the whole story of a weight', () => {
    const realServers = [
      server('lon-1'),
      server('fra-1'),
      server('fra-2', { slowStartPerMille: 920, holdDownPerMille: 500 }),
    ];
    const decided = decideWeights(given({ lon: 100_000, fra: 50_000 }, realServers));
    const terms = decided.servers[1]?.terms ?? [];
    expect(terms).toEqual([
      { kind: 'site-share', flow: 50_000, of: 150_000, basis: decided.basis },
      {
        kind: 'scale',
        largestWeight: 100,
        flow: 100_000,
        siteStrength: 1_000_000_000,
        strength: 1_000_000_000,
      },
      { kind: 'server-share', capacity: 1_000_000, ofSiteStrength: 1_460_000_000 },
      { kind: 'slow-start', perMille: 920 },
      { kind: 'hold-down', perMille: 500 },
      { kind: 'rounding', siteUnits: 0, remainder: 1_100_000_000, units: 1 },
    ]);
    expect(weightFromTerms(terms)).toBe(16);
  });

  test.each<[string, Partial<WeighedRealServer>]>([
    ['ineligible', { isEligible: false, isDrained: true }],
    ['drained', { isDrained: true, health: 'unhealthy' }],
    ['unhealthy', { health: 'unhealthy' }],
    ['held-down', { holdDownPerMille: 0 }],
    ['no-flow', { site: 'nyc' }],
  ])('excluded: %s', (reason, changes) => {
    const decided = decideWeights(given({ fra: 1_000 }, [server('fra-1'), server('fra-2', changes)]));
    expect(decided.servers.find(({ name }) => name === 'fra-2')?.terms).toEqual([
      { kind: 'excluded', reason },
    ]);
  });
});

test('capacities and flows near the largest stay exact', () => {
  const realServers = many('fra', 1_024, { capacityMilliConnections: 2 ** 40 });
  const input = given({ fra: Number.MAX_SAFE_INTEGER, lon: 1 }, [...realServers, server('lon-1')], {
    scheduler: 'wlc',
  });
  const weights = new Set(
    decideWeights(input).servers.map(({ name, weight }) => `${name.split('-')[0]} ${weight}`),
  );
  expect([...weights]).toEqual(['fra 1000', 'lon 1']);
});
