import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { LatencyEntry } from '../../../src/domain/report.ts';
import { coordinateRttUs, vivaldiCoordinates } from '../../../src/plan/estimate/vivaldi.ts';

const runs = { seed: 42, numRuns: 1_000 } as const;

/** Sites on a plane 50 ms apart from row to row, each up to 10 ms off its place. */
const plane = fc
  .array(fc.tuple(fc.integer({ min: -10_000, max: 10_000 }), fc.integer({ min: -10_000, max: 10_000 })), {
    minLength: 20,
    maxLength: 20,
  })
  .map((offsets) =>
    offsets.map(([x, y], index) => ({
      name: `s${index.toString().padStart(2, '0')}`,
      x: 50_000 * (index % 5) + x,
      y: 50_000 * Math.floor(index / 5) + y,
    })),
  );

function entry(from: string, to: string, p50Us: number): LatencyEntry {
  return { from, to, p50Us, p90Us: p50Us, loss: 0 };
}

function pairsOf(places: readonly { readonly name: string; readonly x: number; readonly y: number }[]) {
  return places.flatMap((a, index) =>
    places.slice(index + 1).map((b) => entry(a.name, b.name, Math.round(Math.hypot(a.x - b.x, a.y - b.y)))),
  );
}

function estimate(known: readonly LatencyEntry[], { from, to }: LatencyEntry): number | undefined {
  const coordinates = vivaldiCoordinates(known);
  const [a, b] = [coordinates.get(from), coordinates.get(to)];
  return a && b && coordinateRttUs(a, b);
}

test('planes of which 30 % of the pairs are missing: 97 % of these are recovered within 15 %', () => {
  const missing = fc.noBias(fc.uniqueArray(fc.nat(189), { minLength: 57, maxLength: 57 }));
  const off: number[] = [];
  fc.assert(
    fc.property(fc.noBias(plane), missing, (places, indices) => {
      const pairs = pairsOf(places);
      const coordinates = vivaldiCoordinates(pairs.filter((_, index) => !indices.includes(index)));
      for (const index of indices) {
        const pair = pairs[index] ?? entry('', '', 1);
        const [a, b] = [coordinates.get(pair.from), coordinates.get(pair.to)];
        const found = a && b && coordinateRttUs(a, b);
        off.push(Math.abs((found ?? 0) - pair.p50Us) / pair.p50Us);
      }
    }),
    { ...runs, numRuns: 200 },
  );
  const middle = off.toSorted((a, b) => a - b)[off.length >> 1];
  expect(middle).toBeLessThanOrEqual(0.01);
  expect(off.filter((share) => share <= 0.15).length / off.length).toBeGreaterThanOrEqual(0.97);
});

test('sites that are far from everybody, however near by air, are found to be so', () => {
  // Each site pays 10 ms before it is anywhere; b more than others.
  const base = { a: 0, b: 40_000, c: 60_000, d: 100_000 };
  const access = { a: 10_000, b: 50_000, c: 10_000, d: 10_000 };
  const names = ['a', 'b', 'c', 'd'] as const;
  const pairs = names.flatMap((from, index) =>
    names
      .slice(index + 1)
      .map((to) => entry(from, to, Math.abs(base[from] - base[to]) + access[from] + access[to])),
  );
  const heights = vivaldiCoordinates(pairs);
  const others = ['a', 'c', 'd'].map((name) => heights.get(name)?.height ?? 0);
  expect(heights.get('b')?.height).toBeGreaterThan(Math.max(...others));
});

const garbage = fc.constantFrom(Number.NaN, -1, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 1e300);
const anyEntry = fc.record({
  from: fc.constantFrom('ams', 'fra', 'lon', 'nyc', 'tyo'),
  to: fc.constantFrom('ams', 'fra', 'lon', 'nyc', 'tyo'),
  p50Us: fc.oneof(fc.integer({ min: 1, max: 300_000 }), garbage),
  p90Us: garbage,
  loss: garbage,
});

test('garbage is as if it were not there, and the rest gives whole numbers', () => {
  fc.assert(
    fc.property(fc.array(anyEntry, { maxLength: 25 }), (entries) => {
      const coordinates = vivaldiCoordinates(entries);
      const good = entries.filter(({ p50Us }) => p50Us > 0 && p50Us < 1_000_000);
      expect(coordinates).toEqual(vivaldiCoordinates(good));
      const all = [...coordinates.values()];
      for (const a of all)
        for (const b of all) {
          const rttUs = coordinateRttUs(a, b);
          expect(Number.isSafeInteger(rttUs) && rttUs >= 0 && rttUs < 10_000_000).toBe(true);
        }
    }),
    runs,
  );
});

test('the order of the entries does not matter, nor which way a pair was measured', () => {
  fc.assert(
    fc.property(fc.array(anyEntry, { maxLength: 25 }), (entries) => {
      const turned = entries.toReversed().map((one) => ({ ...one, from: one.to, to: one.from }));
      expect([...vivaldiCoordinates(turned)]).toEqual([...vivaldiCoordinates(entries)]);
    }),
    runs,
  );
});

test('one pair alone is as long as it is', () => {
  const pair = entry('fra', 'lon', 14_000);
  const rttUs = estimate([pair], pair) ?? 0;
  expect(Math.abs(rttUs - 14_000)).toBeLessThanOrEqual(140);
});
