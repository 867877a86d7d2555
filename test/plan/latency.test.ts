import { describe, expect, test } from 'vitest';
import {
  acceptLatency,
  emptyLatency,
  type LatencySample,
  type LatencyState,
  latencyAccepted,
} from '../../src/plan/latency.ts';
import { pathCostUs } from '../../src/plan/path-cost.ts';

function sample(p50Ms: number, changes: Partial<LatencySample> = {}): LatencySample {
  return {
    from: 'fra',
    to: 'lon',
    p50Us: p50Ms * 1_000,
    p90Us: p50Ms * 1_000,
    loss: 0,
    answered: 10,
    ...changes,
  };
}

/** Accepted p50 in ms after each window. */
function accepted(windows: readonly (readonly LatencySample[])[]): (number | undefined)[] {
  let state: LatencyState = emptyLatency;
  return windows.map((window) => {
    state = acceptLatency(state, window);
    const entry = state.entries[0];
    return entry && entry.p50Us / 1_000;
  });
}

test.each([
  ['p50 alone', 14_000, 14_000, 0, 14_000],
  ['jitter counts', 14_000, 20_000, 0, 20_000],
  ['1 % loss costs 20 ms', 14_000, 14_000, 0.01, 34_000],
])('cost: %s', (_, p50Us, p90Us, loss, expected) => {
  expect(pathCostUs({ p50Us, p90Us, loss })).toBe(expected);
});

describe('one sample a window (ms)', () => {
  test.each<[string, (number | undefined)[], (number | undefined)[]]>([
    ['the first at once', [14], [14]],
    ['a real change after three', [14, 120, 120, 120], [14, 14, 14, 120]],
    ['of the three the one in the middle', [14, 900, 110, 120], [14, 14, 14, 120]],
    ['a spike never', [14, 120, 14, 120, 14, 120], [14, 14, 14, 14, 14, 14]],
    ['within 2 ms', [14, 15.9, 15.9, 15.9], [14, 14, 14, 14]],
    ['within 10 %', [82, 90, 90, 90], [82, 82, 82, 82]],
    ['above and below in turn', [50, 50, 50, 80, 20, 80, 20], [50, 50, 50, 50, 50, 50, 50]],
    ['a cheaper one at once, right after the first', [50, 30, 80, 14, 14], [50, 30, 30, 30, 30]],
    ['a window without samples changes nothing', [14, 120, undefined, 120, 120], [14, 14, 14, 14, 120]],
  ])('%s', (_, measured, expected) => {
    expect(accepted(measured.map((ms) => (ms === undefined ? [] : [sample(ms)])))).toEqual(expected);
  });
});

test('a p50 that lags behind its p90 is put right, though the cost stays', () => {
  const late = sample(14, { p90Us: 120_000 });
  expect(accepted([[late], [sample(119)], [sample(119)], [sample(119)]])).toEqual([14, 14, 14, 119]);
});

describe('jitter and loss are judged by a minute', () => {
  const calm = sample(82, { p90Us: 83_000 });
  const noisy = sample(82, { p90Us: 140_000 });
  const cost = (windows: readonly LatencySample[]): number | undefined =>
    windows
      .reduce((state, window) => acceptLatency(state, [window]), emptyLatency)
      .entries.map((entry) => Math.round(pathCostUs(entry) / 1_000))[0];
  const times = (count: number, one: LatencySample) => Array.from({ length: count }, () => one);

  test.each<[string, readonly LatencySample[], number]>([
    ['30 s of a busy host look like no distance', [...times(12, calm), ...times(6, noisy)], 83],
    ['a host that was busy at the very first', [noisy, ...times(5, calm)], 83],
    ['a path that stays noisy is dearer', [calm, ...times(12, noisy)], 140],
    ['and cheaper again when it is calm', [calm, ...times(12, noisy), ...times(12, calm)], 83],
    ['a path that becomes another is no noise', [calm, ...times(3, sample(14, { p90Us: 15_000 }))], 15],
    [
      'a lost probe in one window of a minute',
      [...times(12, calm), sample(82, { p90Us: 83_000, loss: 0.03 }), ...times(3, calm)],
      83,
    ],
    [
      '3 % lost for a minute, to within 10 %',
      [calm, ...times(15, sample(82, { p90Us: 83_000, loss: 0.03 }))],
      136,
    ],
  ])('%s', (_, windows, expected) => {
    expect(cost(windows)).toBe(expected);
  });
});

test('the median over the real servers of a site; the lower of two', () => {
  expect(accepted([[sample(14), sample(500), sample(15)]])).toEqual([15]);
  expect(accepted([[sample(14), sample(500)]])).toEqual([14]);
});

test('a real server that answers nothing says nothing about distance', () => {
  expect(accepted([[sample(0, { answered: 0, loss: 1 })]])).toEqual([undefined]);
  expect(accepted([[sample(14)], [sample(0, { answered: 0, loss: 1 })], [sample(Number.NaN)]])).toEqual([
    14, 14, 14,
  ]);
});

test('pairs are directed and stand in order', () => {
  const samples = [sample(2, { from: 'lon', to: 'fra' }), sample(1)];
  expect(acceptLatency(emptyLatency, samples).entries.map(({ from, to }) => `${from} ${to}`)).toEqual([
    'fra lon',
    'lon fra',
  ]);
});

test('others get turns while very many samples are judged', () => {
  const samples = Array.from({ length: 20_000 }, (_, index) => ({
    from: `s${index % 5}`,
    to: `s${index % 7}`,
    p50Us: 1_000 + index,
    p90Us: 1_000 + index,
    loss: 0,
    answered: 1,
  }));
  const steps = latencyAccepted(emptyLatency, samples);
  let turns = 0;
  let step = steps.next();
  for (; step.done !== true; step = steps.next()) turns += 1;
  expect(turns).toBeGreaterThanOrEqual(10 + 35);
  expect(step.value).toEqual(acceptLatency(emptyLatency, samples));
});
