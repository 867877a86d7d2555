import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { WhatIf, WhatIfChange } from '../../../src/domain/question.ts';
import type { OptimalInput } from '../../../src/plan/optimal/flow-input.ts';
import { whatIfByPool } from '../../../src/plan/optimal/what-if.ts';
import { whatIfText } from '../../../src/plan/optimal/what-if-text.ts';
import { realServer, service, world } from '../fixtures.ts';
import { demand, flowsOf, latestPlan, optimalInput } from './situations.ts';
import { anyWorld } from './worlds.ts';

/** In one go. */
function whatIf(...question: Parameters<typeof whatIfByPool>): WhatIf {
  const work = whatIfByPool(...question);
  for (;;) {
    const { done, value } = work.next();
    if (done === true) return value;
  }
}

/** Each site serves its own 1,000, 600 and 400 of 2,000, and that is in force. */
function settled(changes: Partial<OptimalInput> = {}): OptimalInput {
  const input = optimalInput(changes);
  return { ...input, flows: flowsOf(latestPlan(input).plan) };
}

/** `fra→lon 0 → 300`, of ways that change. */
function moves({ flows }: WhatIf): string[] {
  return flows
    .filter(({ beforeMilli, afterMilli }) => beforeMilli !== afterMilli)
    .map(
      ({ from, to, beforeMilli, afterMilli }) =>
        `${from}→${to} ${beforeMilli / 1_000} → ${afterMilli / 1_000}`,
    );
}

function use({ sites }: WhatIf): string[] {
  return sites.map(({ site, after }) => `${site} ${after.loadMilli / 1_000}/${after.capacityMilli / 1_000}`);
}

describe('what would move', () => {
  it.each<[string, readonly WhatIfChange[], readonly string[]]>([
    ['nothing', [], []],
    [
      'a site that is down: to the nearest',
      [{ kind: 'site-down', site: 'lon' }],
      ['lon→fra 0 → 600', 'lon→lon 600 → 0'],
    ],
    [
      'a site that is down, with a shorter way to another',
      [
        { kind: 'site-down', site: 'lon' },
        { kind: 'rtt', from: 'nyc', to: 'lon', us: 8_000 },
      ],
      ['lon→lon 600 → 0', 'lon→nyc 0 → 600'],
    ],
    [
      'half the capacity: what is beyond 85 % spills to the nearest',
      [{ kind: 'capacity', site: 'fra', permille: 500 }],
      ['fra→fra 1000 → 850', 'fra→lon 0 → 150'],
    ],
    [
      'more demand: the same',
      [{ kind: 'demand', site: 'fra', permille: 1_800 }],
      ['fra→fra 1000 → 1700', 'fra→lon 0 → 100'],
    ],
    ['a drained site', [{ kind: 'drain', name: 'nyc' }], ['nyc→lon 0 → 400', 'nyc→nyc 400 → 0']],
    ['a drained real server that the others stand in for', [{ kind: 'drain', name: 'nyc-1' }], []],
  ])('%s', (_, changes, expected) => {
    expect(moves(whatIf(settled(), changes))).toEqual(expected);
  });

  it('not what moves today anyhow', () => {
    const flows = [{ service: 'web', flows: [{ from: 'nyc', to: 'lon', milli: 400_000 }] }];
    expect(moves(whatIf(optimalInput({ flows }), []))).toEqual([]);
  });
});

test('sites are shown by load and what they have', () => {
  const after = whatIf(settled(), [{ kind: 'site-down', site: 'lon' }]);
  expect(use(after)).toEqual(['fra 1600/2000', 'lon 0/0', 'nyc 400/2000']);
});

test.each<[string, readonly WhatIfChange[], Pick<WhatIf, 'ticks' | 'waitTicks' | 'seconds'>]>([
  ['nothing moves', [], { ticks: 0, waitTicks: 0, seconds: 0 }],
  [
    'a dead site is left at once',
    [{ kind: 'site-down', site: 'lon' }],
    { ticks: 1, waitTicks: 0, seconds: 5 },
  ],
  [
    'ten points a plan, after a minute in which so much is not believed',
    [{ kind: 'rtt', from: 'fra', to: 'fra', us: 90_000 }],
    { ticks: 10, waitTicks: 12, seconds: 110 },
  ],
])('how long it takes: %s', (_, changes, expected) => {
  expect(whatIf(settled(), changes)).toMatchObject({ ...expected, settled: true });
});

test.each<[string, readonly WhatIfChange[], number]>([
  ['all of it', [{ kind: 'site-down', site: 'lon' }], 600_000],
  ['what spills', [{ kind: 'demand', site: 'fra', permille: 1_800 }], 100_000],
  ['less demand is no move', [{ kind: 'demand', site: 'fra', permille: 300 }], 0],
])('how much moves: %s', (_, changes, movedMilli) => {
  expect(whatIf(settled(), changes)).toMatchObject({ movedMilli });
});

