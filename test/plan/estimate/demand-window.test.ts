import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type DemandState, demandOf, nextDemand, unknownDemand } from '../../../src/plan/estimate/demand.ts';
import { DemandWindow } from '../../../src/plan/estimate/demand-window.ts';

const sample = fc.record({
  gapMs: fc.oneof(fc.constant(5_000), fc.integer({ min: -1_000, max: 200_000 }), fc.constant(Number.NaN)),
  newPerSecond: fc.oneof(
    fc.constant(undefined),
    fc.double({ min: 0, max: 1_000, noNaN: true }),
    fc.constantFrom(-1, 2e9),
  ),
  activeConnections: fc.oneof(fc.nat(1_000), fc.constantFrom(undefined, -1, 2e9)),
});

test('a window says what the samples say one by one, however many have left it', () => {
  fc.assert(
    fc.property(fc.array(sample, { maxLength: 120 }), (samples) => {
      const window = new DemandWindow();
      let state: DemandState = unknownDemand;
      let nowMs = 0;
      for (const { gapMs, ...figures } of samples) {
        nowMs += Number.isNaN(gapMs) ? 0 : Math.max(0, gapMs);
        const offered = { ...figures, atMs: nowMs + Math.min(0, gapMs) };
        const judged = nextDemand(state, offered, nowMs);
        state = judged.state;
        expect(window.take(offered, nowMs)).toEqual(judged.rejection);
        expect(window.demand()).toEqual(demandOf(state));
        expect(window.newestAtMs).toBe(state.samples.at(-1)?.atMs);
      }
    }),
    { seed: 42, numRuns: 500 },
  );
});

test('what was offered and not believed counts as asked', () => {
  const window = new DemandWindow();
  expect(window.take({ atMs: 5_000, newPerSecond: 1, activeConnections: -1 }, 5_000)).toBeDefined();
  expect([window.newestAtMs, window.offeredAtMs]).toEqual([undefined, 5_000]);
});
