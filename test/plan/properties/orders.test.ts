// Operators' orders, from the resource to the weights: property 14. Which order governs alone: ../estimate/overrides.test.ts.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { worldAt } from '../../../src/coordinator/view/world-of-store.ts';
import { type Override, overrideKinds, type Resource } from '../../../src/domain/resource.ts';
import { governing } from '../../../src/plan/estimate/overrides.ts';
import { override } from '../fixtures.ts';
import { nothingYet, type Row, rowsOf, type Seen, sumOf, type Tick, tick } from './pipeline.ts';
import { nowMs, order, worlds } from './worlds.ts';

const thousand = { seed: 42, numRuns: 1_000 } as const;

function resultOf({ plan, placed, after }: Tick): string {
  const weights = [...after.weights].map(([key, each]) => [key, [...each]]);
  return JSON.stringify([plan, placed, after.flows, weights]);
}

function withOverrides({ world, observation }: Seen, overrides: readonly Override[]): Seen {
  return { world: { ...world, overrides }, observation };
}

/** One more order about each subject that has one, of a weaker kind than what governs. */
const weaker = fc.array(order, { minLength: 4, maxLength: 4 });

test('14. freeze > drain > pin > cap > bias: a weaker order beside a stronger one changes nothing', () => {
  let hidden = 0;
  fc.assert(
    fc.property(worlds(), weaker, ({ now, before }, orders) => {
      const { overrides } = now.world;
      const added = overrides.flatMap((strong, index): Override[] => {
        const given = orders[index];
        if (given === undefined) return [];
        if (overrideKinds.indexOf(given.kind) <= overrideKinds.indexOf(strong.order.kind)) return [];
        return [{ ...strong, name: `weak-${index}`, order: given }];
      });
      hidden += added.length;
      const both = withOverrides(now, [...added, ...overrides]);
      expect(resultOf(tick(both, before))).toBe(resultOf(tick(now, before)));
    }),
    thousand,
  );
  expect(hidden).toBeGreaterThan(300);
});

test('14. an order that has expired governs nothing, up to the last millisecond it does', () => {
  fc.assert(
    fc.property(worlds(), fc.subarray([0, 1, 2, 3]), ({ now, before }, over) => {
      const { world } = now;
      const overrides = world.overrides.map((one, index) =>
        over.includes(index) ? { ...one, expiresAtMs: nowMs } : { ...one, expiresAtMs: nowMs + 1 },
      );
      const resources: Resource[] = [
        ...world.sites,
        ...world.services,
        ...world.realServerPolicies,
        ...overrides,
      ];
      const stored = worldAt(
        {
          resources: () => resources,
          members: () => [...world.directors, ...world.realServers],
          latency: () => world.latency,
          deletedServices: () => world.deletedServices,
          probeKeyHex: () => world.probe.keyHex,
        },
        nowMs,
      );
      const inForce = overrides.filter((_, index) => !over.includes(index));
      const expected = tick(withOverrides(now, inForce), before);
      expect(resultOf(tick({ ...now, world: stored }, before))).toBe(resultOf(expected));
      for (const { subject, services } of overrides) {
        const { governs } = governing(overrides, subject, services[0] ?? 'web', nowMs);
        if (governs !== undefined) expect(inForce).toContain(governs);
      }
    }),
    thousand,
  );
});

/** What governs a site's share of a service. */
function orderAt({ world }: Seen, service: string, site: string) {
  return governing(world.overrides, { kind: 'site', name: site }, service, nowMs).governs?.order;
}

/** Whether any other site may take what an order keeps from one. */
function isAnyOpen(seen: Seen, done: Tick, { service, from }: Row): boolean {
  const input = done.situation.input.pools
    .flatMap(({ services }) => services)
    .find(({ name }) => name === service.name);
  const reach = input?.demands.find(({ site }) => site === from)?.reach;
  return (input?.sites ?? []).some((site) => {
    const kind = orderAt(seen, service.name, site)?.kind;
    return (reach?.includes(site) ?? true) && kind !== 'drain' && kind !== 'pin' && kind !== 'freeze';
  });
}

