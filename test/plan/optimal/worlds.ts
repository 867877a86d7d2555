/** Any world of up to four sites under policy `optimal`, with anything observed there and ordered about it. */
import fc from 'fast-check';
import { schedulers } from '../../../src/domain/ipvs-table.ts';
import type { LatencyEntry } from '../../../src/domain/report.ts';
import type { Override } from '../../../src/domain/resource.ts';
import { standingAt } from '../../../src/plan/estimate/staleness.ts';
import type { OptimalInput } from '../../../src/plan/optimal/flow-input.ts';
import type { ObservedDemand, ObservedServer } from '../../../src/plan/optimal/observation.ts';
import { director, override, realServer, service, site, world } from '../fixtures.ts';

const siteNames = ['ams', 'fra', 'lon', 'nyc'] as const;
const serviceNames = ['shop', 'web'] as const;

const aSite = fc.constantFrom(...siteNames);
const aService = fc.constantFrom(...serviceNames);
const perMille = fc.oneof({ weight: 3, arbitrary: fc.constant(1_000) }, fc.integer({ min: 0, max: 1_000 }));
const rarely = fc.integer({ min: 0, max: 7 }).map((n) => n === 0);

const server = fc.record({
  site: aSite,
  app: fc.constantFrom('shop', 'web', 'both'),
  capacity: fc.oneof(fc.constantFrom(100, 1_000), fc.integer({ min: 0, max: 100_000 })),
  weight: fc.oneof(fc.constant(100), fc.integer({ min: 0, max: 1_000 })),
  drain: rarely,
  measuredPpm: fc.oneof(fc.constant(undefined), fc.integer({ min: 100_000, max: 1_050_000 })),
  isHealthy: rarely.map((is) => !is),
  isConfirmedDown: rarely,
  slowStartPerMille: perMille,
  holdDownPerMille: perMille,
  isSilent: rarely,
  previous: fc.oneof(fc.constant(undefined), fc.integer({ min: 0, max: 100 })),
});

const path = fc.record({
  from: aSite,
  to: aSite,
  p50Us: fc.integer({ min: 0, max: 300_000 }),
  jitterUs: fc.integer({ min: 0, max: 50_000 }),
  loss: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1, noNaN: true })),
});

const order = fc.oneof(
  fc.constant({ kind: 'freeze' } as const),
  fc.constant({ kind: 'drain' } as const),
  fc.record({ kind: fc.constant('pin' as const), sharePermille: fc.integer({ min: 0, max: 1_000 }) }),
  fc.record({ kind: fc.constant('cap' as const), connections: fc.integer({ min: 0, max: 5_000 }) }),
  fc.record({ kind: fc.constant('bias' as const), biasMs: fc.integer({ min: -50, max: 50 }) }),
);

const demanded = fc.record({
  service: aService,
  site: aSite,
  milliConnections: fc.integer({ min: 0, max: 3_000_000 }),
  bound: fc.constantFrom('low', 'high', 'none'),
  rate: fc.oneof(fc.constant(undefined), fc.double({ min: 0, max: 1_000, noNaN: true })),
});

const flowing = fc.record({
  service: aService,
  from: aSite,
  to: aSite,
  milli: fc.integer({ min: 1, max: 2_000_000 }),
});

export interface AnyWorld {
  readonly input: OptimalInput;
  /** Of every real server that has one, at every site. */
  readonly previous: ReadonlyMap<string, number>;
  readonly isFirst: boolean;
  readonly safety: boolean;
}

export const anyWorld: fc.Arbitrary<AnyWorld> = fc
  .record({
    servers: fc.array(server, { minLength: 1, maxLength: 14 }),
    latency: fc.array(path, { maxLength: 12 }),
    orders: fc.array(fc.record({ order, site: aSite }), { maxLength: 3 }),
    demands: fc.array(demanded, { maxLength: 8 }),
    flows: fc.array(flowing, { maxLength: 10 }),
    ages: fc.array(fc.integer({ min: 0, max: 300_000 }), { minLength: 4, maxLength: 4 }),
    schedulers: fc.tuple(fc.constantFrom(...schedulers), fc.constantFrom(...schedulers)),
    failOpen: fc.boolean(),
    isFirst: fc.boolean(),
    safety: fc.boolean(),
  })
  .map(({ servers, latency, orders, demands, flows, ages, schedulers: two, failOpen, isFirst, safety }) => {
    const named = servers.map((one, index) => ({ ...one, name: `${one.site}-${index}` }));
    const overrides = orders.map(
      (one, index): Override =>
        override({ name: `o${index}`, subject: { kind: 'site', name: one.site }, order: one.order }),
    );
    return {
      input: {
        world: world({
          sites: siteNames.map((name) => site(name)),
          services: serviceNames.map((name, index) =>
            service({
              name,
              placement: 'optimal',
              selector: { [name]: 'yes' },
              scheduler: two[index] ?? 'wrr',
              failOpen,
            }),
          ),
          realServerPolicies: named.map(({ name, weight, drain }) => ({
            kind: 'RealServer',
            name,
            weight,
            drain,
          })),
          directors: siteNames.map((name, index) => director(`${name}-d`, { address: `10.${index}.0.1` })),
          realServers: named.map(({ name, app, capacity }) =>
            realServer(name, { capacity, labels: labelsOf(app) }),
          ),
          latency: latency.map(pathEntry),
          overrides,
        }),
        observation: {
          demands: demands.map(observedDemand),
          servers: named.filter(({ isSilent }) => !isSilent).map(observedServer),
          sites: siteNames.map((name, index) => ({
            site: name,
            standing: standingAt({ newestAtMs: 0, heard: true, returnedAtMs: undefined }, ages[index] ?? 0),
          })),
          active: [],
        },
        flows: [...Map.groupBy(flows, (flow) => flow.service)].map(([name, own]) => ({
          service: name,
          flows: [
            ...new Map(own.map(({ from, to, milli }) => [`${from} ${to}`, { from, to, milli }])).values(),
          ],
        })),
        leaps: {},
      },
      previous: new Map(
        named.flatMap(({ name, previous }) => (previous === undefined ? [] : [[name, previous] as const])),
      ),
      isFirst,
      safety,
    };
  });

function labelsOf(app: 'shop' | 'web' | 'both'): Record<string, string> {
  return app === 'both' ? { shop: 'yes', web: 'yes' } : { [app]: 'yes' };
}

type Arbitrated<T> = T extends fc.Arbitrary<infer V> ? V : never;

function pathEntry({ from, to, p50Us, jitterUs, loss }: Arbitrated<typeof path>): LatencyEntry {
  return { from, to, p50Us, p90Us: p50Us + jitterUs, loss };
}

function observedServer(one: Arbitrated<typeof server> & { readonly name: string }): ObservedServer {
  const { name, measuredPpm, isHealthy, isConfirmedDown, slowStartPerMille, holdDownPerMille } = one;
  return {
    name,
    capacity: { measuredPpm, atMs: 0 },
    services: serviceNames.map((carried) => ({
      service: carried,
      isHealthy: isHealthy && !isConfirmedDown,
      isConfirmedDown,
      isPanic: false,
      slowStartPerMille,
      holdDownPerMille,
    })),
  };
}

function observedDemand(one: Arbitrated<typeof demanded>): ObservedDemand {
  const { service: name, site: where, milliConnections, bound, rate } = one;
  return {
    service: name,
    site: where,
    demand: { milliConnections, bound, lifetimeSeconds: 10, heldPeakMilli: milliConnections },
    newPerSecond: rate,
    activeConnections: Math.round(milliConnections / 1_000),
    ageMs: 1_000,
  };
}
