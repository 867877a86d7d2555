import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type HealthEvent,
  type HoldDown,
  heldUntilMs,
  holdDownPermille,
  neverFailed,
  nextHoldDown,
} from '../../../src/plan/estimate/hold-down.ts';

function after(events: readonly HealthEvent[]): HoldDown {
  return events.reduce(nextHoldDown, neverFailed);
}

/** Each failure is over after 1 s. */
function failedAt(...timesMs: readonly number[]): HoldDown {
  return after(
    timesMs.flatMap((atMs): HealthEvent[] => [
      { kind: 'failed', atMs },
      { kind: 'healthy', atMs: atMs + 1_000 },
    ]),
  );
}

test('who never failed has its whole share', () => {
  expect(holdDownPermille(neverFailed, 0)).toBe(1_000);
  expect(holdDownPermille(after([{ kind: 'healthy', atMs: 5 }]), 5)).toBe(1_000);
});

describe('the first failure, over after 1 s: held for 15 s, then 5 %/s', () => {
  test.each([
    [0, 0],
    [1_000, 0],
    [15_000, 0],
    [15_020, 1],
    [16_000, 50],
    [25_000, 500],
    [34_999, 999],
    [35_000, 1_000],
    [999_999, 1_000],
    [Number.NaN, 0],
  ])('at %i ms: %i ‰', (nowMs, expected) => {
    expect(holdDownPermille(failedAt(0), nowMs)).toBe(expected);
  });
});

describe('the k-th failure, each 60 s after the one before', () => {
  test.each([
    [1, 15],
    [2, 30],
    [3, 60],
    [4, 120],
    [5, 240],
    [6, 300],
    [7, 300],
    [20, 300],
  ])('k = %i: %i s', (count, heldSeconds) => {
    const times = Array.from({ length: count }, (_, index) => index * 60_000);
    const lastMs = times.at(-1) ?? 0;
    expect(heldUntilMs(failedAt(...times))).toBe(lastMs + heldSeconds * 1_000);
  });
});

test('one that fails whenever it is back stays at the longest hold', () => {
  let times: readonly number[] = [0];
  for (let count = 1; count < 20; count += 1) {
    times = [...times, (heldUntilMs(failedAt(...times)) ?? 0) + 20_000];
  }
  expect(heldUntilMs(failedAt(...times))).toBe((times.at(-1) ?? 0) + 300_000);
});

test.each([
  ['within 30 min it is remembered', 1_799_999, 30_000],
  ['after 30 min it is forgotten', 1_800_000, 15_000],
])('%s', (_, secondMs, heldMs) => {
  expect(heldUntilMs(failedAt(0, secondMs))).toBe(secondMs + heldMs);
});

test.each<[string, readonly HealthEvent[], number | undefined]>([
  ['still failing: not back', [{ kind: 'failed', atMs: 0 }], undefined],
  [
    'failing longer than its hold: back from when it is well',
    [
      { kind: 'failed', atMs: 0 },
      { kind: 'healthy', atMs: 100_000 },
    ],
    100_000,
  ],
  [
    'the same failure told twice is one',
    [
      { kind: 'failed', atMs: 0 },
      { kind: 'failed', atMs: 5_000 },
      { kind: 'healthy', atMs: 6_000 },
    ],
    15_000,
  ],
  [
    'told well twice: no longer away for it',
    [
      { kind: 'failed', atMs: 0 },
      { kind: 'healthy', atMs: 20_000 },
      { kind: 'healthy', atMs: 30_000 },
    ],
    20_000,
  ],
  [
    'a failure told late counts as of the event before it',
    [
      { kind: 'failed', atMs: 0 },
      { kind: 'healthy', atMs: 20_000 },
      { kind: 'failed', atMs: 10_000 },
      { kind: 'healthy', atMs: 21_000 },
    ],
    50_000,
  ],
  [
    'an event without a time is passed over',
    [
      { kind: 'failed', atMs: 0 },
      { kind: 'healthy', atMs: Number.NaN },
    ],
    undefined,
  ],
])('%s', (_, events, expected) => {
  expect(heldUntilMs(after(events))).toBe(expected);
});

describe('properties', () => {
  const runs = { seed: 42, numRuns: 1_000 };
  const events = fc.array(
    fc.record({ kind: fc.constantFrom('failed' as const, 'healthy' as const), atMs: fc.nat(4_000_000) }),
    { maxLength: 30 },
  );

  test('an integer from 0 to 1000 that never falls with time alone', () => {
    fc.assert(
      fc.property(events, fc.nat(5_000_000), fc.nat(5_000_000), (given, one, other) => {
        const state = after(given);
        const earlier = holdDownPermille(state, Math.min(one, other));
        const later = holdDownPermille(state, Math.max(one, other));
        expect(Number.isInteger(earlier)).toBe(true);
        expect(earlier).toBeGreaterThanOrEqual(0);
        expect(later).toBeLessThanOrEqual(1_000);
        expect(earlier).toBeLessThanOrEqual(later);
      }),
      runs,
    );
  });

  test('one more failure never brings it back sooner', () => {
    fc.assert(
      fc.property(events, fc.nat(1_000_000), (given, laterMs) => {
        const state = after([...given, { kind: 'healthy', atMs: 4_000_000 }]);
        const atMs = 4_000_000 + laterMs;
        const failed = nextHoldDown(state, { kind: 'failed', atMs });
        const back = nextHoldDown(failed, { kind: 'healthy', atMs });
        expect(heldUntilMs(back)).toBeGreaterThanOrEqual(heldUntilMs(state) ?? 0);
      }),
      runs,
    );
  });
});
