import fc from 'fast-check';
import { expect, test } from 'vitest';
import { schedulerFacts, schedulers } from '../../../src/domain/ipvs-table.ts';
import { weightFromTerms } from '../../../src/plan/weights/explain-terms.ts';
import { gcdOf } from '../../../src/plan/weights/gcd.ts';
import type { WeighedRealServer, WeightInput } from '../../../src/plan/weights/input.ts';
import { strengthOf } from '../../../src/plan/weights/strength.ts';
import { decideWeights, type ServiceWeights } from '../../../src/plan/weights/weights.ts';

const thousand = { seed: 42, numRuns: 1_000 } as const;
const siteNames = ['ams', 'fra', 'lon', 'nyc'] as const;

const member = fc.record({
  site: fc.constantFrom(...siteNames),
  // Alike as in a rack, or anything.
  capacityMilliConnections: fc.oneof(
    fc.constantFrom(1_000_000, 2_000_000, 4_000_000),
    fc.integer({ min: 1, max: 2 ** 30 }),
  ),
  slowStartPerMille: fc.oneof(fc.constant(1_000), fc.integer({ min: 100, max: 1_000 })),
  holdDownPerMille: fc.oneof(
    { weight: 4, arbitrary: fc.constant(1_000) },
    fc.integer({ min: 0, max: 1_000 }),
  ),
  health: fc.oneof(
    { weight: 4, arbitrary: fc.constant('healthy' as const) },
    fc.constantFrom('unhealthy' as const, 'unknown' as const),
  ),
  isDrained: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
  isEligible: fc.integer({ min: 0, max: 9 }).map((n) => n > 0),
  previous: fc.oneof(
    fc.constant(undefined),
    fc.constant(0),
    fc.constant(1),
    fc.integer({ min: 0, max: 1_000 }),
  ),
});

const milliConnections = fc.oneof(
  fc.constant(0),
  fc.integer({ min: 1, max: 10_000 }),
  fc.integer({ min: 1, max: 2 ** 40 }),
);

const input: fc.Arbitrary<WeightInput> = fc
  .record({
    members: fc.array(member, { minLength: 1, maxLength: 24 }),
    flows: fc.tuple(milliConnections, milliConnections, milliConnections, milliConnections),
    scheduler: fc.constantFrom(...schedulers),
    safety: fc.boolean(),
    failOpen: fc.boolean(),
    apertureSize: fc.constantFrom(1, 1, 2, 3),
    isFirst: fc.boolean(),
  })
  .map(({ members, flows, isFirst, ...rest }): WeightInput => {
    const realServers = members.map(({ previous, ...one }, index) => ({ ...one, name: `rs-${index}` }));
    const known = members.flatMap(({ previous }, index): [string, number][] =>
      previous === undefined ? [] : [[`rs-${index}`, previous]],
    );
    return {
      ...rest,
      directorSite: 'lon',
      service: 'web',
      flows: siteNames.map((site, index) => ({ site, milliConnections: flows[index] ?? 0 })),
      realServers,
      ...(isFirst ? {} : { previous: new Map(known) }),
    };
  });

function weightsOf({ servers }: ServiceWeights): Map<string, number> {
  return new Map(servers.map(({ name, weight }) => [name, weight]));
}

/** The weights that would be written: nothing before them to keep. */
function fresh(given: WeightInput): ServiceWeights {
  return decideWeights({ ...given, safety: true });
}

function mayCarry({ isDrained, isEligible, health }: WeighedRealServer): boolean {
  return !isDrained && isEligible && health !== 'unhealthy';
}

test('weight 0 for confirmed-unhealthy, drained, ineligible; fail open overrides the first alone', () => {
  fc.assert(
    fc.property(input, (given) => {
      const weights = weightsOf(decideWeights(given));
      const isAnyUsable = given.realServers.some(mayCarry);
      for (const server of given.realServers) {
        const isOpen = given.failOpen && !isAnyUsable && server.isEligible && !server.isDrained;
        if (!mayCarry(server) && !isOpen) expect(weights.get(server.name)).toBe(0);
      }
    }),
    thousand,
  );
});

