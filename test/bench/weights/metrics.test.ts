import { describe, expect, test } from 'vitest';
import { createMeter, movedShare, queueMs } from './metrics.ts';

test.each([
  [0, 0],
  [0.5, 0.0078],
  [0.9, 4.305],
  [0.9999, 1_000],
  [1, 1_000],
  [1.5, 1_000],
  [Number.POSITIVE_INFINITY, 1_000],
])('a site %f full adds %f ms', (utilisation, ms) => {
  expect(queueMs(utilisation)).toBeCloseTo(ms, 3);
});

test.each([
  [[1, 0], [1, 0], 0],
  [[1, 0], [0, 1], 1],
  [[0.5, 0.5], [0.25, 0.75], 0.25],
])('from %j to %j moves %f', (before, after, moved) => {
  expect(movedShare(before, after)).toBe(moved);
});

describe('two cities, two seconds', () => {
  const meter = createMeter();
  const rttMs = [
    [1, 21],
    [21, 1],
  ];
  // The second city asks three times as much; half of it goes to the first from the second second on.
  const open = [
    [100, 0],
    [0, 300],
  ];
  const moved = [
    [100, 0],
    [150, 150],
  ];
  const own = [
    [1, 0],
    [0, 1],
  ];
  const half = [
    [1, 0],
    [0.5, 0.5],
  ];
  meter.add({ open, rttMs, utilisation: [0.5, 1.1], split: own, optimumRttMs: 2 });
  meter.add({ open: moved, rttMs, utilisation: [0.95, 0.5], split: half, optimumRttMs: 2 });
  const metrics = meter.metrics();

  test('RTT is the mean over connections, and compared with the best', () => {
    expect(metrics.meanRttMs).toBeCloseTo((400 * 1 + 250 * 1 + 150 * 21) / 800, 9);
    expect(metrics.rttOverLp).toBeCloseTo(metrics.meanRttMs / 2, 9);
  });
  test('p99 is that of the way that the hundredth takes', () => {
    expect(metrics.p99Ms).toBeCloseTo(21, 6);
  });
  test('a site-second more than full is hot as well', () => {
    expect(metrics).toMatchObject({ hotSiteSeconds: 2, overloadSiteSeconds: 1 });
  });
  test('half of three quarters of the traffic moved within two seconds', () => {
    expect(metrics.churnPctPerMin).toBeCloseTo(37.5 * 30, 9);
  });
  test('waiting counts for everybody at the site', () => {
    const waiting = 300 * 1_000 + 100 * queueMs(0.5) + 250 * queueMs(0.95) + 150 * queueMs(0.5);
    expect(metrics.effectiveMs).toBeCloseTo(metrics.meanRttMs + waiting / 800, 9);
  });
});
