import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { KeptEstimates } from '../../../src/domain/estimates.ts';
import { atOnce } from '../../../src/domain/steps.ts';
import { type Course, firstCourse, nextCourse } from '../../../src/plan/estimate/course.ts';
import { judgePanic, panicHistory } from '../../../src/plan/estimate/panic.ts';
import { nextStaleness, standingAt } from '../../../src/plan/estimate/staleness.ts';
import {
  type Estimates,
  estimatesOf,
  keptCapacities,
  keptEstimates,
} from '../../../src/plan/leader/estimates.ts';
import { estimatesKey } from '../../../src/store/keys.ts';
import { decodeRecord, encodeRecord } from '../../../src/store/record.ts';
import { realServer, service, world } from '../fixtures.ts';

const servers = ['fra-1', 'fra-2', 'lon-1'];
const fleet = world({
  services: [service(), service({ name: 'api' })],
  realServers: servers.map((name) => realServer(name)),
});
const epochMs = 1_700_000_000_000;
const nowMs = 3_600_000;

const course = fc
  .array(fc.tuple(fc.nat(600_000), fc.constantFrom('healthy', 'unknown', 'confirmed')), { maxLength: 8 })
  .map((changes) => {
    let [at, course] = [nowMs - 700_000, firstCourse('healthy', true, 0)];
    for (const [afterMs, state] of changes) {
      at = Math.min(nowMs, at + afterMs);
      course = nextCourse(course, state, false, at);
    }
    return course;
  });
const estimates: fc.Arbitrary<Estimates> = fc.record({
  capacities: fc
    .dictionary(fc.constantFrom(...servers), fc.integer({ min: 100_000, max: 1_050_000 }))
    .map(
      (all) => new Map(Object.entries(all).map(([name, measuredPpm]) => [name, { measuredPpm, atMs: 1 }])),
    ),
  courses: fc
    .tuple(...['web', 'api'].map((name) => fc.tuple(fc.constant(name), fc.array(course, { maxLength: 3 }))))
    .map(
      (all) =>
        new Map(all.map(([name, own]) => [name, new Map(own.map((one, at) => [servers[at] ?? '', one]))])),
    ),
  sites: fc
    .dictionary(fc.constantFrom('fra', 'lon'), fc.nat(nowMs))
    .map(
      (all) =>
        new Map(
          Object.entries(all).map(([site, newestAtMs]) => [
            site,
            { newestAtMs, heard: true, returnedAtMs: undefined },
          ]),
        ),
    ),
  panics: fc
    .dictionary(fc.constantFrom('web', 'api'), fc.nat(nowMs))
    .map(
      (all) =>
        new Map(Object.entries(all).map(([name, sinceMs]) => [name, { sinceMs, beforeConnections: 10 }])),
    ),
});

function kept(given: Estimates, clock = { nowMs, epochMs }, of = fleet): readonly KeptEstimates[] {
  return atOnce(keptEstimates(given, atOnce(keptCapacities(new Map(), given.capacities)), of, clock));
}

/** As the store gives it back. */
function stored(value: KeptEstimates): KeptEstimates {
  const text = encodeRecord({ kind: 'estimates', value });
  const record = decodeRecord(estimatesKey(value.part), text, 'test');
  if (record?.kind !== 'estimates') throw new Error('another record');
  return record.value;
}

