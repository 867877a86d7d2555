import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { atOnce } from '../../../src/domain/steps.ts';
import type { FlowPlanInput, ServiceInput, SiteInput, SiteOrder } from '../../../src/plan/flow/flow-plan.ts';
import { planFlows } from '../../../src/plan/flow/plan-flows.ts';
import { listedPaths } from './listed-paths.ts';

const rttsUs: Readonly<Record<string, number>> = { 'fra lon': 14_000, 'lon nyc': 70_000, 'fra nyc': 82_000 };
const names = ['fra', 'lon', 'nyc'];
const entries = names.flatMap((from) =>
  names.map((to) => {
    const p50Us = from === to ? 500 : (rttsUs[[from, to].toSorted().join(' ')] ?? 0);
    return { from, to, p50Us, p90Us: p50Us, loss: 0 };
  }),
);

interface Given {
  readonly demand?: readonly [fra: number, lon: number, nyc: number];
  readonly capacity?: readonly [fra: number, lon: number, nyc: number];
  readonly alive?: readonly string[];
  readonly stale?: readonly string[];
  readonly orders?: readonly SiteOrder[];
  /** `fra>lon 40`, in connections. */
  readonly before?: readonly string[];
  readonly leaps?: number;
  readonly isTick?: boolean;
}

function input(given: Given): FlowPlanInput {
  const { demand = [40, 40, 40], capacity = [100, 100, 100], alive = names, stale = [], orders = [] } = given;
  const before = given.before?.map((text) => {
    const [from = '', to = '', connections = ''] = text.split(/[> ]/);
    return { from, to, milli: Math.round(Number(connections) * 1_000) };
  });
  const service: ServiceInput = {
    name: 'web',
    sites: alive,
    demands: names.map((site, index) => ({ site, milli: (demand[index] ?? 0) * 1_000 })),
    before,
    orders,
    leaps: given.leaps ?? 0,
  };
  const sites: SiteInput[] = names.map((site, index) => ({
    site,
    capacityMilli: (capacity[index] ?? 0) * 1_000,
    inflowMayGrow: !stale.includes(site),
  }));
  return {
    paths: listedPaths(entries),
    pools: [{ services: [service], sites }],
    isTick: given.isTick ?? true,
  };
}

function told(given: Given): string[] {
  const [service] = atOnce(planFlows(input(given))).services;
  return (service?.flows ?? []).flatMap(({ from, to, milli, bound }) =>
    milli > 0 ? [`${from}>${to} ${milli / 1_000}${bound === 'none' ? '' : ` ${bound}`}`] : [],
  );
}

const atHome = ['fra>fra 40', 'lon>lon 40', 'nyc>nyc 40'];

describe('flows from one tick to the next', () => {
  test.each<[string, Given, string[]]>([
    ['before anything is known, the optimum', {}, atHome],
    [
      'a site that nobody asks has flows all the same',
      { demand: [0, 40, 40] },
      ['fra>fra 1', ...atHome.slice(1)],
    ],
    ['what flows at the optimum stays', { before: atHome }, atHome],
    [
      'the proportions are kept when demand changes and nothing is gained by a move',
      { demand: [20, 40, 40], before: ['fra>fra 30', 'fra>lon 10', 'lon>lon 40', 'nyc>nyc 40'] },
      ['fra>fra 17 step', 'fra>lon 3 step', 'lon>lon 40', 'nyc>nyc 40'],
    ],
    [
      'a move without haste goes ten points a tick',
      { before: ['fra>fra 10', 'fra>lon 30', 'lon>lon 40', 'nyc>nyc 40'] },
      ['fra>fra 14 step', 'fra>lon 26 step', 'lon>lon 40', 'nyc>nyc 40'],
    ],
    [
      'a move of less than four points waits',
      { demand: [87, 40, 40], before: ['fra>fra 78', 'fra>lon 9', 'lon>lon 40', 'nyc>nyc 40'] },
      ['fra>fra 78 small', 'fra>lon 9 small', 'lon>lon 40', 'nyc>nyc 40'],
    ],
    [
      'a site over its capacity is left at once, as far as the optimum says',
      { demand: [130, 40, 40], before: ['fra>fra 130', 'lon>lon 40', 'nyc>nyc 40'] },
      ['fra>fra 85 rescue', 'fra>lon 45', 'lon>lon 40', 'nyc>nyc 40'],
    ],
    [
      'a dead site is left at once',
      { alive: ['lon', 'nyc'], before: atHome },
      ['fra>lon 40', 'lon>lon 40', 'nyc>nyc 40'],
    ],
    [
      'where nobody lives, everything stays',
      { alive: [], before: atHome },
      atHome.map((flow) => `${flow} gone`),
    ],
    [
      'between two ticks nothing moves without haste',
      { before: ['fra>fra 10', 'fra>lon 30', 'lon>lon 40', 'nyc>nyc 40'], isTick: false },
      ['fra>fra 10 tick', 'fra>lon 30 tick', 'lon>lon 40', 'nyc>nyc 40'],
    ],
    [
      'between two ticks a dead site is left all the same',
      { alive: ['lon', 'nyc'], before: atHome, isTick: false },
      ['fra>lon 40', 'lon>lon 40', 'nyc>nyc 40'],
    ],
    [
      'a leap waits',
      { capacity: [100, 100, 200], before: ['fra>nyc 40', 'lon>nyc 20', 'lon>lon 20', 'nyc>nyc 40'] },
      ['fra>nyc 40 leap', 'lon>lon 20 leap', 'lon>nyc 20 leap', 'nyc>nyc 40'],
    ],
    [
      'a leap that stands for a minute is taken in steps',
      {
        capacity: [100, 100, 200],
        before: ['fra>nyc 40', 'lon>nyc 20', 'lon>lon 20', 'nyc>nyc 40'],
        leaps: 12,
      },
      ['fra>fra 4 step', 'fra>nyc 36 step', 'lon>lon 24 step', 'lon>nyc 16 step', 'nyc>nyc 40'],
    ],
    [
      'a leap does not hold back what leaves a dead site',
      {
        alive: ['fra', 'lon'],
        before: ['fra>lon 40', 'lon>lon 40', 'nyc>nyc 40'],
      },
      ['fra>lon 40 leap', 'lon>lon 40', 'nyc>lon 40'],
    ],
  ])('%s', (_, given, expected) => {
    expect(told(given).filter((flow) => !flow.endsWith(' 0'))).toEqual(expected);
  });
});