describe('one service alone', () => {
  const services = [
    service({ placement: 'optimal' }),
    service({ name: 'shop', placement: 'optimal' }),
    service({ name: 'dns', placement: 'optimal', selector: { app: 'dns' } }),
  ];
  const everything = world({ services });
  const extra = realServer('fra-9', { labels: { app: 'dns' } });
  const input = optimalInput({
    world: { ...everything, realServers: [...everything.realServers, extra] },
  });

  it('shows its flows, and the sites that it shares with others', () => {
    const { flows, sites } = whatIf(input, [], 'web');
    expect(new Set(flows.map((flow) => flow.service))).toEqual(new Set(['web']));
    expect(sites.map(({ site, services: sharing }) => `${site} ${sharing}`)).toEqual([
      'fra shop,web',
      'lon shop,web',
      'nyc shop,web',
    ]);
  });

  it('comes to the same as among all', () => {
    const changes = [{ kind: 'site-down', site: 'lon' }] as const;
    const all = whatIf(input, changes).flows.filter((flow) => flow.service === 'web');
    expect(whatIf(input, changes, 'web').flows).toEqual(all);
  });
});

describe('what cannot be supposed', () => {
  const optimal = settled();
  const local = optimalInput({ world: world() });
  it.each<[OptimalInput, WhatIfChange, string | undefined, string, string]>([
    [
      optimal,
      { kind: 'site-down', site: 'ams' },
      undefined,
      'not-found',
      'found the site "ams", expected one: fra, lon, nyc',
    ],
    [
      optimal,
      { kind: 'rtt', from: 'fra', to: 'ams', us: 1 },
      undefined,
      'not-found',
      'found the site "ams", expected one: fra, lon, nyc',
    ],
    [
      optimal,
      { kind: 'drain', name: 'fra-9' },
      undefined,
      'not-found',
      'found the site or real server "fra-9", expected one: fra, fra-1, fra-2, lon, lon-1, lon-2, nyc, nyc-1, nyc-2',
    ],
    [
      optimal,
      { kind: 'capacity', site: 'fra', permille: -1 },
      undefined,
      'invalid',
      'capacity: found -1, expected a whole number from 0 to 10000',
    ],
    [
      optimal,
      { kind: 'demand', site: 'fra', permille: 10_001 },
      undefined,
      'invalid',
      'demand: found 10001, expected a whole number from 0 to 10000',
    ],
    [
      optimal,
      { kind: 'drain', name: 'fra' },
      'shop',
      'not-found',
      'found the service "shop", expected one: web',
    ],
    [
      local,
      { kind: 'drain', name: 'fra' },
      'web',
      'refused',
      'web is placed by policy local, which follows no demand: expected optimal',
    ],
    [
      local,
      { kind: 'drain', name: 'fra' },
      undefined,
      'refused',
      'no service has the placement optimal: the others follow no demand',
    ],
  ])('%#', (input, change, name, code, message) => {
    const ask = () => whatIf(input, [change], name);
    expect(ask).toThrow(expect.objectContaining({ code, message: `suppose: ${message}` }));
  });
});

test('no demand gets lost, and nothing supposed changes nothing', () => {
  fc.assert(
    fc.property(anyWorld, ({ input }) => {
      const { flows, movedMilli } = whatIf(input, []);
      expect(movedMilli).toBe(0);
      for (const own of Map.groupBy(flows, ({ service: name, from }) => `${name} ${from}`).values()) {
        const [before, after] = [
          sum(own.map((one) => one.beforeMilli)),
          sum(own.map((one) => one.afterMilli)),
        ];
        expect(after).toBe(before);
      }
    }),
    { seed: 42, numRuns: 100 },
  );
});

test('every supposition ends', () => {
  const change = fc.oneof(
    fc.constantFrom<WhatIfChange>(
      { kind: 'site-down', site: 'fra' },
      { kind: 'drain', name: 'lon' },
      { kind: 'rtt', from: 'ams', to: 'nyc', us: 1_000 },
    ),
    fc
      .integer({ min: 0, max: 10_000 })
      .map((permille): WhatIfChange => ({ kind: 'demand', site: 'lon', permille })),
    fc
      .integer({ min: 0, max: 10_000 })
      .map((permille): WhatIfChange => ({ kind: 'capacity', site: 'nyc', permille })),
  );
  fc.assert(
    fc.property(anyWorld, fc.array(change, { maxLength: 4 }), ({ input }, changes) => {
      expect(whatIf(input, changes).settled).toBe(true);
    }),
    { seed: 42, numRuns: 200 },
  );
});

describe('in sentences', () => {
  const text = (input: OptimalInput, changes: readonly WhatIfChange[]) =>
    whatIfText(whatIf(input, changes), changes);

  it('nothing', () => {
    expect(text(settled(), [])).toEqual(['Nothing would move.']);
  });

  it('a site down while the others are busy', () => {
    const observation = {
      ...optimalInput().observation,
      demands: [demand('fra', 1_500), demand('lon', 1_500), demand('nyc', 1_500)],
    };
    expect(text(settled({ observation }), [{ kind: 'site-down', site: 'lon' }])).toMatchInlineSnapshot(`
      [
        "1,500 of 4,500 connections (33.3 %) would go another way.",
        "fra would be 115 % full, from 75 %.",
        "nyc would be 110 % full, from 75 %.",
        "Clients near lon still count there, through whichever director they come in.",
        "It would take 5 s (1 plan); those to lon break.",
      ]
    `);
  });

  it('a slow change', () => {
    expect(text(settled(), [{ kind: 'rtt', from: 'fra', to: 'fra', us: 90_000 }])).toMatchInlineSnapshot(`
      [
        "1,000 of 2,000 connections (50 %) would go another way.",
        "It would take 110 s (22 plans, of which 60 s until so large a move is believed); running connections stay where they are.",
      ]
    `);
  });
});

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
