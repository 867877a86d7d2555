import { expect, test } from 'vitest';
import { type BurstInput, nextBurst } from '../../../src/plan/weights/burst.ts';

function burst(changes: Partial<BurstInput>) {
  return nextBurst({
    lastBurstMs: 100_000,
    nowMs: 100_000,
    destinations: 10,
    newConnectionsPerSecond: 1_000,
    safety: false,
    ...changes,
  });
}

test.each<[string, Partial<BurstInput>, number]>([
  ['5 s at least', {}, 105_000],
  ['two rounds over all destinations', { destinations: 100, newConnectionsPerSecond: 10 }, 120_000],
  ['in whole ms, never early', { destinations: 100, newConnectionsPerSecond: 30 }, 106_667],
  ['300 s at most', { newConnectionsPerSecond: 0.001 }, 400_000],
  ['no connections', { newConnectionsPerSecond: 0 }, 105_000],
  ['a rate nobody knows', { newConnectionsPerSecond: Number.NaN }, 105_000],
  ['an absurd rate', { newConnectionsPerSecond: -3 }, 105_000],
  ['no destinations', { destinations: 0, newConnectionsPerSecond: 0 }, 105_000],
])('%s', (_, changes, untilMs) => {
  expect(burst(changes)).toEqual({ kind: 'wait', untilMs });
  expect(burst({ ...changes, nowMs: untilMs - 1 })).toEqual({ kind: 'wait', untilMs });
  expect(burst({ ...changes, nowMs: untilMs })).toEqual({ kind: 'now' });
});

test.each<[string, Partial<BurstInput>]>([
  ['the first burst', { lastBurstMs: undefined }],
  ['safety', { safety: true }],
  ['a last burst in the future', { lastBurstMs: 200_000 }],
  ['a last burst that is no time', { lastBurstMs: Number.NaN }],
])('%s does not wait', (_, changes) => {
  expect(burst(changes)).toEqual({ kind: 'now' });
});