test('what has left an overfull site in haste may come back at once, a step at a time', () => {
  const far: Given = { demand: [100, 10, 10], capacity: [200, 400, 200] };
  const [rescued] = atOnce(
    planFlows(input({ ...far, capacity: [50, 400, 200], before: ['fra>fra 100'] })),
  ).services;
  const before = ['fra>fra 40', 'fra>lon 60', 'lon>lon 10', 'nyc>nyc 10'];
  const back = told({ ...far, before, leaps: rescued?.leaps ?? 0 });
  expect(back.slice(0, 2)).toEqual(['fra>fra 50 step', 'fra>lon 50 step']);
  expect(told({ ...far, before }).slice(0, 2)).toEqual(['fra>fra 40 leap', 'fra>lon 60 leap']);
});

describe('news too old', () => {
  test('nobody sends more to such a site, though it is the nearest', () => {
    const flows = told({
      stale: ['fra'],
      demand: [60, 40, 40],
      before: ['fra>fra 20', 'fra>lon 20', 'lon>lon 40', 'nyc>nyc 40'],
    });
    expect(flows).toContain('fra>fra 20');
  });

  test('demand that nobody else may serve goes there, and says so; other demand does not for that', () => {
    const given = input({
      stale: ['fra'],
      before: ['fra>fra 20', 'fra>lon 20', 'lon>fra 5', 'lon>lon 35'],
      capacity: [400, 20, 200],
    });
    const pools = given.pools.map((pool) => ({
      ...pool,
      services: pool.services.map((service) => ({
        ...service,
        demands: [
          { site: 'fra', milli: 60_000, reach: ['fra'] },
          { site: 'lon', milli: 60_000 },
        ],
      })),
    }));
    const flows = atOnce(planFlows({ ...given, pools })).services[0]?.flows ?? [];
    expect(flows.find(({ from, to }) => from === 'fra' && to === 'fra')).toMatchObject({
      milli: 60_000,
      bound: 'forced',
    });
    expect(flows.find(({ from, to }) => from === 'lon' && to === 'fra')?.milli).toBeLessThanOrEqual(10_000);
  });
});

