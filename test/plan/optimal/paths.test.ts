import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { LatencyEntry } from '../../../src/domain/report.ts';
import { type KnownPath, type KnownPaths, knownPaths } from '../../../src/plan/optimal/paths.ts';
import { pathCostUs } from '../../../src/plan/path-cost.ts';
import { latency } from '../fixtures.ts';

/** On a line, ms: ams 0, fra 10, lon 14, mad 40. */
const square = [
  latency('ams', 'fra', 10),
  latency('ams', 'lon', 14),
  latency('fra', 'mad', 30),
  latency('lon', 'mad', 26),
];

function path(known: KnownPaths, from: string, to: string) {
  const found = known.between(from, to);
  return found && [found.source, found.p50Us];
}

/** Every pair, by from and to. */
function allPaths(sites: readonly string[], entries: readonly LatencyEntry[]): KnownPath[] {
  const known = knownPaths(sites, entries);
  const ordered = sites.toSorted();
  return ordered.flatMap((from) => ordered.flatMap((to) => known.between(from, to) ?? []));
}

test.each<[string, readonly LatencyEntry[], string, string, [string, number]]>([
  ['measured', square, 'ams', 'fra', ['measured', 10_000]],
  ['the other way round', square, 'fra', 'ams', ['reverse', 10_000]],
  ['within a site', square, 'fra', 'fra', ['guess', 500]],
  ['over the only site that knows both', square.slice(1), 'fra', 'lon', ['detour', 56_000]],
  ['nobody knows anything', [], 'fra', 'lon', ['guess', 300_000]],
  ['nobody knows both', [latency('ams', 'fra', 10)], 'fra', 'lon', ['guess', 300_000]],
])('%s', (_, entries, from, to, expected) => {
  expect(path(knownPaths(['ams', 'fra', 'lon', 'mad'], entries), from, to)).toEqual(expected);
});

test('two sites that two others know are estimated by coordinates, and marked so', () => {
  const [source, p50Us] = path(knownPaths(['ams', 'fra', 'lon', 'mad'], square), 'ams', 'mad') ?? [];
  expect(source).toBe('vivaldi');
  expect(p50Us).toBeLessThanOrEqual(40_000);
});

test('jitter and loss of such a way are those of the detour', () => {
  const lossy = square.map((entry) => ({ ...entry, p90Us: entry.p50Us + 1_000, loss: 0.01 }));
  const found = allPaths(['ams', 'fra', 'lon', 'mad'], lossy).find((one) => one.source === 'vivaldi');
  expect((found?.p90Us ?? 0) - (found?.p50Us ?? 0)).toBe(2_000);
  expect(found?.loss).toBeCloseTo(0.0199);
});

const names = ['ams', 'fra', 'lon', 'nyc', 'tyo'];
const entries = fc
  .uniqueArray(
    fc.record({
      from: fc.constantFrom(...names),
      to: fc.constantFrom(...names),
      p50Us: fc.integer({ min: 100, max: 300_000 }),
      jitterUs: fc.nat(20_000),
      loss: fc.constantFrom(0, 0, 0.01, 0.2),
    }),
    { selector: ({ from, to }) => `${from} ${to}`, maxLength: 20 },
  )
  .map((all) => all.map(({ jitterUs, ...one }) => ({ ...one, p90Us: one.p50Us + jitterUs })));

test('an estimate is no dearer than any detour, and no nearer than two ways to a third site differ by', () => {
  fc.assert(
    fc.property(entries, (measured) => {
      const known = allPaths(names, measured);
      const heard = (from: string, to: string) =>
        known.find(
          (one) =>
            one.from === from && one.to === to && (one.source === 'measured' || one.source === 'reverse'),
        );
      for (const one of known.filter(({ source }) => source === 'vivaldi')) {
        const vias = names
          .filter((via) => via !== one.from && via !== one.to)
          .flatMap((via) => {
            const [first, second] = [heard(one.from, via), heard(via, one.to)];
            return first === undefined || second === undefined ? [] : [{ first, second }];
          });
        const detours = vias.map(({ first, second }) => ({
          p50Us: first.p50Us + second.p50Us,
          costUs: pathCostUs({
            p50Us: first.p50Us + second.p50Us,
            p90Us: first.p90Us + second.p90Us,
            loss: 1 - (1 - first.loss) * (1 - second.loss),
          }),
        }));
        const cheapest = detours.toSorted((a, b) => a.costUs - b.costUs)[0];
        expect(pathCostUs(one)).toBeLessThanOrEqual(cheapest?.costUs ?? 0);
        const differences = vias.map(({ first, second }) => Math.abs(first.p50Us - second.p50Us));
        expect(one.p50Us).toBeGreaterThanOrEqual(Math.min(cheapest?.p50Us ?? 0, Math.max(...differences)));
        expect(Number.isSafeInteger(one.p50Us)).toBe(true);
      }
    }),
    { seed: 42, numRuns: 1_000 },
  );
});

test('every directed pair has a cost, the same for any order of the input', () => {
  fc.assert(
    fc.property(entries, (measured) => {
      const known = allPaths(names, measured);
      expect(known).toHaveLength(names.length * names.length);
      expect(allPaths(names.toReversed(), measured.toReversed())).toEqual(known);
    }),
    { seed: 42, numRuns: 1_000 },
  );
});

/** Site i stands at i ms on a line; each has measured the ways to the next `reach` on either side. */
function line(count: number, reach: number): { sites: string[]; entries: LatencyEntry[] } {
  const sites = Array.from({ length: count }, (_, index) => `s${String(index).padStart(4, '0')}`);
  const entries = sites.flatMap((from, index) =>
    sites.slice(index + 1, index + 1 + reach).map((to, step) => latency(from, to, step + 1)),
  );
  return { sites, entries };
}

test('a pair that nobody asks for costs nothing, however many sites there are', () => {
  const { sites, entries } = line(5_000, 2);
  let read = 0;
  const counted = new Proxy(entries, {
    get(target, key, receiver) {
      if (typeof key === 'string' && /^\d+$/.test(key)) read += 1;
      return Reflect.get(target, key, receiver);
    },
  });
  const known = knownPaths(sites, counted);
  expect(known.between('s0000', 's0001')).toMatchObject({ source: 'measured', p50Us: 1_000 });
  expect(known.between('s0001', 's0000')).toMatchObject({ source: 'reverse' });
  expect(known.between('s0000', 's4999')).toMatchObject({ source: 'guess' });
  expect(known.between('s0000', 'elsewhere')).toBeUndefined();
  expect(read).toBeLessThanOrEqual(entries.length);
});

test('where both ends know very many, the nearest of either are asked for the way over them', () => {
  const { sites, entries } = line(400, 150);
  const found = knownPaths(sites, entries).between('s0000', 's0160');
  // 160 ms by the line: over s0150, 150 ms from one and 10 ms from the other, and so no nearer than 140 ms.
  expect(found?.p50Us).toBeGreaterThanOrEqual(140_000);
  expect(found?.p50Us).toBeLessThanOrEqual(160_000);
});
