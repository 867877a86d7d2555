// What a change of the input may do, and what no change does: properties 5, 6, 7, 8 and 11.
// Of one pool, one service alone: ../flow/pool.test.ts, ../weights/properties.test.ts.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { World } from '../../../src/domain/world.ts';
import type { FlowPlan } from '../../../src/plan/flow/flow-plan.ts';
import type { Observation } from '../../../src/plan/optimal/observation.ts';
import { nothingYet, type Seen, type Standing, sumOf, type Tick, tick } from './pipeline.ts';
import { type Case, worlds } from './worlds.ts';

const thousand = { seed: 42, numRuns: 1_000 } as const;

/** By the optimum, of the services of each pool. */
function targetsOf({ situation, plan }: Tick, from: string, to: string): number[] {
  return situation.input.pools.map(({ services }) => {
    const names = new Set(services.map(({ name }) => name));
    const flows = plan.services.filter(({ name }) => names.has(name)).flatMap((one) => one.flows);
    const some = flows.filter((flow) => flow.from === from && flow.to === to);
    return sumOf(some.map(({ targetMilli }) => targetMilli));
  });
}

test('5. cost up ⇒ flow not up (same f⁰, no step limit)', () => {
  fc.assert(
    fc.property(
      worlds({ near: true }),
      fc.nat(),
      fc.integer({ min: 1, max: 200_000 }),
      ({ now, before }, pick, us) => {
        const { latency } = now.world;
        const chosen = latency[pick % latency.length];
        if (chosen === undefined) return;
        const dearer = latency.map((entry) =>
          entry === chosen ? { ...entry, p50Us: entry.p50Us + us, p90Us: entry.p90Us + us } : entry,
        );
        const { from, to } = chosen;
        const was = targetsOf(tick(now, before), from, to);
        const is = targetsOf(tick({ ...now, world: { ...now.world, latency: dearer } }, before), from, to);
        for (const [pool, target] of is.entries()) expect(target).toBeLessThanOrEqual(was[pool] ?? 0);
      },
    ),
    thousand,
  );
});

test('6. Ĉ_j down ⇒ load_j not up', () => {
  fc.assert(
    fc.property(worlds(), fc.nat(), fc.integer({ min: 0, max: 99 }), ({ now, before }, pick, percent) => {
      const site = now.world.sites[pick % now.world.sites.length]?.name ?? '';
      const weaker = now.world.realServers.map((one) =>
        one.site === site ? { ...one, capacity: Math.floor((one.capacity * percent) / 100) } : one,
      );
      const loads = ({ plan }: Tick) =>
        plan.pools.map((sites) => sites.find((one) => one.site === site)?.targetMilli ?? 0);
      const was = loads(tick(now, before));
      const is = loads(tick({ ...now, world: { ...now.world, realServers: weaker } }, before));
      for (const [pool, load] of is.entries()) expect(load, site).toBeLessThanOrEqual(was[pool] ?? 0);
    }),
    thousand,
  );
});

function flowsText({ flows }: Standing): string {
  return JSON.stringify(flows);
}

function leapsText({ leaps }: Standing): string {
  return JSON.stringify(leaps);
}

function weightsText({ weights }: Standing): string {
  return JSON.stringify([...weights].map(([key, each]) => [key, [...each]]));
}

/** A minute until a leap is believed, and ten points a tick, several times over. */
const mostTicks = 60;

/** What stands after each tick, until a tick changes nothing: none ever will, because the same input gives the same plan. */
function untilStill(
  now: Seen,
  before: Standing,
): { readonly history: readonly Standing[]; isStill: boolean } {
  const history = [before];
  for (let last = before; history.length <= mostTicks; ) {
    const { after } = tick(now, last);
    const isStill = [flowsText, weightsText, leapsText].every((textOf) => textOf(after) === textOf(last));
    if (isStill) return { history: history.slice(1), isStill };
    history.push(after);
    last = after;
  }
  return { history, isStill: false };
}

test('7. constant input: no more writes once the plan is where it goes, and no A→B→A on the way', () => {
  fc.assert(
    fc.property(worlds(), ({ now, before }) => {
      const { history, isStill } = untilStill(now, before);
      expect(isStill).toBe(true);
      for (const textOf of [flowsText, weightsText]) {
        const texts = history.map(textOf);
        const changes = texts.filter((text, index) => index === 0 || text !== texts[index - 1]);
        expect(new Set(changes).size).toBe(changes.length);
      }
    }),
    thousand,
  );
});

test('7. constant input: no writes from the second tick, where the first is the first of all', () => {
  fc.assert(
    fc.property(worlds(), ({ now }) => {
      // What is active on ways that the plan does not use counts from the second tick on: that is another input.
      const calm = { ...now, observation: { ...now.observation, active: [] } };
      const first = tick(calm, nothingYet);
      const second = tick(calm, first.after);
      expect(second.published).toEqual([]);
      expect(weightsText(second.after)).toBe(weightsText(first.after));
    }),
    thousand,
  );
});

