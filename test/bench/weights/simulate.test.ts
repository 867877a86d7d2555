import { describe, expect, test } from 'vitest';
import { type Course, createCourse } from './course.ts';
import { leastRtt, meanRttMs } from './linear-program.ts';
import { matrixOf, sumOf } from './matrix.ts';
import { policies } from './policies/all.ts';
import type { Policy, PolicyView, Split } from './policy.ts';
import { scenarios } from './scenarios.ts';
import { alive, simulate } from './simulate.ts';
import { createTelemetry } from './telemetry.ts';
import { baseRttMs, cities, cityCount, cityIndex, declaredConnections } from './world.ts';

/** Its first minutes, as far as the fault. */
function beginningOf(name: string, seconds: number): Course {
  const scenario = scenarios.find((one) => one.name === name);
  if (scenario === undefined) throw new Error(`there is no ${name}`);
  const course = createCourse(scenario, 42);
  return { ...course, moments: course.moments.filter(({ second }) => second < seconds) };
}

const siteLoss = beginningOf('siteloss', 200);

test('the world has 318 real servers, as far apart as they are', () => {
  expect(sumOf(cities.map(({ servers }) => servers))).toBe(318);
  expect(baseRttMs[cityIndex('lon')]?.[cityIndex('syd')]).toBeGreaterThan(200);
});

describe.each(policies)('$name', (kind) => {
  test('shares out every city exactly, and sends nothing to a dead site', () => {
    const splits: { readonly split: Split; readonly view: PolicyView }[] = [];
    const watched = {
      ...kind,
      create: (): Policy => {
        const policy = kind.create();
        return {
          decide(view, second) {
            const split = policy.decide(view, second);
            splits.push({ split, view });
            return split;
          },
        };
      },
    };
    simulate(siteLoss, watched);
    expect(splits.length).toBeGreaterThan(80);
    for (const { split, view } of splits) {
      for (const row of split) {
        expect(sumOf(row)).toBeCloseTo(1, 9);
        expect(Math.min(...row)).toBeGreaterThanOrEqual(0);
        for (const [site, share] of row.entries()) if (view.isUp[site] === false) expect(share).toBe(0);
      }
    }
  });

  test('the same seed gives the same figures', () => {
    expect(simulate(siteLoss, kind).metrics).toEqual(simulate(siteLoss, kind).metrics);
  });
});

test('another seed gives another course, the same seed the same', () => {
  const [scenario] = scenarios;
  if (scenario === undefined) throw new Error('no scenario');
  const arrivalsOf = (seed: number) => createCourse(scenario, seed).moments[100]?.arrivals;
  expect(arrivalsOf(1)).toEqual(arrivalsOf(1));
  expect(arrivalsOf(1)).not.toEqual(arrivalsOf(2));
});

test('a dead site’s share goes to the others in proportion, or to all where there are none', () => {
  const isUp = [false, true, true];
  expect(alive([[0.5, 0.25, 0.25]], isUp)).toEqual([[0, 0.5, 0.5]]);
  expect(alive([[1, 0, 0]], isUp)).toEqual([[0, 0.5, 0.5]]);
});

test('the optimum stays at home where there is room, and spills to the nearest where there is none', () => {
  const capacity = [...declaredConnections];
  const demand = capacity.map((connections) => connections / 2);
  const atHome = leastRtt({ demand, capacity, rttMs: baseRttMs });
  expect(meanRttMs(atHome, baseRttMs)).toBeCloseTo(0.6, 6);
  const lon = cityIndex('lon');
  demand[lon] = capacity[lon] ?? 0;
  const spilling = leastRtt({ demand, capacity, rttMs: baseRttMs });
  expect(spilling[lon]?.[cityIndex('fra')]).toBeCloseTo(0.2 * (capacity[lon] ?? 0), 3);
});

describe('telemetry', () => {
  const scenario = scenarios.find(({ name }) => name === 'stale');
  if (scenario === undefined) throw new Error('no scenario');
  const telemetry = createTelemetry(scenario, 42);
  for (let second = 290; second <= 400; second += 1) {
    telemetry.observe({
      second,
      open: matrixOf(() => 100),
      counters: cities.map(() => second),
      utilisation: cities.map(() => 1.4),
    });
  }
  const reports = telemetry.arrivedBy(402);
  test('is 5 s old, and a full site says no more than that it is full', () => {
    const report = reports[cityIndex('fra')];
    expect(report?.atSecond).toBe(395);
    expect(report?.util).toBeLessThanOrEqual(1);
    expect(report?.paths).toHaveLength(cityCount);
  });
  test('of a silent site is the last that was heard', () => {
    expect(reports[cityIndex('lon')]?.atSecond).toBe(295);
  });
});
