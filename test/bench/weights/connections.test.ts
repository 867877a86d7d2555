import { expect, test } from 'vitest';
import { nextConnections, openByCity, openConnections, steadyConnections } from './connections.ts';
import { columnSums, matrixOf, sumOf } from './matrix.ts';
import { cityCount, kinds, meanSeconds } from './world.ts';

const arrivals = Array.from({ length: cityCount }, (_, city) => 100 + city);
const everywhere = matrixOf(() => 1 / cityCount);
const toItself = matrixOf((city, site) => (city === site ? 1 : 0));
const allUp = arrivals.map(() => true);

test('whatever begins is open or has ended', () => {
  const before = steadyConnections(arrivals, toItself);
  const { connections } = nextConnections(before, { arrivals, split: everywhere, isUp: allUp });
  for (const [index, kind] of kinds.entries()) {
    const open = sumOf((before[index] ?? []).map(sumOf));
    const ended = open * (1 - Math.exp(-1 / kind.meanSeconds));
    const begun = sumOf(arrivals) * kind.share;
    expect(sumOf((connections[index] ?? []).map(sumOf))).toBeCloseTo(open - ended + begun, 6);
  }
});

test('a dead site loses all it has, and as many are opened elsewhere in the same second', () => {
  const before = steadyConnections(arrivals, toItself);
  const isUp = allUp.map((_, site) => site !== 3);
  const split = matrixOf((city, site) => (site === (city === 3 ? 4 : city) ? 1 : 0));
  const dead = nextConnections(before, { arrivals, split, isUp });
  const well = nextConnections(before, { arrivals, split, isUp: allUp });
  expect(columnSums(openConnections(dead.connections))[3]).toBe(0);
  expect(sumOf(openByCity(dead.connections))).toBeCloseTo(sumOf(openByCity(well.connections)), 6);
  const broken = sumOf(
    kinds.map((kind, index) => (before[index]?.[3]?.[3] ?? 0) * Math.exp(-1 / kind.meanSeconds)),
  );
  expect((dead.opened[3] ?? 0) - (arrivals[3] ?? 0)).toBeCloseTo(broken, 6);
});

test('a weight moves no connection that is open', () => {
  const before = steadyConnections(arrivals, toItself);
  const split = matrixOf((_, site) => (site === 0 ? 1 : 0));
  const { connections } = nextConnections(before, { arrivals, split, isUp: allUp });
  const [, long] = kinds;
  expect(connections[1]?.[5]?.[5]).toBeCloseTo(
    (before[1]?.[5]?.[5] ?? 0) * Math.exp(-1 / long.meanSeconds),
    6,
  );
});

test('with equal arrivals a city has as many open as come in the mean time that one lasts', () => {
  expect(openByCity(steadyConnections(arrivals, everywhere))[7]).toBeCloseTo(
    (arrivals[7] ?? 0) * meanSeconds,
    6,
  );
});