test('somebody carries if anything is healthy', () => {
  fc.assert(
    fc.property(input, (given) => {
      const sum = [...weightsOf(decideWeights(given)).values()].reduce((total, weight) => total + weight, 0);
      expect(sum > 0).toBe(
        given.realServers.some(
          (server) => mayCarry(server) || (given.failOpen && server.isEligible && !server.isDrained),
        ),
      );
    }),
    thousand,
  );
});

test('each share is off by at most one of its site’s weight, but where an aperture of several was asked for', () => {
  fc.assert(
    fc.property(input, (given) => {
      expectShares(given);
    }),
    thousand,
  );
});

test('so it is where mh’s gcd is pinned', () => {
  const capacities = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 2, maxLength: 6 });
  fc.assert(
    fc.property(capacities, fc.integer({ min: 1, max: 12 }), (ones, flow) => {
      expectShares({
        directorSite: 'lon',
        service: 'web',
        scheduler: 'mh',
        flows: [
          { site: 'fra', milliConnections: flow },
          { site: 'nyc', milliConnections: 12 },
        ],
        realServers: ones.map((capacityMilliConnections, index) => ({
          name: `rs-${index}`,
          site: index % 2 === 0 ? 'fra' : 'nyc',
          capacityMilliConnections,
          slowStartPerMille: 1_000,
          holdDownPerMille: 1_000,
          health: 'healthy',
          isDrained: false,
          isEligible: true,
        })),
        safety: true,
        failOpen: false,
        apertureSize: 1,
      });
    }),
    // The largest weight’s own step, taken blindly, would put another share out.
    { ...thousand, examples: [[[7, 5, 5, 9, 11, 5], 11] as [number[], number]] },
  );
});

/** Strengths are those that the terms name. */
function expectShares(given: WeightInput): void {
  const decided = fresh(given);
  const carriers = decided.servers.flatMap(({ name, site, weight, terms }) => {
    const capacity = terms.find((term) => term.kind === 'server-share')?.capacity;
    const slowStart = terms.find((term) => term.kind === 'slow-start')?.perMille ?? 0;
    const holdDown = terms.find((term) => term.kind === 'hold-down')?.perMille ?? 0;
    if (capacity === undefined) return [];
    return { name, site, weight, strength: strengthOf(capacity, slowStart, holdDown) };
  });
  for (const [site, members] of Map.groupBy(carriers, (one) => one.site)) {
    const isAperture = decided.apertures.some((aperture) => aperture.site === site);
    if (isAperture && given.apertureSize !== 1) continue;
    const sum = BigInt(members.reduce((total, { weight }) => total + weight, 0));
    const strength = BigInt(members.reduce((total, one) => total + one.strength, 0));
    for (const one of members) {
      const off = BigInt(one.weight) * strength - BigInt(one.strength) * sum;
      expect(off <= strength && -off <= strength, one.name).toBe(true);
    }
  }
}

test('weights are in the scheduler’s range, and the gcd of mh is 1', () => {
  fc.assert(
    fc.property(input, (given) => {
      const weights = [...weightsOf(decideWeights(given)).values()];
      for (const weight of weights) {
        expect(Number.isInteger(weight) && weight >= 0).toBe(true);
        expect(weight).toBeLessThanOrEqual(schedulerFacts[given.scheduler].largestWeight);
      }
      if (given.scheduler === 'mh') expect(gcdOf(weights)).toBeLessThanOrEqual(1);
    }),
    thousand,
  );
});

test('constant input: no writes from the second tick, not even for safety', () => {
  fc.assert(
    fc.property(input, (given) => {
      const first = weightsOf(decideWeights(given));
      expect(weightsOf(decideWeights({ ...given, previous: first }))).toEqual(first);
    }),
    thousand,
  );
});