function livesAt(done: Tick, { service, from }: Row, site: string): boolean {
  const input = done.situation.input.pools
    .flatMap(({ services }) => services)
    .find(({ name }) => name === service.name);
  const reach = input?.demands.find((one) => one.site === from)?.reach;
  return input?.sites.includes(site) === true && (reach?.includes(site) ?? true);
}

test('14. drain: nothing flows there; pin: exactly its share, as long as there is demand; at once', () => {
  let pinned = 0;
  fc.assert(
    fc.property(worlds(), ({ now, before }) => {
      const done = tick(now, before);
      for (const row of rowsOf(done.plan)) {
        const demandMilli = sumOf(row.flows.map(({ milli }) => milli));
        let left = demandMilli;
        for (const { to, milli, beforeMilli } of row.flows) {
          const given = orderAt(now, row.service.name, to);
          if (given?.kind === 'drain') expect(milli).toBe(0);
          if (!isAnyOpen(now, done, row) || !livesAt(done, row, to)) continue;
          if (given?.kind === 'pin') {
            const wanted = Math.min(left, Math.floor((demandMilli * given.sharePermille) / 1_000));
            expect(milli, `${row.service.name} ${row.from} ${to}`).toBe(wanted);
            pinned += 1;
          }
          const isHeld = given?.kind === 'pin' || (given?.kind === 'freeze' && sumBefore(row) > 0);
          if (given?.kind === 'freeze' && isHeld) expect(milli).toBe(Math.min(left, beforeMilli));
          if (isHeld) left -= milli;
        }
      }
    }),
    thousand,
  );
  expect(pinned).toBeGreaterThan(100);
});

function sumBefore({ flows }: Row): number {
  return sumOf(flows.map(({ beforeMilli }) => beforeMilli));
}

test('14. bias: a way costs so much more, or less but never less than nothing', () => {
  fc.assert(
    fc.property(worlds(), ({ now, before }) => {
      const [ordered, plain] = [tick(now, before), tick(withOverrides(now, []), before)];
      for (const { service, from, flows } of rowsOf(ordered.plan)) {
        const others = plain.plan.services.find(({ name }) => name === service.name)?.flows ?? [];
        for (const { to, costUs } of flows) {
          const without = others.find((flow) => flow.from === from && flow.to === to);
          const given = orderAt(now, service.name, to);
          const biasUs = given?.kind === 'bias' ? 1_000 * given.biasMs : 0;
          if (without !== undefined) expect(costUs).toBe(Math.max(0, without.costUs + biasUs));
        }
      }
    }),
    thousand,
  );
});

test('14. cap: no more than that, as long as any site without a cap may serve', () => {
  let capped = 0;
  fc.assert(
    fc.property(worlds({ fresh: true }), fc.nat(500), ({ now }, connections) => {
      const site = now.world.sites[0]?.name ?? '';
      const cap = override({
        name: 'cap',
        order: { kind: 'cap', connections },
        subject: { kind: 'site', name: site },
        expiresAtMs: nowMs + 1,
      });
      const done = tick(withOverrides(now, [cap]), nothingYet);
      for (const [index, { services }] of done.situation.input.pools.entries()) {
        const isFree = services.every(({ sites, demands }) =>
          demands.every(({ reach }) => sites.some((one) => one !== site && (reach?.includes(one) ?? true))),
        );
        const load = done.plan.pools[index]?.find((one) => one.site === site)?.loadMilli;
        if (!isFree || load === undefined) continue;
        capped += 1;
        expect(load).toBeLessThanOrEqual(1_000 * connections);
      }
    }),
    thousand,
  );
  expect(capped).toBeGreaterThan(100);
});
