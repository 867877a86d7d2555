import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createWays } from '../../../src/coordinator/lead/ways.ts';
import { emptyReport } from '../../../src/domain/agent-message.ts';
import type { DestinationReport } from '../../../src/domain/report.ts';
import { atOnce } from '../../../src/domain/steps.ts';
import { nextRate, type RateState, unknownRate } from '../../../src/plan/estimate/rate.ts';
import { director, realServer, service, world } from '../../plan/fixtures.ts';

const services = ['web', 'api', 'mail'];
const names = ['fra-1', 'fra-2', 'lon-1', 'stranger'];
const everything = world({
  services: services.map((name) => service({ name })),
  directors: [
    director('d1', { site: 'fra' }),
    director('d2', { site: 'fra' }),
    director('d3', { site: 'lon' }),
  ],
  realServers: names.slice(0, 3).map((name) => realServer(name)),
});

const destination = fc.record({
  service: fc.constantFrom(...services),
  realServer: fc.constantFrom(...names),
  weight: fc.constant(1),
  activeConnections: fc.oneof(fc.nat({ max: 50 }), fc.constantFrom(-1, Number.NaN, 2e9)),
  connections: fc.nat({ max: 1_000 }),
  bytesIn: fc.constant(0),
  countedSinceMs: fc.constantFrom(1, 1, 1, 2),
});
const told = fc.record({
  director: fc.constantFrom('d1', 'd2', 'd3', 'nobody'),
  destinations: fc.array(destination, { maxLength: 8 }),
  gapMs: fc.constantFrom(0, 500, 5_000, 5_000, 5_000, 40_000),
});

interface Way {
  readonly rate: RateState;
  readonly countedSinceMs: number;
  readonly active: number | undefined;
  readonly atMs: number;
}

/** What a director's last report makes of each of its ways, one by one. */
function waysAfter(
  before: ReadonlyMap<string, Way>,
  destinations: readonly DestinationReport[],
  nowMs: number,
): ReadonlyMap<string, Way> {
  return new Map(
    destinations.map((one): [string, Way] => {
      const id = `${one.service} ${one.realServer}`;
      const known = before.get(id);
      const isSame = known?.countedSinceMs === one.countedSinceMs;
      const rate = isSame ? known.rate : { ...unknownRate, newPerSecond: known?.rate.newPerSecond };
      const isBelieved = one.activeConnections >= 0 && one.activeConnections <= 1e9;
      return [
        id,
        {
          rate: nextRate(rate, { atMs: nowMs, counter: one.connections }, nowMs).state,
          countedSinceMs: one.countedSinceMs,
          active: isBelieved ? one.activeConnections : known?.active,
          atMs: isBelieved ? nowMs : (known?.atMs ?? nowMs),
        },
      ];
    }),
  );
}

test('whatever is told in whatever order, it comes to what its ways come to one by one', () => {
  fc.assert(
    fc.property(fc.array(told, { maxLength: 12 }), (reports) => {
      const ways = createWays(() => {});
      const model = new Map<string, ReadonlyMap<string, Way>>();
      let nowMs = 0;
      for (const { director: name, destinations, gapMs } of reports) {
        nowMs += gapMs;
        ways.hear(name, { ...emptyReport, destinations }, nowMs);
        model.set(name, waysAfter(model.get(name) ?? new Map(), destinations, nowMs));
      }
      const { heard, active, connectionsTo } = atOnce(ways.carried(everything, nowMs));
      const current = everything.directors.flatMap(({ name, site }) =>
        [...(model.get(name) ?? [])].flatMap(([id, way]) => {
          const [of = '', to = ''] = id.split(' ');
          return nowMs - way.atMs <= 30_000 ? [{ of, to, site, ...way }] : [];
        }),
      );
      for (const { service: own, site, ...sums } of heard) {
        const those = current.filter((one) => one.of === own.name && one.site === site);
        const rates = those.flatMap(({ rate }) => rate.newPerSecond ?? []);
        expect(sums).toEqual({
          ways: those.length,
          newPerSecond: rates.length === 0 ? undefined : expect.closeTo(sumOf(rates), 6),
          activeConnections: sumOf(those.map((one) => one.active ?? 0)),
          isPart: everything.directors.some((one) => one.site === site && !model.has(one.name)),
        });
      }
      for (const name of names.slice(0, 3)) {
        const those = current.filter(({ to }) => to === name);
        expect(connectionsTo(name)).toBe(
          those.length === 0 ? undefined : sumOf(those.map((one) => one.active ?? 0)),
        );
      }
      const carrying = current.filter(({ to }) => to !== 'stranger').map((one) => one.active ?? 0);
      expect(sumOf(active.map(({ connections }) => connections))).toBe(sumOf(carrying));
      expect(active.every(({ connections }) => connections > 0)).toBe(true);
    }),
    { seed: 42, numRuns: 1_000 },
  );
});

test('those that nobody names any more take no memory: others get their numbers', () => {
  const ways = createWays(() => {});
  for (let round = 0; round < 12; round += 1) {
    const named = Array.from({ length: 1_000 }, (_, index) => `server-${round}-${index}`);
    const destinations = [...named, 'fra-1'].map((name) => ({
      service: 'web',
      realServer: name,
      weight: 1,
      activeConnections: round,
      connections: 0,
      bytesIn: 0,
      countedSinceMs: 1,
    }));
    ways.hear('d1', { ...emptyReport, destinations }, 5_000 * round);
    ways.keepOnly(everything.directors);
    expect(atOnce(ways.carried(everything, 5_000 * round)).connectionsTo('fra-1')).toBe(round);
  }
});

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