describe('what a leader has learnt', () => {
  test('is taken up by another as it was, on another clock, and is written no second time', () => {
    fc.assert(
      fc.property(estimates, (given) => {
        const before = kept(given);
        const another = { nowMs: nowMs - 3_000_000, epochMs: epochMs + 3_000_000 };
        const next = estimatesOf(before.map(stored), another.nowMs, another.epochMs);
        expect(kept(next, another)).toEqual(before);
        expect(JSON.stringify(before.map(stored))).toBe(JSON.stringify(before));
      }),
    );
  });

  test('is nothing where all are well and carry about what they declare', () => {
    const well = new Map(servers.map((name) => [name, firstCourse('healthy', true, 0)]));
    const nothing: Estimates = {
      capacities: new Map([['fra-1', { measuredPpm: 960_000, atMs: 1 }]]),
      courses: new Map([['web', well]]),
      sites: new Map([['fra', { newestAtMs: nowMs - 5_000, heard: true, returnedAtMs: undefined }]]),
      panics: new Map(),
    };
    expect(kept(nothing)).toEqual([]);
  });

  test('of a later version is read for what this one knows', () => {
    const text = JSON.stringify({ part: '007', servers: [{ name: 'fra-1', mood: 3 }], weather: [] });
    expect(decodeRecord('estimates/007', text, 'test')?.value).toEqual({
      ...{ part: '007', servers: [{ name: 'fra-1', courses: [] }], sites: [], panics: [] },
    });
  });

  test('fits into the store where all of 24,000 fail again and again', () => {
    const services = Array.from({ length: 12 }, (_, at) => service({ name: `service-${at}` }));
    const realServers = Array.from({ length: 24_000 }, (_, at) => realServer(`fra-rack17-server-${at}`));
    let failing: Course = firstCourse('healthy', true, 0);
    for (let at = 1; at <= 12; at += 1)
      failing = nextCourse(
        failing,
        at % 2 === 0 ? 'healthy' : 'confirmed',
        false,
        nowMs - 100_000 + at * 1_000,
      );
    const all = new Map(realServers.map(({ name }) => [name, failing]));
    const given: Estimates = {
      capacities: new Map(realServers.map(({ name }) => [name, { measuredPpm: 400_000, atMs: 1 }])),
      courses: new Map(services.map(({ name }) => [name, all])),
      sites: new Map(),
      panics: new Map(),
    };
    const parts = kept(given, { nowMs, epochMs }, world({ services, realServers }));
    expect(parts.length).toBeLessThanOrEqual(257);
    expect(Math.max(...parts.map((part) => JSON.stringify(part).length))).toBeLessThan(500_000);
    expect(parts.flatMap((part) => part.servers)).toHaveLength(24_000);
  });
});

test('a capacity is kept as it was until it has moved by a twentieth', () => {
  let now: ReadonlyMap<string, number> = new Map();
  const found = [970_000, 940_000, 900_000, 890_000, 500_000, 520_000, 990_000].map((measuredPpm) => {
    now = atOnce(keptCapacities(now, new Map([['fra-1', { measuredPpm, atMs: 1 }]])));
    return now.get('fra-1');
  });
  expect(found).toEqual([undefined, 940_000, 940_000, 890_000, 500_000, 500_000, undefined]);
});

test('a panic goes on under the next leader, and ends as it would have', () => {
  const history = panicHistory({ sinceMs: 0, beforeConnections: 100 });
  const panicWith = (healthyConnections: number) =>
    judgePanic({ history: [...history, { atMs: 60_000, healthyConnections }], nowMs: 61_000 }).isPanic;
  expect([40, 49, 50, 100].map(panicWith)).toEqual([true, true, false, false]);
});

test('a site that was lost is lost, and on probation once it is heard', () => {
  const silent = new Map([['lon', { newestAtMs: nowMs - 200_000, heard: true, returnedAtMs: undefined }]]);
  const nothing = { capacities: new Map(), courses: new Map(), panics: new Map() };
  const next = estimatesOf(kept({ ...nothing, sites: silent }).map(stored), 0, epochMs + nowMs);
  const lost = next.sites.get('lon');
  if (lost === undefined) throw new Error('nothing is known');
  expect(standingAt(lost, 0)).toMatchObject({ freshness: 'lost', inflowMayGrow: false });
  const back = nextStaleness(lost, { kind: 'telemetry', atMs: 1 }, 1);
  expect(standingAt(back, 1)).toMatchObject({ onProbation: true, inflowMayGrow: false });
});
