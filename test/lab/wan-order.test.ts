import { describe, expect, it } from 'vitest';
import type { WanSpec } from '../../src/lab/scenario-schema.ts';
import { nearestFirst, reorderedSites, withRtt } from '../../src/lab/wan-order.ts';

const wan: WanSpec[] = [
  { between: ['fra', 'lon'], rttMs: 14, loss: 0 },
  { between: ['lon', 'nyc'], rttMs: 70, loss: 0 },
  { between: ['fra', 'nyc'], rttMs: 82, loss: 0 },
];

describe('the nearest other site', () => {
  it.each([
    ['fra', ['lon', 'nyc']],
    ['lon', ['fra', 'nyc']],
    ['nyc', ['lon', 'fra']],
  ])('of %s comes first', (site, expected) => {
    expect(nearestFirst(wan, site)).toEqual(expected);
  });

  it.each([
    [['fra', 'lon'], 120, ['fra', 'lon']],
    [['lon', 'fra'], 75, ['lon']],
    [['fra', 'lon'], 20, []],
  ] as const)('between %j at %i ms another one becomes it for %j', (between, rttMs, expected) => {
    expect(reorderedSites(wan, withRtt(wan, between, rttMs))).toEqual(expected);
  });
});
