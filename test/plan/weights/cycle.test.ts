import { expect, test } from 'vitest';
import type { Scheduler } from '../../../src/domain/ipvs-table.ts';
import { largestWeightFor } from '../../../src/plan/weights/cycle.ts';

function largest(
  carriers: number,
  rate: number | undefined,
  before?: number,
  scheduler: Scheduler = 'wrr',
): number {
  return largestWeightFor(
    { scheduler, newConnectionsPerSecond: rate },
    before === undefined ? undefined : { weights: [before], strangers: new Map() },
    carriers,
  );
}

test.each<[string, number, number]>([
  ['a busy service weighs finely', largest(10, 100), 100],
  ['a quiet one coarsely: its shares hold after 20 s, not after minutes', largest(5, 3), 10],
  ['in between', largest(5, 10), 20],
  ['the quietest too', largest(40, 0.1), 10],
  ['a rate that nobody knows', largest(5, undefined), 100],
  ['no connections', largest(5, 0), 100],
  ['a rate that is no number', largest(5, Number.NaN), 100],
  ['a rate that hovers at a border keeps the scale', largest(10, 40, 100), 100],
  ['and from the other side', largest(10, 60, 50), 50],
  ['until it is far from it', largest(10, 20, 100), 20],
  ['and far beyond', largest(10, 200, 20), 100],
  ['other schedulers compare connections, and need no cycle', largest(5, 3, undefined, 'wlc'), 1_000],
])('%s', (_, found, expected) => {
  expect(found).toBe(expected);
});
