import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Pool, planPool, type Source } from './plan-pool.ts';
import { bruteForce, flowTo, loadOf, objective, pools } from './pools.ts';

const cases = { seed: 42, numRuns: 1_000 };
const small = {
  maxSources: 4,
  maxSinks: 4,
  maxDemandMilli: 100_000,
  maxCapacityMilli: 100_000,
  maxCostUs: 100_000,
  everywhere: false,
};

/** Sites fra, lon, nyc as in the lab; fra's demand and everybody's capacity in connections. */
function threeSites(fraDemand: number, capacity: Partial<Record<string, number>> = {}): Pool {
  const rtts: Record<string, Record<string, number>> = {
    fra: { fra: 500, lon: 14_000, nyc: 82_000 },
    lon: { fra: 14_000, lon: 500, nyc: 70_000 },
    nyc: { fra: 82_000, lon: 70_000, nyc: 500 },
  };
  const sites = Object.keys(rtts);
  return {
    sinks: sites.map((site) => ({ site, capacityMilli: (capacity[site] ?? 100) * 1_000, frozen: false })),
    sources: sites.map((site) => ({
      service: 'web',
      site,
      demandMilli: (site === 'fra' ? fraDemand : 40) * 1_000,
      ways: sites.map((to) => ({ site: to, costUs: rtts[site]?.[to] ?? 0, beforeMilli: 0 })),
    })),
  };
}

/** `fra>lon 15` for each flow, in connections. */
function told(pool: Pool): string[] {
  return planPool(pool).flows.flatMap(({ from, to, milli }) =>
    milli > 0 ? [`${from}>${to} ${milli / 1_000}`] : [],
  );
}

describe('three sites', () => {
  test.each<[string, Pool, string[]]>([
    ['everybody at home', threeSites(60), ['fra>fra 60', 'lon>lon 40', 'nyc>nyc 40']],
    [
      'up to 80 %: the next step (15 ms) is dearer than the neighbour (14 ms)',
      threeSites(84),
      ['fra>fra 80', 'fra>lon 4', 'lon>lon 40', 'nyc>nyc 40'],
    ],
    [
      'what is over goes to the nearest',
      threeSites(100),
      ['fra>fra 80', 'fra>lon 20', 'lon>lon 40', 'nyc>nyc 40'],
    ],
    [
      'the nearest full, its neighbour is displaced or passed over, whichever is cheaper',
      threeSites(150),
      ['fra>fra 85', 'fra>lon 45', 'fra>nyc 20', 'lon>lon 40', 'nyc>nyc 40'],
    ],
    ['a dead site serves nobody', threeSites(20, { fra: 0 }), ['fra>lon 20', 'lon>lon 40', 'nyc>nyc 40']],
    [
      'too little everywhere: overload is shared, and nothing is left out',
      threeSites(40, { fra: 10, lon: 10, nyc: 10 }),
      ['fra>fra 40', 'lon>lon 40', 'nyc>nyc 40'],
    ],
  ])('%s', (_, pool, expected) => {
    expect(told(pool)).toEqual(expected);
  });

  test('an unused way says by how much it is too expensive', () => {
    const flow = planPool(threeSites(100)).flows.find(({ from, to }) => from === 'fra' && to === 'nyc');
    // lon costs 14 ms, nyc 82 ms; the toll is the same for both.
    expect(flow).toMatchObject({ milli: 0, tooExpensiveUs: 68_000 });
  });
});

test('stickiness: a gain of 8 ms a connection or less moves nothing', () => {
  const pool = (costUs: number): Pool => ({
    sinks: ['a', 'b'].map((site) => ({ site, capacityMilli: 1_000_000, frozen: false })),
    sources: [
      {
        service: 'web',
        site: 'a',
        demandMilli: 1_000,
        ways: [
          { site: 'a', costUs, beforeMilli: 1_000 },
          { site: 'b', costUs: 10_000, beforeMilli: 0 },
        ],
      },
    ],
  });
  expect([17_999, 18_001].map((costUs) => flowTo(pool(costUs), 'a', 'b'))).toEqual([0, 1_000]);
});

