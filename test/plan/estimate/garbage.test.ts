/** Whatever an agent says: nothing throws, and nothing grows that a meter at fault could make grow. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { capacityOf, nextCapacity, unmeasuredCapacity } from '../../../src/plan/estimate/capacity.ts';
import { type DemandSample, DemandWindow } from '../../../src/plan/estimate/demand.ts';
import { nextRate, unknownRate } from '../../../src/plan/estimate/rate.ts';
import { checkSample, largest } from '../../../src/plan/estimate/sample.ts';
import { initialStaleness, nextStaleness, standingAt } from '../../../src/plan/estimate/staleness.ts';

const runs = { seed: 42, numRuns: 1_000 };
const notANumber = fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY);
const negative = fc.double({ max: -Number.MIN_VALUE, noNaN: true });
const huge = fc.double({ min: 2 ** 54, noNaN: true });
const garbage = fc.oneof(notANumber, negative, huge);
const garbageOrAbsent = fc.oneof(garbage, fc.constant(undefined));
const believable = fc.double({ min: 0, max: 2, noNaN: true });
const anything = fc.oneof(believable, garbageOrAbsent);
/** Now is 100 s; the newest sample before is of 95 s. */
const nowMs = 100_000;
const badTimeMs = fc.oneof(notANumber, fc.integer({ max: 95_000 }), fc.integer({ min: nowMs + 1 }));

test('garbage is rejected, with its name, what was found and why', () => {
  fc.assert(
    fc.property(garbageOrAbsent, (value) => {
      const bounds = { nowMs, previousAtMs: 95_000, largest: largest.counter };
      expect(checkSample({ name: 'util', value, atMs: nowMs }, bounds)).toEqual({
        kind: 'rejected',
        rejection: { name: 'util', found: String(value), why: expect.stringMatching(/./) },
      });
    }),
    runs,
  );
});

test('demand: a sample with garbage in it, or of an impossible time, leaves the state as it was', () => {
  const first = { atMs: 95_000, newPerSecond: 10, activeConnections: 100 };
  const sample = fc.oneof(
    fc.record({ atMs: fc.constant(nowMs), newPerSecond: garbage, activeConnections: believable }),
    fc.record({ atMs: fc.constant(nowMs), newPerSecond: believable, activeConnections: garbageOrAbsent }),
    fc.record({ atMs: badTimeMs, newPerSecond: believable, activeConnections: believable }),
  );
  fc.assert(
    fc.property(sample, (given) => {
      const window = fedWith([first]);
      expect(window.take(given, nowMs)).toBeDefined();
      expect([window.demand(), window.newestAtMs]).toEqual([fedWith([first]).demand(), first.atMs]);
    }),
    runs,
  );
});

test('capacity: a sample with garbage in it, or of an impossible time, leaves the state as it was', () => {
  const site = { declaredConnections: 1_000, healthyShare: 1, carryOverConnections: 0 };
  const before = nextCapacity(
    unmeasuredCapacity,
    { atMs: 95_000, activeConnections: 200, util: 0.5 },
    site,
    nowMs,
  ).state;
  const telemetry = fc.oneof(
    fc.record({ atMs: fc.constant(nowMs), activeConnections: garbageOrAbsent, util: believable }),
    fc.record({ atMs: fc.constant(nowMs), activeConnections: believable, util: garbage }),
    fc.record({ atMs: badTimeMs, activeConnections: believable, util: believable }),
  );
  fc.assert(
    fc.property(telemetry, (given) => {
      expect(nextCapacity(before, given, site, nowMs)).toEqual({
        state: before,
        rejection: expect.anything(),
      });
    }),
    runs,
  );
});

test('capacity: a site whose every sample is garbage has what it declares, and no more', () => {
  const site = { declaredConnections: 1_000, healthyShare: 0.5, carryOverConnections: 0 };
  const telemetry = fc.record({
    atMs: fc.oneof(badTimeMs, fc.integer({ min: 0, max: nowMs })),
    activeConnections: garbageOrAbsent,
    util: anything,
  });
  fc.assert(
    fc.property(fc.array(telemetry, { maxLength: 20 }), (samples) => {
      let state = unmeasuredCapacity;
      for (const sample of samples) state = nextCapacity(state, sample, site, nowMs).state;
      expect(capacityOf(state, site).milliConnections).toBe(500_000);
    }),
    runs,
  );
});

test('capacity: garbage about the site never gives more than declared × healthy', () => {
  const site = fc.record({
    declaredConnections: fc.oneof(fc.constant(1_000), garbage),
    healthyShare: fc.oneof(fc.constant(0.5), notANumber, negative),
    carryOverConnections: fc.oneof(fc.constant(0), garbage),
  });
  fc.assert(
    fc.property(site, (given) => {
      const { milliConnections } = capacityOf(unmeasuredCapacity, given);
      expect([0, 500_000]).toContain(milliConnections);
    }),
    runs,
  );
});

test('rate: garbage of any kind and order throws nothing, and λ stays a believable number', () => {
  const reading = fc.record({
    atMs: fc.oneof(badTimeMs, fc.integer({ min: 0, max: nowMs })),
    counter: fc.oneof(fc.nat(), garbageOrAbsent),
  });
  fc.assert(
    fc.property(fc.array(reading, { maxLength: 20 }), (readings) => {
      let state = unknownRate;
      for (const given of readings) state = nextRate(state, given, nowMs).state;
      expect(state.newPerSecond ?? 0).toBeGreaterThanOrEqual(0);
      expect(state.newPerSecond ?? 0).toBeLessThanOrEqual(largest.connectionsPerSecond);
    }),
    runs,
  );
});

test('rate: a reading that is garbage leaves the state as it was', () => {
  const before = nextRate(unknownRate, { atMs: 95_000, counter: 1_000 }, nowMs).state;
  const reading = fc.oneof(
    fc.record({ atMs: fc.constant(nowMs), counter: garbageOrAbsent }),
    fc.record({ atMs: badTimeMs, counter: fc.nat() }),
  );
  fc.assert(
    fc.property(reading, (given) => {
      expect(nextRate(before, given, nowMs)).toEqual({ state: before, rejection: expect.anything() });
    }),
    runs,
  );
});

test('staleness: telemetry of an impossible time makes no site fresher', () => {
  const before = nextStaleness(initialStaleness(0), { kind: 'telemetry', atMs: 95_000 }, 95_000);
  fc.assert(
    fc.property(badTimeMs, fc.nat(400_000), (atMs, laterMs) => {
      const after = nextStaleness(before, { kind: 'telemetry', atMs }, nowMs);
      expect(standingAt(after, nowMs + laterMs)).toEqual(standingAt(before, nowMs + laterMs));
    }),
    runs,
  );
});

test('demand: garbage among good samples gives what the good ones give alone', () => {
  const good = fc.record({ newPerSecond: believable, activeConnections: fc.nat(1_000) });
  const bad = fc.record({ newPerSecond: believable, activeConnections: garbageOrAbsent });
  fc.assert(
    fc.property(fc.array(fc.oneof(good, bad), { maxLength: 20 }), (samples) => {
      const timed = samples.map((sample, index) => ({ atMs: index * 5_000, ...sample }));
      const isGood = ({ activeConnections = -1 }: (typeof timed)[number]) =>
        activeConnections >= 0 && activeConnections <= 1_000;
      expect(fedWith(timed).demand()).toEqual(fedWith(timed.filter(isGood)).demand());
    }),
    runs,
  );
});

function fedWith(samples: readonly DemandSample[]): DemandWindow {
  const window = new DemandWindow();
  for (const sample of samples) window.take(sample, nowMs);
  return window;
}