describe('orders', () => {
  test.each<[string, Given, string[]]>([
    [
      'drain: nobody goes there',
      { orders: [{ kind: 'drain', site: 'fra' }], before: atHome },
      ['fra>lon 40', 'lon>lon 40', 'nyc>nyc 40'],
    ],
    [
      'drain of everything is obeyed',
      { orders: names.map((site) => ({ kind: 'drain' as const, site })), before: atHome },
      [],
    ],
    [
      'pin: so much of each site, at once',
      { orders: [{ kind: 'pin', site: 'nyc', permille: 250 }], before: atHome },
      ['fra>fra 30', 'fra>nyc 10 order', 'lon>lon 30', 'lon>nyc 10 order', 'nyc>lon 30', 'nyc>nyc 10 order'],
    ],
    [
      'pin: however little, though so small a move would wait',
      { orders: [{ kind: 'pin', site: 'nyc', permille: 5 }], before: atHome },
      [
        'fra>fra 39.8',
        'fra>nyc 0.2 order',
        'lon>lon 39.8',
        'lon>nyc 0.2 order',
        'nyc>lon 39.8',
        'nyc>nyc 0.2 order',
      ],
    ],
    [
      'pin of nothing where nobody else lives: somebody must',
      { orders: [{ kind: 'pin', site: 'nyc', permille: 0 }], alive: ['nyc'], before: ['fra>fra 40'] },
      ['fra>nyc 40 order', 'lon>nyc 40 order', 'nyc>nyc 40 order'],
    ],
    [
      'cap: no more than that, however near',
      { orders: [{ kind: 'cap', site: 'fra', milli: 30_000 }], before: atHome },
      ['fra>fra 30 rescue', 'fra>lon 10', 'lon>lon 40', 'nyc>nyc 40'],
    ],
    [
      'cap: not even when all others are overfull',
      { orders: [{ kind: 'cap', site: 'fra', milli: 30_000 }], demand: [100, 0, 0], capacity: [100, 40, 40] },
      ['fra>fra 30', 'fra>lon 35.8', 'fra>nyc 34.2', 'lon>lon 1', 'nyc>nyc 1'],
    ],
    [
      'bias: a site made dearer is left',
      {
        orders: [{ kind: 'bias', site: 'fra', biasUs: 40_000 }],
        demand: [8, 40, 40],
        before: ['fra>fra 8', 'lon>lon 40', 'nyc>nyc 40'],
      },
      ['fra>fra 7.2 step', 'fra>lon 0.8 step', 'lon>lon 40', 'nyc>nyc 40'],
    ],
    [
      'freeze: the share stays as it is',
      {
        orders: [{ kind: 'freeze', site: 'lon' }],
        demand: [40, 40, 40],
        before: ['fra>fra 10', 'fra>lon 30', 'lon>lon 40', 'nyc>nyc 40'],
      },
      ['fra>fra 10', 'fra>lon 30 order', 'lon>lon 40 order', 'nyc>nyc 40'],
    ],
  ])('%s', (_, given, expected) => {
    expect(told(given)).toEqual(expected);
  });
});

test('demand that can be sent to one site alone is not counted elsewhere, whatever is ordered or flowed', () => {
  const given = input({
    orders: [{ kind: 'pin', site: 'nyc', permille: 250 }],
    before: ['fra>fra 20', 'fra>lon 20', 'lon>lon 40', 'nyc>nyc 40'],
  });
  const pools = given.pools.map((pool) => ({
    ...pool,
    services: pool.services.map((service) => ({
      ...service,
      demands: service.demands.map((one) => ({ ...one, reach: [one.site] })),
    })),
  }));
  const flows = atOnce(planFlows({ ...given, pools })).services[0]?.flows ?? [];
  expect(flows.filter(({ from, to, milli }) => from !== to && milli > 0)).toEqual([]);
});

const anyInput = fc.record({
  demand: fc.tuple(fc.nat(300), fc.nat(300), fc.nat(300)),
  capacity: fc.tuple(fc.nat(300), fc.nat(300), fc.nat(300)),
  alive: fc.subarray(names, { minLength: 1 }),
  stale: fc.subarray(names),
});
const cases = { seed: 42, numRuns: 1_000 };

function sums(given: Given): Map<string, number> {
  const flows = atOnce(planFlows(input(given))).services[0]?.flows ?? [];
  const total = new Map<string, number>();
  for (const { from, milli } of flows) total.set(from, (total.get(from) ?? 0) + milli);
  return total;
}

test('all demand flows, whatever the guards hold back', () => {
  fc.assert(
    fc.property(anyInput, anyInput, (first, second) => {
      const before = told(first).map((flow) => flow.split(' ').slice(0, 2).join(' '));
      const total = sums({ ...second, before });
      for (const [index, site] of names.entries()) {
        expect(total.get(site)).toBe(1_000 * Math.max(1, second.demand[index] ?? 0));
      }
    }),
    cases,
  );
});

test('with constant input the flows settle, and then stay, bit by bit', () => {
  fc.assert(
    fc.property(anyInput, anyInput, (first, second) => {
      let before = told({ ...first, stale: [] }).map((flow) => flow.split(' ').slice(0, 2).join(' '));
      const seen: string[] = [];
      for (let tick = 0; tick < 40; tick += 1) {
        before = told({ ...second, before, leaps: 12 }).map((flow) => flow.split(' ').slice(0, 2).join(' '));
        seen.push(before.join());
      }
      expect(new Set(seen.slice(-10)).size).toBe(1);
    }),
    { seed: 42, numRuns: 200 },
  );
});

test('the order of the input does not matter', () => {
  const [service] = atOnce(planFlows(input({ demand: [150, 40, 90] }))).services;
  const given = input({ demand: [150, 40, 90] });
  const turned: FlowPlanInput = {
    paths: listedPaths(entries.toReversed()),
    pools: given.pools.map((pool) => ({
      sites: pool.sites.toReversed(),
      services: pool.services.map((one) => ({
        ...one,
        sites: one.sites.toReversed(),
        demands: one.demands.toReversed(),
      })),
    })),
  };
  expect(atOnce(planFlows(turned)).services[0]).toEqual(service);
});
