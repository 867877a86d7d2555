// Worlds at random, each seen twice: when the plan that is in force was made, and now.
import fc from 'fast-check';
import { schedulers } from '../../../src/domain/ipvs-table.ts';
import type { LatencyEntry } from '../../../src/domain/report.ts';
import {
  forwardingPolicies,
  type Override,
  type OverrideKind,
  type OverrideOrder,
  overrideKinds,
  placementPolicies,
  type RealServer,
  type Service,
} from '../../../src/domain/resource.ts';
import type { World } from '../../../src/domain/world.ts';
import type { Standing as Trust } from '../../../src/plan/estimate/staleness.ts';
import type { Observation, ServerService } from '../../../src/plan/optimal/observation.ts';
import { director, override, realServer, service, site, world } from '../fixtures.ts';
import { nothingYet, type Seen, type Standing, tick } from './pipeline.ts';

/** The time that all plans are made at; overrides in force end later. */
export const nowMs = 1_000;

/** What a property needs to be otherwise than at random. */
export interface Shape {
  readonly orders?: boolean;
  /** Every directed pair measured, none beyond 80 ms. */
  readonly near?: boolean;
  /** A tenth of the demand. */
  readonly light?: boolean;
  readonly fresh?: boolean;
}

export interface Case {
  readonly now: Seen;
  /** What an earlier plan, from an earlier observation, has left. */
  readonly before: Standing;
}

const siteNames = ['ams', 'fra', 'lon', 'nyc', 'tyo'];
const serviceNames = ['api', 'mail', 'web', 'www'];
const moments = 2;

/** Most are well, as in life. */
const verdicts: readonly (Omit<ServerService, 'service'> | undefined)[] = [
  ...Array.from({ length: 6 }, () => verdict({})),
  verdict({ slowStartPerMille: 100 }),
  verdict({ slowStartPerMille: 730 }),
  verdict({ holdDownPerMille: 0 }),
  verdict({ holdDownPerMille: 450 }),
  verdict({ isHealthy: false }),
  verdict({ isHealthy: false, isConfirmedDown: true }),
  verdict({ isHealthy: false, isConfirmedDown: true, holdDownPerMille: 0 }),
  verdict({ isConfirmedDown: true, isPanic: true }),
  undefined,
];

function verdict(changes: Partial<ServerService>): Omit<ServerService, 'service'> {
  return {
    isHealthy: true,
    isConfirmedDown: false,
    isPanic: false,
    slowStartPerMille: 1_000,
    holdDownPerMille: 1_000,
    ...changes,
  };
}

const calm: Trust = {
  freshness: 'fresh',
  ageMs: 0,
  onProbation: false,
  inflowMayGrow: true,
  flagged: false,
};
const trusts: readonly (Trust | undefined)[] = [
  ...Array.from({ length: 6 }, () => calm),
  { ...calm, freshness: 'hold', ageMs: 20_000 },
  { ...calm, freshness: 'frozen', ageMs: 90_000, inflowMayGrow: false },
  { ...calm, freshness: 'lost', ageMs: 200_000, inflowMayGrow: false, flagged: true },
  { ...calm, onProbation: true, inflowMayGrow: false },
  undefined,
];

const milli = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom(undefined, 0) },
  { weight: 1, arbitrary: fc.nat(5_000) },
  { weight: 3, arbitrary: fc.nat(2_000_000) },
);

const server = fc.record({
  capacity: fc.integer({ min: 1, max: 1_000 }),
  app: fc.constantFrom('a', 'b'),
  policy: fc.oneof(
    { weight: 4, arbitrary: fc.constant(undefined) },
    fc.record({ weight: fc.constantFrom(0, 1, 50, 400), drain: fc.boolean() }),
  ),
  isOnLink: fc.boolean(),
  seen: fc.array(
    fc.record({
      measuredPpm: fc.oneof(fc.constant(undefined), fc.integer({ min: 100_000, max: 1_050_000 })),
      verdicts: fc.array(fc.constantFrom(...verdicts), { minLength: 4, maxLength: 4 }),
    }),
    { minLength: moments, maxLength: moments },
  ),
});
type DrawnServer = typeof server extends fc.Arbitrary<infer T> ? T : never;

