import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  countsAsHealthy,
  judgePanic,
  type PanicInput,
  type ServerState,
} from '../../../src/plan/estimate/panic.ts';

type Point = readonly [atSeconds: number, healthyConnections: number];

function input(points: readonly Point[], changes: Partial<PanicInput> = {}): PanicInput {
  const history = points.map(([atSeconds, healthyConnections]) => ({
    atMs: atSeconds * 1_000,
    healthyConnections,
  }));
  return { history, nowMs: 1_000_000, ...changes };
}

const half: readonly Point[] = [
  [0, 100],
  [10, 50],
];
const moreThanHalf: readonly Point[] = [
  [0, 100],
  [10, 49],
];

test.each<[string, readonly Point[], number | undefined]>([
  ['nothing known', [], undefined],
  ['one figure', [[0, 100]], undefined],
  ['half is not more than half', half, undefined],
  ['more than half', moreThanHalf, 100],
  [
    'in steps, within 30 s',
    [
      [0, 100],
      [10, 80],
      [20, 60],
      [30, 49],
    ],
    100,
  ],
  [
    'in steps, more slowly',
    [
      [0, 100],
      [10, 80],
      [20, 60],
      [40, 49],
    ],
    undefined,
  ],
  [
    'what stood long counts until it went',
    [
      [0, 100],
      [500, 49],
    ],
    100,
  ],
  ['it goes on after 30 s', [...moreThanHalf, [100, 40]], 100],
  ['until half is back', [...moreThanHalf, [100, 50]], undefined],
  ['everything at once', [...moreThanHalf, [11, 0]], 100],
  [
    'two at the same time: the lower is the later',
    [
      [0, 40],
      [0, 100],
    ],
    100,
  ],
  [
    'figures that are none',
    [
      [0, 100],
      [5, Number.NaN],
      [10, 60],
    ],
    undefined,
  ],
  [
    'figures below 0',
    [
      [0, 100],
      [5, -1],
      [10, 60],
    ],
    undefined,
  ],
])('%s', (_, points, beforeConnections) => {
  expect(judgePanic(input(points))).toMatchObject({
    isPanic: beforeConnections !== undefined,
    beforeConnections,
  });
});

test('what is still to come is not known yet', () => {
  expect(judgePanic(input(moreThanHalf, { nowMs: 9_999 })).isPanic).toBe(false);
  expect(judgePanic(input(moreThanHalf, { nowMs: 10_000 })).isPanic).toBe(true);
});

test.each<[string, boolean, boolean, readonly ServerState[]]>([
  ['no panic', false, false, ['healthy']],
  ['no panic, fail open', false, true, ['healthy']],
  ['panic: the unknown too', true, false, ['healthy', 'unknown']],
  ['panic, fail open: the confirmed too', true, true, ['healthy', 'unknown', 'confirmed']],
])('who counts as healthy: %s', (_, isPanic, failOpen, expected) => {
  const states: readonly ServerState[] = ['healthy', 'unknown', 'confirmed'];
  expect(states.filter((state) => countsAsHealthy(state, isPanic, failOpen))).toEqual(expected);
});

describe('properties', () => {
  const runs = { seed: 42, numRuns: 1_000 };
  const figure = fc.oneof(fc.nat(100), fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, -5));
  const any = fc.record({
    history: fc.array(
      fc.record({ atMs: fc.oneof(fc.nat(200_000), fc.constant(Number.NaN)), healthyConnections: figure }),
      { maxLength: 12 },
    ),
    nowMs: fc.nat(250_000),
  });

  test('the order of the input does not matter', () => {
    fc.assert(
      fc.property(any, (given) => {
        const reversed = { ...given, history: given.history.toReversed() };
        expect(judgePanic(reversed)).toEqual(judgePanic(given));
      }),
      runs,
    );
  });
});
