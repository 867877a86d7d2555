import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AgentReport, emptyReport } from '../../src/domain/agent-message.ts';
import type { DestinationReport, PathReport } from '../../src/domain/report.ts';
import { reportChanges, withChanges } from '../../src/domain/report-changes.ts';

const path = (realServer: string, change: Partial<PathReport> = {}): PathReport => ({
  realServer,
  state: 'up',
  sinceMs: 1,
  rttP50Us: 1_000,
  rttP90Us: 2_000,
  loss: 0,
  answered: 20,
  agent: 'present',
  knock: 'works',
  ...change,
});
const destination = (realServer: string, connections = 1): DestinationReport => ({
  service: 'web',
  realServer,
  weight: 1,
  activeConnections: 0,
  connections,
  bytesIn: 0,
  countedSinceMs: 1,
});

const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'));
const report = fc
  .record({
    paths: names.chain((list) =>
      fc.tuple(
        ...list.map((name) =>
          fc.constantFrom('up' as const, 'down' as const).map((state) => path(name, { state })),
        ),
      ),
    ),
    destinations: names.chain((list) =>
      fc.tuple(...list.map((name) => fc.nat(2).map((count) => destination(name, count)))),
    ),
    applications: names.chain((list) =>
      fc.tuple(
        ...list.map((service) =>
          fc
            .constantFrom('healthy' as const, 'unhealthy' as const)
            .map((verdict) => ({ service, verdict, sinceMs: 1, reason: '' })),
        ),
      ),
    ),
    troubles: fc.array(fc.constantFrom('x', 'y')),
    held: fc.constantFrom('', 'held'),
    load: fc.constant(undefined),
    returnPaths: names.chain((list) =>
      fc.tuple(
        ...list.map((realServer) =>
          fc.constantFrom(['192.0.2.10'], []).map((heard) => ({ realServer, heard, silent: [] })),
        ),
      ),
    ),
  })
  // Whoever hears nobody says nothing of it.
  .map(({ returnPaths, ...one }): AgentReport => (returnPaths.length === 0 ? one : { ...one, returnPaths }));

const sorted = ({ paths, destinations, applications, returnPaths, ...rest }: AgentReport): object => ({
  ...rest,
  returnPaths: returnPaths?.toSorted((a, b) => (a.realServer < b.realServer ? -1 : 1)),
  paths: paths.toSorted((a, b) => (a.realServer < b.realServer ? -1 : 1)),
  destinations: destinations.toSorted((a, b) => (a.realServer < b.realServer ? -1 : 1)),
  applications: applications.toSorted((a, b) => (a.service < b.service ? -1 : 1)),
});

test('what was told makes the report, in whatever order', () => {
  fc.assert(
    fc.property(report, report, (before, next) => {
      expect(sorted(withChanges(before, reportChanges(before, next)))).toEqual(sorted(next));
    }),
  );
});

describe('a way that wavers', () => {
  test.each<[string, Partial<PathReport>, boolean]>([
    ['a round trip near the one that was told', { rttP50Us: 1_040 }, false],
    ['a round trip further from it', { rttP50Us: 1_080 }, true],
    ['an answer more or less', { answered: 18 }, false],
    ['far fewer answers', { answered: 5 }, true],
    ['some loss where there was none', { loss: 0.001 }, true],
    ['another state', { state: 'down' }, true],
    ['a VIP that is lost', { lostVips: ['192.0.2.1'] }, true],
  ])('%s is told: %#', (_, change, isTold) => {
    const before = { ...emptyReport, paths: [path('a'), path('b')] };
    const next = { ...emptyReport, paths: [path('a'), path('b', change)] };
    expect(reportChanges(before, next).said.paths.map(({ realServer }) => realServer)).toEqual(
      isTold ? ['b'] : [],
    );
  });

  test('however slowly it goes, it is told when it is far from what the other end has', () => {
    let theirs: AgentReport = { ...emptyReport, paths: [path('a')] };
    for (let rttP50Us = 1_000; rttP50Us <= 1_500; rttP50Us += 10) {
      const now = { ...emptyReport, paths: [path('a', { rttP50Us })] };
      theirs = withChanges(theirs, reportChanges(theirs, now));
      expect(Math.abs((theirs.paths[0]?.rttP50Us ?? 0) - rttP50Us)).toBeLessThanOrEqual(0.05 * rttP50Us);
    }
  });
});

test('what was not mentioned stays the same value', () => {
  const before = { ...emptyReport, destinations: [destination('a'), destination('b')], paths: [path('a')] };
  const next = { ...before, destinations: [destination('a'), destination('b', 5)], paths: [path('a')] };
  const after = withChanges(before, reportChanges(before, next));
  expect(after.paths).toBe(before.paths);
  expect(after.destinations[0]).toBe(before.destinations[0]);
});

test('how a director chooses is told when it is other, and that it is nothing any more', () => {
  const choices = [{ service: 'web', content: 'a', order: 'a', sinceMs: 1 }];
  const before = { ...emptyReport, choices };
  expect('choices' in reportChanges(before, { ...before, troubles: ['x'] }).said).toBe(false);
  const next = { ...emptyReport, choices: [] };
  expect(withChanges(before, reportChanges(before, next)).choices).toEqual([]);
  expect(withChanges(before, reportChanges(before, { ...before })).choices).toBe(choices);
});