test('input that jitters by 0.1 %: no weight goes A→B→A in ten ticks', () => {
  const perMille = fc.integer({ min: -1, max: 1 });
  const tick = fc.array(perMille, { minLength: 28, maxLength: 28 });
  const jitter = fc.array(tick, { minLength: 10, maxLength: 10 });
  fc.assert(
    fc.property(input, jitter, (given, ticks) => {
      let previous = given.previous;
      const history = ticks.map((perMille) => {
        const { previous: _, ...rest } = jitteredBy(given, perMille);
        previous = weightsOf(
          decideWeights({ ...rest, safety: false, ...(previous === undefined ? {} : { previous }) }),
        );
        return previous;
      });
      for (const { name } of given.realServers) {
        const seen = history.map((weights) => weights.get(name));
        const changes = seen.filter((weight, index) => index === 0 || weight !== seen[index - 1]);
        expect(new Set(changes).size, `${name}: ${changes.join(' ')}`).toBe(changes.length);
      }
    }),
    // Shrinking 280 numbers takes minutes, and smaller jitter explains no failure better.
    { ...thousand, endOnFailure: true },
  );
});

function jitteredBy(given: WeightInput, perMille: readonly number[]): WeightInput {
  const jittered = (value: number, index: number) =>
    value + Math.trunc((value * (perMille[index] ?? 0)) / 1_000);
  return {
    ...given,
    flows: given.flows.map((flow, index) => ({
      ...flow,
      milliConnections: jittered(flow.milliConnections, index),
    })),
    realServers: given.realServers.map((server, index) => ({
      ...server,
      capacityMilliConnections: jittered(server.capacityMilliConnections, 4 + index),
    })),
  };
}

test('the order of the input does not matter', () => {
  fc.assert(
    fc.property(input, (given) => {
      const previous = given.previous && new Map([...given.previous].toReversed());
      const reversed = {
        ...given,
        flows: given.flows.toReversed(),
        realServers: given.realServers.toReversed(),
        ...(previous === undefined ? {} : { previous }),
      };
      expect(decideWeights(reversed)).toEqual(decideWeights(given));
    }),
    thousand,
  );
});

test('flows and capacities × k: the same weights', () => {
  fc.assert(
    fc.property(input, fc.integer({ min: 2, max: 8 }), (given, k) => {
      const larger = {
        ...given,
        flows: given.flows.map((flow) => ({ ...flow, milliConnections: k * flow.milliConnections })),
        realServers: given.realServers.map((server) => ({
          ...server,
          capacityMilliConnections: k * server.capacityMilliConnections,
        })),
      };
      const [a, b] = [decideWeights(given), decideWeights(larger)];
      expect(weightsOf(b)).toEqual(weightsOf(a));
      expect(b.decision).toEqual(a.decision);
    }),
    thousand,
  );
});

test('the terms alone give the weight', () => {
  fc.assert(
    fc.property(input, (given) => {
      for (const { name, weight, terms } of decideWeights(given).servers)
        expect(weightFromTerms(terms), name).toBe(weight);
    }),
    thousand,
  );
});

test('bad numbers never throw, and are never worth more than good ones', () => {
  const bad = fc.constantFrom(Number.NaN, -1, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0.5, 0);
  fc.assert(
    fc.property(input, bad, bad, bad, (given, capacity, perMille, flow) => {
      const [first, ...others] = given.realServers;
      if (first === undefined) return;
      const spoilt = {
        ...first,
        capacityMilliConnections: capacity,
        slowStartPerMille: perMille,
        holdDownPerMille: perMille,
      };
      const flows = given.flows.map((one) => ({ ...one, milliConnections: flow }));
      expect(() => decideWeights({ ...given, flows })).not.toThrow();
      const { name } = first;
      const of = (server: WeighedRealServer) => {
        const { previous: _, ...rest } = given;
        return weightsOf(decideWeights({ ...rest, realServers: [server, ...others] })).get(name) ?? 0;
      };
      const rivals = others.some((server) => server.site === first.site && mayCarry(server));
      if (rivals && others.every((server) => server.site === first.site))
        expect(of(spoilt)).toBeLessThanOrEqual(Math.max(1, of(first)));
    }),
    thousand,
  );
});
