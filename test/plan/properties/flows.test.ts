// Where demand goes, and how fast: properties 3 (first half), 4, 9 and 10.
// That flows equal brute force (13) and a linear program: ../flow/pool.test.ts, ../flow/oracle.test.ts.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { PoolInput } from '../../../src/plan/flow/flow-plan.ts';
import { leapsToBelieve } from '../../../src/plan/flow/service-plan.ts';
import { type Row, rowsOf, sumOf, type Tick, tick } from './pipeline.ts';
import { worlds } from './worlds.ts';

const thousand = { seed: 42, numRuns: 1_000 } as const;

function poolOf({ situation }: Tick, service: string): PoolInput | undefined {
  return situation.input.pools.find(({ services }) => services.some(({ name }) => name === service));
}

function inputOf(done: Tick, { service, from }: Row) {
  const input = poolOf(done, service.name)?.services.find(({ name }) => name === service.name);
  const demand = input?.demands.find(({ site }) => site === from);
  if (input === undefined || demand === undefined) throw new Error(`${service.name} ${from}`);
  const isDrained = (site: string) =>
    input.orders.some((order) => order.kind === 'drain' && order.site === site);
  const reached = input.sites.filter((site) => !isDrained(site) && (demand.reach?.includes(site) ?? true));
  return { input, demandMilli: Math.max(1_000, demand.milli), reached };
}

test('3. Σ_j f = d exactly', () => {
  fc.assert(
    fc.property(worlds(), ({ now, before }) => {
      const done = tick(now, before);
      for (const row of rowsOf(done.plan)) {
        const { demandMilli, reached } = inputOf(done, row);
        for (const { milli } of row.flows) expect(Number.isSafeInteger(milli) && milli >= 0).toBe(true);
        if (reached.length > 0) expect(sumOf(row.flows.map(({ milli }) => milli))).toBe(demandMilli);
      }
    }),
    thousand,
  );
});

/** Whether all demand finds room below 85 % of the sites that may serve it: augmenting paths over sites. */
function isFeasible(pool: PoolInput): boolean {
  const room = new Map(pool.sites.map(({ site, capacityMilli }) => [site, Math.floor(0.85 * capacityMilli)]));
  const sources = pool.services.flatMap(({ sites, demands }) =>
    demands.map(({ milli, reach }) => ({
      left: Math.max(1_000, milli),
      sites: sites.filter((site) => reach?.includes(site) ?? true),
      sent: new Map<string, number>(),
    })),
  );
  // Of nobody nobody asks for room.
  const asking = sources.filter(({ sites }) => sites.length > 0);
  for (const source of asking) {
    while (source.left > 0) {
      const path = pathToRoom(source.sites, asking, room);
      if (path === undefined) return false;
      const [last] = path.slice(-1);
      const amount = Math.min(
        source.left,
        room.get(last?.site ?? '') ?? 0,
        ...path.slice(1).map(({ by, from }) => by?.sent.get(from ?? '') ?? 0),
      );
      const [first] = path;
      source.left -= amount;
      source.sent.set(first?.site ?? '', (source.sent.get(first?.site ?? '') ?? 0) + amount);
      for (const { by, from, site } of path.slice(1)) {
        by?.sent.set(from ?? '', (by.sent.get(from ?? '') ?? 0) - amount);
        by?.sent.set(site, (by.sent.get(site) ?? 0) + amount);
      }
      room.set(last?.site ?? '', (room.get(last?.site ?? '') ?? 0) - amount);
    }
  }
  return true;
}

interface Asking {
  readonly sites: readonly string[];
  readonly sent: Map<string, number>;
}
interface Hop {
  readonly site: string;
  /** Who makes room by moving there from the hop before. */
  readonly by?: Asking;
  readonly from?: string;
}

function pathToRoom(
  begin: readonly string[],
  asking: readonly Asking[],
  room: ReadonlyMap<string, number>,
): readonly Hop[] | undefined {
  const queue: (readonly Hop[])[] = begin.map((site) => [{ site }]);
  const seen = new Set(begin);
  for (const path of queue) {
    const from = path.at(-1)?.site ?? '';
    if ((room.get(from) ?? 0) > 0) return path;
    for (const by of asking.filter(({ sent }) => (sent.get(from) ?? 0) > 0)) {
      for (const site of by.sites.filter((one) => !seen.has(one))) {
        seen.add(site);
        queue.push([...path, { site, by, from }]);
      }
    }
  }
  return undefined;
}

test('4. no site above .85·Ĉ when feasible', () => {
  let feasible = 0;
  fc.assert(
    fc.property(worlds({ orders: false, near: true, fresh: true, light: true }), ({ now, before }) => {
      const { situation, plan } = tick(now, before);
      for (const [index, pool] of situation.input.pools.entries()) {
        // What nobody may serve stays where it is, whatever that is.
        const isStuck = pool.services.some(({ sites, demands }) =>
          demands.some(({ reach }) => !sites.some((site) => reach?.includes(site) ?? true)),
        );
        if (isStuck || pool.sites.length === 0 || !isFeasible(pool)) continue;
        feasible += 1;
        const isFirst = pool.services.every(({ before: flows }) => flows === undefined);
        for (const { site, targetMilli, loadMilli, capacityMilli } of plan.pools[index] ?? []) {
          const most = Math.floor((capacityMilli * 85) / 100);
          expect(targetMilli, site).toBeLessThanOrEqual(most);
          if (isFirst) expect(loadMilli, site).toBeLessThanOrEqual(most);
        }
      }
    }),
    thousand,
  );
  expect(feasible).toBeGreaterThan(300);
});