describe('properties', () => {
  test('all demand that may go anywhere goes, to the last thousandth', () => {
    fc.assert(
      fc.property(pools(small), (pool) => {
        const { flows, unplaced } = planPool(pool);
        for (const { site, demandMilli, ways } of pool.sources) {
          const sent = flows.filter(({ from }) => from === site).reduce((sum, { milli }) => sum + milli, 0);
          const left = unplaced.find((one) => one.site === site)?.milli ?? 0;
          expect(sent + left).toBe(demandMilli);
          expect(left).toBe(ways.length === 0 ? demandMilli : 0);
        }
        expect(flows.every(({ milli }) => Number.isSafeInteger(milli) && milli >= 0)).toBe(true);
      }),
      cases,
    );
  });

  test('it costs what the best of all flows costs', () => {
    const tiny = {
      ...small,
      maxSources: 2,
      maxSinks: 3,
      maxDemandMilli: 6,
      maxCapacityMilli: 12,
      maxCostUs: 30_000,
    };
    fc.assert(
      fc.property(pools(tiny), (pool) => {
        const { flows } = planPool(pool);
        expect(objective(pool, flows)).toBe(bruteForce(pool));
      }),
      cases,
    );
  });

  test('an unused way costs as much more as it says: one thousandth sent there against one sent anywhere', () => {
    const connection = (pool: Pool, site: string, ways: Source['ways']): Pool => ({
      ...pool,
      sources: [...pool.sources, { service: 'web', site: `${site}-more`, demandMilli: 1, ways }],
    });
    const costOf = (pool: Pool): number => objective(pool, planPool(pool).flows);
    fc.assert(
      fc.property(pools(small), fc.nat(), (pool, pick) => {
        const unused = planPool(pool).flows.filter(({ milli }) => milli === 0);
        const chosen = unused[pick % Math.max(1, unused.length)];
        const source = pool.sources.find(({ site }) => site === chosen?.from);
        if (chosen === undefined || source === undefined) return;
        const more = { ...source, demandMilli: source.demandMilli + 1 };
        const anywhere = { ...pool, sources: pool.sources.map((one) => (one === source ? more : one)) };
        const there = connection(
          pool,
          source.site,
          source.ways.filter(({ site }) => site === chosen.to),
        );
        expect(costOf(there) - costOf(anywhere)).toBe(chosen.tooExpensiveUs);
      }),
      cases,
    );
  });

  test('the order of the input does not matter', () => {
    fc.assert(
      fc.property(pools(small), (pool) => {
        const turned: Pool = {
          sinks: pool.sinks.toReversed(),
          sources: pool.sources.map((source) => ({ ...source, ways: source.ways.toReversed() })).toReversed(),
        };
        expect(planPool(turned)).toEqual(planPool(pool));
      }),
      cases,
    );
  });

  test('a way that gets dearer never gets more', () => {
    fc.assert(
      fc.property(pools(small), fc.nat(), fc.integer({ min: 1, max: 200_000 }), (pool, pick, moreUs) => {
        const ways = pool.sources.flatMap(({ site: from, ways: all }) =>
          all.map(({ site: to }) => ({ from, to })),
        );
        const chosen = ways[pick % Math.max(1, ways.length)];
        if (chosen === undefined) return;
        const dearer: Pool = {
          ...pool,
          sources: pool.sources.map((source) => ({
            ...source,
            ways: source.ways.map((way) =>
              source.site === chosen.from && way.site === chosen.to
                ? { ...way, costUs: way.costUs + moreUs }
                : way,
            ),
          })),
        };
        expect(flowTo(dearer, chosen.from, chosen.to)).toBeLessThanOrEqual(
          flowTo(pool, chosen.from, chosen.to),
        );
      }),
      cases,
    );
  });

  test('a site that loses capacity never gets more', () => {
    fc.assert(
      fc.property(pools(small), fc.nat(), fc.integer({ min: 0, max: 99 }), (pool, pick, percent) => {
        const chosen = pool.sinks[pick % pool.sinks.length];
        if (chosen === undefined) return;
        const less: Pool = {
          ...pool,
          sinks: pool.sinks.map((sink) =>
            sink.site === chosen.site
              ? { ...sink, capacityMilli: Math.floor((sink.capacityMilli * percent) / 100) }
              : sink,
          ),
        };
        expect(loadOf(less, chosen.site)).toBeLessThanOrEqual(loadOf(pool, chosen.site));
      }),
      cases,
    );
  });

  test('a frozen site gets no more than before, unless nobody else may serve', () => {
    fc.assert(
      fc.property(pools(small), fc.nat(), (pool, pick) => {
        const chosen = pool.sinks[pick % pool.sinks.length]?.site ?? '';
        const frozen: Pool = {
          ...pool,
          sinks: pool.sinks.map((sink) => ({ ...sink, frozen: sink.site === chosen })),
        };
        const { flows, forced } = planPool(frozen);
        if (forced.length > 0) return;
        for (const { from, to, milli } of flows) {
          const way = pool.sources.find(({ site }) => site === from)?.ways.find(({ site }) => site === to);
          if (to === chosen) expect(milli).toBeLessThanOrEqual(way?.beforeMilli ?? 0);
        }
      }),
      cases,
    );
  });

  test('demand and capacity times k: flows times k', () => {
    fc.assert(
      fc.property(
        pools({ ...small, maxDemandMilli: 1_000, maxCapacityMilli: 1_000 }),
        fc.integer({ min: 2, max: 50 }),
        (pool, k) => {
          // Capacity counts in hundreds of units here, so that its steps are whole.
          const times = (factor: number): Pool => ({
            sinks: pool.sinks.map((sink) => ({ ...sink, capacityMilli: sink.capacityMilli * 100 * factor })),
            sources: pool.sources.map((source) => ({
              ...source,
              demandMilli: source.demandMilli * 100 * factor,
              ways: source.ways.map((way) => ({ ...way, beforeMilli: way.beforeMilli * 100 * factor })),
            })),
          });
          const once = planPool(times(1)).flows.map(({ milli }) => milli * k);
          expect(planPool(times(k)).flows.map(({ milli }) => milli)).toEqual(once);
        },
      ),
      cases,
    );
  });
});
