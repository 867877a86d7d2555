import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Freshness,
  initialStaleness,
  nextStaleness,
  type Staleness,
  standingAt,
  trustedMilli,
} from '../../../src/plan/estimate/staleness.ts';

/** Telemetry that arrives the moment it is taken. */
function heardAt(...timesMs: readonly number[]): Staleness {
  return timesMs.reduce(
    (staleness, atMs) => nextStaleness(staleness, { kind: 'telemetry', atMs }, atMs),
    initialStaleness(0),
  );
}

describe('by age (ms)', () => {
  test.each<[number, Freshness, boolean, boolean]>([
    [0, 'fresh', true, false],
    [15_000, 'fresh', true, false],
    [15_001, 'hold', true, false],
    [60_000, 'hold', true, false],
    [60_001, 'frozen', false, false],
    [180_000, 'frozen', false, false],
    [180_001, 'lost', false, true],
    [Number.NaN, 'lost', false, true],
  ])('%i: %s', (ageMs, freshness, inflowMayGrow, flagged) => {
    expect(standingAt(heardAt(0), ageMs)).toMatchObject({ freshness, inflowMayGrow, flagged });
  });
});

test.each<[string, number, Freshness]>([
  ['at first held, not fresh', 0, 'hold'],
  ['frozen after a minute', 60_001, 'frozen'],
  ['lost after three', 180_001, 'lost'],
])('never heard of: %s', (_, nowMs, freshness) => {
  expect(standingAt(initialStaleness(0), nowMs).freshness).toBe(freshness);
});

/** Heard until 0, then again from `back`. */
const back = 200_000;
test.each<[string, readonly number[], number, boolean]>([
  ['at the return', [back], back, true],
  ['news within 10 s', [back, back + 9_999], back + 9_999, true],
  ['time alone ends nothing', [back], back + 14_000, true],
  ['news after 10 s', [back, back + 5_000, back + 10_000], back + 10_000, false],
  ['news after 15 s is still in time', [back, back + 15_000], back + 15_000, false],
  ['a gap begins it again', [back, back + 15_001], back + 15_001, true],
  ['which then ends', [back, back + 15_001, back + 25_001], back + 25_001, false],
  ['lost once more', [back, back + 190_000], back + 190_000, true],
])('probation: %s', (_, timesMs, nowMs, onProbation) => {
  const standing = standingAt(heardAt(0, ...timesMs), nowMs);
  expect(standing).toMatchObject({ freshness: 'fresh', onProbation, inflowMayGrow: !onProbation });
});

test('frozen, then heard again: no probation', () => {
  expect(standingAt(heardAt(0, 180_000), 180_000).inflowMayGrow).toBe(true);
});

test('old telemetry that comes late is as old as it is, and a return all the same', () => {
  const late = nextStaleness(heardAt(0), { kind: 'telemetry', atMs: 150_000 }, 200_000);
  expect(standingAt(late, 200_000)).toMatchObject({ freshness: 'hold', ageMs: 50_000, onProbation: true });
});

test.each<[string, number, number]>([
  ['from the future', 50_000, 20_000],
  ['older than the newest', 5_000, 20_000],
  ['without a time', Number.NaN, 20_000],
])('telemetry %s changes nothing', (_, atMs, nowMs) => {
  const before = heardAt(10_000);
  expect(nextStaleness(before, { kind: 'telemetry', atMs }, nowMs)).toBe(before);
});

test('probation counts from when the return was noticed', () => {
  const returned = nextStaleness(heardAt(0), { kind: 'telemetry', atMs: 195_000 }, 205_000);
  const next = nextStaleness(returned, { kind: 'telemetry', atMs: 206_000 }, 206_000);
  expect(standingAt(next, 206_000).onProbation).toBe(true);
});

const chain = { declaredMilli: 2_000, healthyMilli: 1_000, measuredMilli: 500, carryOverMilli: 99 };
test.each<[Freshness, number]>([
  ['fresh', 401],
  ['hold', 401],
  ['frozen', 360],
  ['lost', 901],
])('capacity when %s', (freshness, expected) => {
  expect(trustedMilli(freshness, { ...chain, milliConnections: 401 })).toBe(expected);
});

test('lost: more carried over than there is leaves nothing', () => {
  expect(trustedMilli('lost', { ...chain, carryOverMilli: 5_000, milliConnections: 0 })).toBe(0);
});

describe('properties', () => {
  const runs = { seed: 42, numRuns: 1_000 };
  const gaps = fc.array(fc.oneof(fc.nat(20_000), fc.nat(300_000)), { maxLength: 12 });
  const timesOf = (gapsMs: readonly number[]) => {
    let atMs = 0;
    return gapsMs.map((gapMs) => {
      atMs += gapMs;
      return atMs;
    });
  };

  test('age alone never lets inflow grow again, and never makes a site fresher', () => {
    const order: readonly Freshness[] = ['fresh', 'hold', 'frozen', 'lost'];
    fc.assert(
      fc.property(gaps, fc.nat(400_000), fc.nat(400_000), (gapsMs, one, other) => {
        const times = timesOf(gapsMs);
        const staleness = heardAt(...times);
        const from = times.at(-1) ?? 0;
        const younger = standingAt(staleness, from + Math.min(one, other));
        const older = standingAt(staleness, from + Math.max(one, other));
        expect(Number(older.inflowMayGrow)).toBeLessThanOrEqual(Number(younger.inflowMayGrow));
        expect(order.indexOf(older.freshness)).toBeGreaterThanOrEqual(order.indexOf(younger.freshness));
      }),
      runs,
    );
  });

  test('within 10 s of a return from lost inflow never grows', () => {
    fc.assert(
      fc.property(
        gaps,
        fc.integer({ min: 180_001, max: 999_999 }),
        fc.nat(9_999),
        (gapsMs, silentMs, more) => {
          const times = timesOf(gapsMs);
          const returnMs = (times.at(-1) ?? 0) + silentMs;
          const staleness = heardAt(...times, returnMs, returnMs + more);
          expect(standingAt(staleness, returnMs + more).inflowMayGrow).toBe(false);
        },
      ),
      runs,
    );
  });
});