/** What an operator's order took for its site. */
function orderedMilli({ flows }: Row): number {
  return sumOf(
    flows.map(({ bound, milli, beforeMilli }) => (bound === 'order' ? Math.max(0, milli - beforeMilli) : 0)),
  );
}

test('9. step limits hold unless a safety reason is recorded', () => {
  fc.assert(
    fc.property(worlds(), ({ now, before }) => {
      const done = tick(now, before);
      for (const row of rowsOf(done.plan)) {
        const { input, demandMilli } = inputOf(done, row);
        const was = (input.before ?? []).filter(({ from }) => from === row.from);
        if (was.length === 0) continue;
        const safe = new Set(['gone', 'order', 'rescue']);
        const left = sumOf(
          row.flows.map(({ beforeMilli, milli, bound }) =>
            safe.has(bound) ? 0 : Math.max(0, beforeMilli - milli),
          ),
        );
        const most = row.service.refusal === undefined ? Math.floor(demandMilli / 10) : 0;
        expect(left, `${row.service.name} ${row.from}`).toBeLessThanOrEqual(most + orderedMilli(row));
      }
    }),
    thousand,
  );
});

test('9. so it is counted by the shares that were published', () => {
  fc.assert(
    fc.property(worlds({ fresh: true }), ({ now, before }) => {
      const done = tick(now, before);
      for (const row of rowsOf(done.plan)) {
        const { input, demandMilli, reached } = inputOf(done, row);
        const was = (input.before ?? []).filter(({ from }) => from === row.from);
        const total = sumOf(was.map(({ milli }) => milli));
        if (total === 0 || reached.length === 0) continue;
        const safe = new Set(['gone', 'order', 'rescue']);
        const left = sumOf(
          row.flows.map(({ to, milli, bound }) => {
            const share = (was.find((flow) => flow.to === to)?.milli ?? 0) / total;
            return safe.has(bound) ? 0 : Math.max(0, share - milli / demandMilli);
          }),
        );
        // Each flow is a whole number.
        const ordered = orderedMilli(row);
        expect(left).toBeLessThanOrEqual(0.1 + (ordered + row.flows.length) / demandMilli);
      }
    }),
    thousand,
  );
});

test('9. a plan that moves more than 25 % of a service without a safety cause is refused, and says so', () => {
  fc.assert(
    fc.property(worlds({ orders: false }), ({ now, before }) => {
      const done = tick(now, before);
      for (const [service, rows] of Map.groupBy(rowsOf(done.plan), (row) => row.service)) {
        const parts = rows.map((row) => ({ row, ...inputOf(done, row) }));
        const demandMilli = sumOf(parts.map((part) => part.demandMilli));
        const moved = sumOf(
          parts
            .filter(({ input, row }) => (input.before ?? []).some(({ from }) => from === row.from))
            .flatMap(({ row }) => row.flows)
            .map(({ bound, beforeMilli, milli }) =>
              bound === 'gone' || bound === 'rescue' ? 0 : Math.max(0, beforeMilli - milli),
            ),
        );
        expect(moved * 4).toBeLessThanOrEqual(demandMilli);
        const [first] = parts;
        if (service.refusal !== undefined) {
          expect(service.refusal).toMatch(/%/);
          expect(moved).toBe(0);
          expect(first?.input.leaps).toBeLessThan(leapsToBelieve);
        }
      }
    }),
    thousand,
  );
});

test('10. stale input never raises inflow', () => {
  let stale = 0;
  fc.assert(
    fc.property(worlds(), ({ now, before }) => {
      const done = tick(now, before);
      for (const row of rowsOf(done.plan)) {
        const { input } = inputOf(done, row);
        const sites = poolOf(done, row.service.name)?.sites ?? [];
        for (const { to, milli, bound } of row.flows) {
          if (sites.find(({ site }) => site === to)?.inflowMayGrow !== false) continue;
          stale += 1;
          const was = (input.before ?? []).find((flow) => flow.from === row.from && flow.to === to);
          // An operator’s word, or nobody else may serve: both are said.
          if (bound === 'order' || bound === 'forced') continue;
          expect(milli, `${row.service.name} ${row.from} ${to} ${bound}`).toBeLessThanOrEqual(
            was?.milli ?? 0,
          );
        }
      }
    }),
    thousand,
  );
  expect(stale).toBeGreaterThan(1_000);
});

test('10. only demand that no other site may serve is sent to a stale one all the same', () => {
  fc.assert(
    fc.property(worlds(), ({ now, before }) => {
      const done = tick(now, before);
      for (const row of rowsOf(done.plan)) {
        const { reached, input } = inputOf(done, row);
        const sites = poolOf(done, row.service.name)?.sites ?? [];
        const isOrdered = (site: string) =>
          input.orders.some((order) => order.site === site && ['pin', 'freeze'].includes(order.kind));
        const others = reached.filter(
          (site) => !isOrdered(site) && sites.some((one) => one.site === site && one.inflowMayGrow),
        );
        if (others.length > 0) expect(row.flows.map(({ bound }) => bound)).not.toContain('forced');
      }
    }),
    thousand,
  );
});
