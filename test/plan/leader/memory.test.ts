import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { changedWeights, keptMemory, memoryOf, plannedWeights } from '../../../src/plan/leader/memory.ts';
import { type LeaderMemory, nothingYet } from '../../../src/plan/leader/step.ts';
import { leaderMemoryKey } from '../../../src/store/keys.ts';
import { decodeRecord, encodeRecord } from '../../../src/store/record.ts';

const name = fc.constantFrom('a', 'b', 'c');
const claim = fc.record({
  site: name,
  isWithdrawn: fc.boolean(),
  changedMs: fc.option(fc.integer({ min: -1_000, max: 1_000_000 }), { nil: undefined }),
  reachableConnections: fc.nat(100),
  usableConnections: fc.nat(100),
});
const memory: fc.Arbitrary<LeaderMemory> = fc
  .record({
    leaps: fc.dictionary(name, fc.integer({ min: 1, max: 9 })),
    orders: fc.array(name, { maxLength: 2 }),
    claims: fc.dictionary(name, fc.uniqueArray(claim, { selector: ({ site }) => site })),
    cutOff: fc.dictionary(name, fc.uniqueArray(name, { minLength: 1 })),
  })
  .map(({ claims, cutOff, ...rest }) => ({ ...nothingYet, ...rest, withdrawals: { claims, cutOff } }));

/** As the store gives it back. */
function stored(given: LeaderMemory, epochMs: number) {
  const text = encodeRecord({ kind: 'leader-memory', value: keptMemory(given, epochMs) });
  const record = decodeRecord(leaderMemoryKey, text, 'test');
  if (record?.kind !== 'leader-memory') throw new Error('another record');
  return record.value;
}

describe("a leader's memory", () => {
  test('is taken up by another as it was, on another clock', () => {
    fc.assert(
      fc.property(memory, (given) => {
        const [before, after] = [1_700_000_000_000, 1_700_000_500_000];
        const next = memoryOf(stored(given, before), [], after);
        expect(keptMemory(next, after)).toEqual(keptMemory(given, before));
        expect(next.leaps).toEqual(given.leaps);
        expect(next.orders).toEqual(given.orders);
      }),
    );
  });

  test('is written no second time while it stays the same', () => {
    fc.assert(
      fc.property(memory, (given) => {
        const kept = keptMemory(given, 0);
        expect(JSON.stringify(stored(given, 0))).toBe(JSON.stringify(kept));
      }),
    );
  });

  test('is nothing where nothing was kept', () => {
    expect(memoryOf(undefined, [{ service: 's', site: 'a', weights: { r: 1 } }], 0)).toEqual(nothingYet);
  });
});

test('of weights only those are written that are not as they were', () => {
  const kept = plannedWeights([
    { service: 's', site: 'a', weights: { r1: 1, r2: 0 } },
    { service: 's', site: 'b', weights: { r1: 5 } },
    { service: 'old', site: 'a', weights: { r1: 5 } },
  ]);
  const planned = plannedWeights([
    { service: 's', site: 'a', weights: { r1: 1, r2: 0 } },
    { service: 's', site: 'b', weights: { r1: 6 } },
    { service: 'new', site: 'a', weights: {} },
  ]);
  expect(changedWeights(kept, planned)).toEqual({
    changed: [
      { service: 's', site: 'b', weights: { r1: 6 } },
      { service: 'new', site: 'a', weights: {} },
    ],
    gone: [{ service: 'old', site: 'a' }],
  });
});
