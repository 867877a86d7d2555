// The flows against a linear program: the same problem, written down plainly and solved by somebody else (HiGHS).
import { createRequire } from 'node:module';
import fc from 'fast-check';
import type { Highs } from 'highs';
import { beforeAll, expect, test } from 'vitest';
import { tollUs } from '../../../src/plan/flow/pool-matrix.ts';
import { priceSteps } from '../../../src/plan/flow/price.ts';
import { type Pool, planPool } from './plan-pool.ts';
import { objective, pools } from './pools.ts';

// Its types describe the CommonJS build only.
const loadHighs: () => Promise<Highs> = createRequire(import.meta.url)('highs');
let highs: Highs;
beforeAll(async () => {
  highs = await loadHighs();
});

/** In CPLEX's LP format: flows f, what of them is new n, and each site's load in its steps s, no site fuller than told. */
function linearProgram(pool: Pool, fullestPercent?: number): string {
  const terms: string[] = [];
  const rows: string[] = [];
  const bounds: string[] = [];
  for (const [source, { demandMilli, ways }] of pool.sources.entries()) {
    if (ways.length === 0) continue;
    const cells = ways.map(({ site }) => `${source}_${pool.sinks.findIndex((sink) => sink.site === site)}`);
    rows.push(`${cells.map((cell) => `f${cell}`).join(' + ')} = ${demandMilli}`);
    for (const [index, { costUs, beforeMilli }] of ways.entries()) {
      terms.push(`${costUs} f${cells[index]} + ${tollUs} n${cells[index]}`);
      rows.push(`n${cells[index]} - f${cells[index]} >= ${-beforeMilli}`);
    }
  }
  for (const [sink, { site, capacityMilli }] of pool.sinks.entries()) {
    const arriving = pool.sources.flatMap(({ ways }, source) =>
      ways.some((way) => way.site === site) ? [`f${source}_${sink}`] : [],
    );
    if (arriving.length === 0) continue;
    let begin = 0;
    const prices = priceSteps(capacityMilli);
    const steps = prices.upToMilli.map((upToMilli, step) => {
      terms.push(`${prices.priceUs[step]} s${sink}_${step}`);
      if (upToMilli < Number.POSITIVE_INFINITY) bounds.push(`s${sink}_${step} <= ${upToMilli - begin}`);
      begin = upToMilli;
      return `s${sink}_${step}`;
    });
    rows.push(`${arriving.join(' + ')} - ${steps.join(' - ')} = 0`);
    if (fullestPercent !== undefined)
      rows.push(`${arriving.join(' + ')} <= ${Math.floor((capacityMilli * fullestPercent) / 100)}`);
  }
  const lines = rows.map((row, index) => ` r${index}: ${row}`);
  return [
    'Minimize',
    ` cost: ${terms.join('\n + ')}`,
    'Subject To',
    ...lines,
    'Bounds',
    ...bounds,
    'End',
  ].join('\n');
}

const shapes = {
  'half full': { maxDemandMilli: 50_000, maxCapacityMilli: 100_000 },
  overfull: { maxDemandMilli: 200_000, maxCapacityMilli: 50_000 },
};

test.each(Object.entries(shapes))('equals the optimum of a linear program, %s', (_, amounts) => {
  const shape = { maxSources: 9, maxSinks: 9, maxCostUs: 250_000, everywhere: false, ...amounts };
  fc.assert(
    fc.property(pools(shape), (pool) => {
      if (pool.sources.every(({ ways }) => ways.length === 0)) return;
      const { Status, ObjectiveValue } = highs.solve(linearProgram(pool));
      expect(Status).toBe('Optimal');
      const ours = objective(pool, planPool(pool).flows);
      // The other works in floating point.
      expect(Math.abs(ours - ObjectiveValue)).toBeLessThanOrEqual(1e-6 * Math.max(1, ours));
    }),
    { seed: 42, numRuns: 1_000 },
  );
});

test('no site is fuller than 85 % where that can be', () => {
  const shape = { maxSources: 4, maxSinks: 4, maxCostUs: 80_000, everywhere: false, ...shapes['half full'] };
  let possible = 0;
  fc.assert(
    fc.property(pools(shape), (pool) => {
      const served = { ...pool, sources: pool.sources.filter(({ ways }) => ways.length > 0) };
      if (served.sources.length === 0 || highs.solve(linearProgram(served, 85)).Status !== 'Optimal') return;
      possible += 1;
      for (const { loadMilli, capacityMilli } of planPool(served).sinks)
        expect(loadMilli).toBeLessThanOrEqual(Math.floor((capacityMilli * 85) / 100));
    }),
    { seed: 42, numRuns: 1_000 },
  );
  expect(possible).toBeGreaterThan(300);
});