const oneService = fc.record({
  app: fc.constantFrom(undefined, 'a', 'b'),
  scheduler: fc.constantFrom(...schedulers),
  placement: fc.constantFrom(
    'optimal' as const,
    'optimal' as const,
    'optimal' as const,
    ...placementPolicies,
  ),
  forwarding: fc.constantFrom('auto' as const, 'auto' as const, ...forwardingPolicies),
  failOpen: fc.boolean(),
  sites: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, fc.subarray(siteNames, { minLength: 1 })),
  demands: fc.array(fc.array(milli, { minLength: 5, maxLength: 5 }), {
    minLength: moments,
    maxLength: moments,
  }),
});
type DrawnService = typeof oneService extends fc.Arbitrary<infer T> ? T : never;

/** Of any kind; figures of any size that may be declared. */
export const order: fc.Arbitrary<OverrideOrder> = fc
  .tuple(fc.constantFrom(...overrideKinds), fc.nat(1_000))
  .map(([kind, figure]) => orderOf(kind, figure));

function orderOf(kind: OverrideKind, figure: number): OverrideOrder {
  switch (kind) {
    case 'freeze':
    case 'drain':
      return { kind };
    case 'pin':
      return { kind, sharePermille: figure };
    case 'cap':
      return { kind, connections: figure };
    case 'bias':
      return { kind, biasMs: figure - 300 };
  }
}

const oneOverride = fc.record({
  order,
  where: fc.nat(4),
  server: fc.option(fc.nat(4)),
  services: fc.constantFrom([], [], ['api'], ['mail', 'web']),
});

function pathsOf({ near = false }: Shape) {
  const entry = fc.record({
    p50Us: fc.integer({ min: 200, max: near ? 60_000 : 300_000 }),
    jitterUs: fc.nat(20_000),
    loss: near ? fc.constant(0) : fc.constantFrom(0, 0, 0, 0.01, 0.3),
  });
  return fc.array(near ? entry : fc.option(entry, { nil: undefined }), { minLength: 25, maxLength: 25 });
}

const active = fc.record({ service: fc.nat(3), from: fc.nat(4), to: fc.nat(4), connections: fc.nat(300) });

/** Before: what an earlier plan has left, or nothing. Not by the ticks since: those are up to the properties. */
export function worlds(shape: Shape = {}): fc.Arbitrary<Case> {
  return fc
    .record({
      siteCount: fc.integer({ min: 2, max: 5 }),
      services: fc.array(oneService, { minLength: 1, maxLength: 4 }),
      servers: fc.array(fc.array(server, { minLength: 1, maxLength: 5 }), { minLength: 5, maxLength: 5 }),
      paths: fc.array(pathsOf(shape), { minLength: moments, maxLength: moments }),
      trusts: fc.array(fc.constantFrom(...trusts), { minLength: 5, maxLength: 5 }),
      overrides: fc.array(fc.array(oneOverride, { maxLength: 4 }), { minLength: 2, maxLength: 2 }),
      active: fc.array(active, { maxLength: 6 }),
      isFirst: fc.integer({ min: 0, max: 4 }).map((n) => n === 4),
      leaps: fc.constantFrom(0, 0, 11, 12),
    })
    .map((drawn): Case => {
      const names = siteNames.slice(0, drawn.siteCount);
      const seen = (moment: number): Seen => ({
        world: worldOf(names, drawn.services, drawn.servers, {
          latency: latencyOf(names, drawn.paths[moment] ?? []),
          overrides: shape.orders === false ? [] : (drawn.overrides[moment] ?? []).map(overrideOf(names)),
        }),
        observation: {
          demands: drawn.services.flatMap(({ demands }, index) =>
            names.flatMap((name, place) =>
              demandOf(index, name, lightened(demands[moment]?.[place], shape.light)),
            ),
          ),
          servers: names.flatMap((name, place) =>
            (drawn.servers[place] ?? []).map((one, number) => ({
              name: `${name}-${number}`,
              capacity: { measuredPpm: one.seen[moment]?.measuredPpm, atMs: 0 },
              services: drawn.services.flatMap((_, index) => {
                const judged = one.seen[moment]?.verdicts[index];
                return judged === undefined ? [] : [{ service: serviceNames[index] ?? '', ...judged }];
              }),
            })),
          ),
          sites: names.flatMap((name, place) => {
            const standing = shape.fresh === true || moment === 0 ? calm : drawn.trusts[place];
            return standing === undefined ? [] : [{ site: name, standing }];
          }),
          active: drawn.active.flatMap(({ service: index, from, to, connections }) => {
            const [name, begin, end] = [serviceNames[index], names[from], names[to]];
            if (name === undefined || begin === undefined || end === undefined) return [];
            return [{ service: name, from: begin, to: end, connections }];
          }),
        },
      });
      if (drawn.isFirst) return { now: seen(1), before: nothingYet };
      const { after } = tick(seen(0), nothingYet);
      const leaps = Object.fromEntries(Object.keys(after.leaps).map((name) => [name, drawn.leaps]));
      return { now: seen(1), before: { ...after, leaps } };
    });
}