/** Turned round and begun elsewhere, every list of it. */
function shuffled({ now, before }: Case, by: number): Case {
  const turned = <T>(items: readonly T[]): readonly T[] => {
    const begin = items.length === 0 ? 0 : by % items.length;
    return [...items.slice(begin), ...items.slice(0, begin)].toReversed();
  };
  const { world, observation } = now;
  const turnedWorld: World = {
    ...world,
    sites: turned(world.sites),
    services: turned(world.services),
    realServerPolicies: turned(world.realServerPolicies),
    overrides: turned(world.overrides),
    directors: turned(world.directors),
    realServers: turned(world.realServers),
    latency: turned(world.latency),
  };
  const turnedObservation: Observation = {
    demands: turned(observation.demands),
    servers: turned(observation.servers).map((server) => ({ ...server, services: turned(server.services) })),
    sites: turned(observation.sites),
    active: turned(observation.active),
  };
  return {
    now: { world: turnedWorld, observation: turnedObservation },
    before: {
      ...before,
      flows: turned(before.flows).map((one) => ({ ...one, flows: turned(one.flows) })),
      weights: new Map(turned([...before.weights]).map(([key, each]) => [key, new Map(turned([...each]))])),
      leaps: Object.fromEntries(turned(Object.entries(before.leaps))),
    },
  };
}

test('8. input order does not matter', () => {
  fc.assert(
    fc.property(worlds(), fc.nat(1_000), (given, by) => {
      const other = shuffled(given, by);
      const [a, b] = [tick(given.now, given.before), tick(other.now, other.before)];
      expect(JSON.stringify(b.plan)).toBe(JSON.stringify(a.plan));
      expect(JSON.stringify(b.placed)).toBe(JSON.stringify(a.placed));
      expect(weightsText(b.after)).toBe(weightsText(a.after));
      expect(b.published).toEqual(a.published);
    }),
    thousand,
  );
});

/** Figures of which every step of the plan takes whole parts, times k. */
function times({ world, observation }: Seen, k: number): Seen {
  return {
    world: {
      ...world,
      realServers: world.realServers.map((one) => ({
        ...one,
        capacity: 10_000 * k * (1 + (one.capacity % 10)),
      })),
      realServerPolicies: world.realServerPolicies.map((one) => ({
        ...one,
        weight: Math.min(100, one.weight),
      })),
      overrides: world.overrides.map((one) =>
        one.order.kind === 'cap'
          ? { ...one, order: { kind: 'cap', connections: 10_000 * k * one.order.connections } }
          : one,
      ),
    },
    observation: {
      ...observation,
      demands: world.services.flatMap(({ name }) =>
        world.sites.map(({ name: place }) => {
          const seen = observation.demands.find((one) => one.service === name && one.site === place);
          const milliConnections = 10_000 * k * (1 + (seen?.demand.milliConnections ?? 0));
          return {
            service: name,
            site: place,
            demand: { milliConnections, bound: 'none', lifetimeSeconds: undefined, heldPeakMilli: 0 },
            newPerSecond: undefined,
            activeConnections: 0,
            ageMs: 0,
          };
        }),
      ),
      servers: observation.servers.map((one) => ({
        ...one,
        capacity: {
          ...one.capacity,
          measuredPpm:
            one.capacity.measuredPpm === undefined
              ? undefined
              : 10_000 * Math.floor(one.capacity.measuredPpm / 10_000),
        },
        services: one.services.map((each) => ({
          ...each,
          holdDownPerMille: 100 * Math.floor(each.holdDownPerMille / 100),
        })),
      })),
      active: observation.active.map((one) => ({ ...one, connections: 1_000 * k * one.connections })),
    },
  };
}

test('11. demand and capacity × k ⇒ the same weights', () => {
  fc.assert(
    fc.property(worlds(), fc.integer({ min: 2, max: 8 }), ({ now }, k) => {
      const [once, larger] = [1, k].map((factor) => tick(times(now, factor), nothingYet));
      if (once === undefined || larger === undefined) return;
      expect(sharesText(larger.plan, k)).toBe(sharesText(once.plan, 1));
      expect(weightsText(larger.after)).toBe(weightsText(once.after));
      // From one tick to the next as well.
      const [second, secondLarger] = [tick(times(now, 1), once.after), tick(times(now, k), larger.after)];
      expect(weightsText(secondLarger.after)).toBe(weightsText(second.after));
    }),
    thousand,
  );
});

function sharesText({ services }: FlowPlan, k: number): string {
  return JSON.stringify(
    services.map(({ name, flows }) => [name, flows.map(({ from, to, milli }) => [from, to, milli / k])]),
  );
}