function worldOf(
  names: readonly string[],
  services: readonly DrawnService[],
  servers: readonly (readonly DrawnServer[])[],
  changes: Pick<World, 'latency' | 'overrides'>,
): World {
  const all = names.flatMap((name, place) =>
    (servers[place] ?? []).map((one, number) => ({ ...one, name: `${name}-${number}`, place, number })),
  );
  return world({
    sites: names.map((name) => site(name)),
    services: services.map(
      ({ app, scheduler, placement, forwarding, failOpen, sites }, index): Service =>
        service({
          name: serviceNames[index] ?? '',
          selector: app === undefined ? {} : { app },
          scheduler,
          placement,
          forwarding,
          failOpen,
          sites,
        }),
    ),
    directors: names.map((name, place) => director(`${name}-d`, { site: name, address: `10.${place}.0.1` })),
    realServers: all.map(({ name, place, number, capacity, app, isOnLink }) =>
      realServer(name, {
        address: `10.${place}.${isOnLink ? 0 : 1}.${number + 11}`,
        labels: { app },
        capacity,
      }),
    ),
    realServerPolicies: all.flatMap(({ name, policy }): RealServer[] =>
      policy === undefined ? [] : [{ kind: 'RealServer', name, ...policy }],
    ),
    ...changes,
  });
}

function overrideOf(names: readonly string[]) {
  return (
    drawn: { order: OverrideOrder; where: number; server: number | null; services: readonly string[] },
    index: number,
  ): Override => {
    const name = names[drawn.where % names.length] ?? '';
    const isOfSite = drawn.server === null || drawn.order.kind === 'freeze' || drawn.order.kind === 'bias';
    return override({
      name: `order-${index}`,
      order: drawn.order,
      subject: isOfSite ? { kind: 'site', name } : { kind: 'realServer', name: `${name}-${drawn.server}` },
      services: drawn.services,
      expiresAtMs: nowMs + 1,
    });
  };
}

function latencyOf(
  names: readonly string[],
  paths: readonly ({ p50Us: number; jitterUs: number; loss: number } | undefined)[],
): LatencyEntry[] {
  return names.flatMap((from, i) =>
    names.flatMap((to, j) => {
      const drawn = paths[5 * i + j];
      if (drawn === undefined) return [];
      const { p50Us, jitterUs, loss } = drawn;
      return [{ from, to, p50Us: i === j ? 500 : p50Us, p90Us: (i === j ? 500 : p50Us) + jitterUs, loss }];
    }),
  );
}

function lightened(milliConnections: number | undefined, light = false): number | undefined {
  return milliConnections === undefined || !light ? milliConnections : Math.floor(milliConnections / 10);
}

function demandOf(index: number, name: string, milliConnections: number | undefined): Observation['demands'] {
  if (milliConnections === undefined) return [];
  return [
    {
      service: serviceNames[index] ?? '',
      site: name,
      demand: {
        milliConnections,
        bound: 'none',
        lifetimeSeconds: undefined,
        heldPeakMilli: milliConnections,
      },
      newPerSecond: undefined,
      activeConnections: milliConnections / 1_000,
      ageMs: 0,
    },
  ];
}
