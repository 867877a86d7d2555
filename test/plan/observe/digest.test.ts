import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { emptyReport } from '../../../src/domain/agent-message.ts';
import type { RttSample, SiteDigest } from '../../../src/domain/digest.ts';
import type { AgentWord } from '../../../src/plan/observe/agent-word.ts';
import { digestOf, wordsOf } from '../../../src/plan/observe/digest.ts';
import { mergeDigests } from '../../../src/plan/observe/merge.ts';

const nowMs = 100_000;
const taken = {
  coordinator: 'a',
  site: 'fra',
  takenAtMs: 1_700_000_000_000,
  monotonicMs: nowMs,
  publishedRevision: 9,
};

const text = fc.constantFrom('', 'x', 'y');
const standing = fc.record({
  isConnected: fc.boolean(),
  reportedAtMs: fc.oneof(fc.integer({ min: 0, max: nowMs }), fc.constant(Number.NEGATIVE_INFINITY)),
  lastSeenMs: fc.nat(1_000),
  wanted: fc.option(fc.record({ version: fc.nat(9) }), { nil: undefined }),
  applied: fc.record({ version: fc.nat(9), checksum: text, revision: fc.nat(9) }),
  refusal: text,
});
const common = { troubles: fc.array(text, { maxLength: 2 }), held: text };
const idleVips = fc.array(text, { maxLength: 2 });
const returnPaths = fc.array(fc.record({ realServer: text, heard: idleVips, silent: idleVips }), {
  maxLength: 2,
});
const path = fc.record({
  realServer: fc.constantFrom('r1', 'r2'),
  state: fc.constantFrom('up', 'down', 'gone', 'unknown'),
  sinceMs: fc.nat(99),
  rttP50Us: fc.nat(99),
  rttP90Us: fc.nat(99),
  loss: fc.constantFrom(0, 0.5),
  answered: fc.nat(9),
  agent: fc.constantFrom('present', 'absent', 'unknown'),
  knock: fc.constantFrom('works', 'unknown'),
});
const destination = fc.record({
  service: fc.constantFrom('s1', 's2'),
  realServer: fc.constantFrom('r1', 'r2'),
  weight: fc.nat(9),
  activeConnections: fc.nat(9),
  connections: fc.nat(9),
  bytesIn: fc.nat(9),
  countedSinceMs: fc.nat(9),
});
const application = fc.record({
  service: fc.constantFrom('s1', 's2'),
  verdict: fc.constantFrom('healthy', 'unhealthy', 'unknown'),
  sinceMs: fc.nat(9),
  reason: text,
});
const load = fc.record({
  connections: fc.option(fc.nat(9), { nil: undefined }),
  connectionsUtil: fc.constant(undefined),
  cpuUtil: fc.constantFrom(undefined, 0.5),
  backlogUtil: fc.constant(undefined),
});
const director = fc
  .tuple(
    fc.constantFrom('d1', 'd2', 'd3'),
    standing,
    fc.record({
      ...common,
      idleVips,
      returnPaths,
      paths: fc.array(path, { maxLength: 2 }),
      destinations: fc.array(destination, { maxLength: 2 }),
    }),
  )
  .map(([name, said, report]) => ({
    role: 'director',
    name,
    ...said,
    report: { ...emptyReport, ...report },
  }));
const realServer = fc
  .tuple(
    fc.constantFrom('r1', 'r2', 'd1'),
    standing,
    fc.record({
      ...common,
      applications: fc.array(application, { maxLength: 2 }),
      load: fc.option(load, { nil: undefined }),
    }),
  )
  .map(([name, said, report]) => ({
    role: 'realserver',
    name,
    ...said,
    report: { ...emptyReport, ...report },
  }));
const words = fc.uniqueArray(fc.oneof(director, realServer) as fc.Arbitrary<AgentWord>, {
  selector: ({ role, name }) => `${role}/${name}`,
  maxLength: 6,
});
const rtt: fc.Arbitrary<RttSample[]> = fc.array(
  fc.record({
    from: fc.constantFrom('fra', 'ams'),
    to: fc.constantFrom('fra', 'ams'),
    p50Us: fc.nat(9),
    p90Us: fc.nat(9),
    loss: fc.constantFrom(0, 0.5),
    answered: fc.nat(9),
  }),
  { maxLength: 4 },
);

const content = (heard: Parameters<typeof mergeDigests>[0]) => {
  const { parts: _, agents, ...rest } = mergeDigests(heard);
  return { ...rest, agents: agents.map(({ from: _from, ...agent }) => agent) };
};
const fresh = (digest: SiteDigest) => ({ digest, ageMs: 0 });

describe('digests', () => {
  test('of parts, merged, are the digest of all', () => {
    fc.assert(
      fc.property(words, rtt, fc.infiniteStream(fc.nat(2)), (all, samples, places) => {
        const place = () => Number(places.next().value);
        const split = Map.groupBy(all, place);
        const splitRtt = Map.groupBy(samples, place);
        const parts = [0, 1, 2].map((at) =>
          digestOf({ ...taken, coordinator: `c${at}` }, split.get(at) ?? [], splitRtt.get(at) ?? []),
        );
        expect(content(parts.map(fresh))).toEqual(content([fresh(digestOf(taken, all, samples))]));
      }),
    );
  });

  test('may be merged in any order, also where several have heard one agent', () => {
    const part = fc.tuple(words, rtt, fc.nat(5_000), fc.constantFrom('fra', 'ams'));
    fc.assert(
      fc.property(fc.array(part, { maxLength: 4 }), fc.infiniteStream(fc.nat()), (given, keys) => {
        const heard = given.map(([said, samples, ageMs, site], index) => ({
          digest: digestOf({ ...taken, site, coordinator: `c${index}` }, said, samples),
          ageMs,
        }));
        const shuffled = heard
          .map((one) => ({ one, key: Number(keys.next().value) }))
          .toSorted((a, b) => a.key - b.key)
          .map(({ one }) => one);
        expect(mergeDigests(shuffled)).toEqual(mergeDigests(heard));
      }),
    );
  });

  test('say what the agents said', () => {
    fc.assert(
      fc.property(words, fc.nat(5_000), (all, ageMs) => {
        const found = wordsOf(digestOf(taken, all, []), ageMs, nowMs + ageMs);
        const key = ({ role, name }: AgentWord) => `${role}/${name}`;
        const ordered = (list: readonly AgentWord[]) => list.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
        expect(ordered(found)).toEqual(ordered(all));
      }),
    );
  });
});

test('an agent that has moved to another coordinator is told of by the one that heard it last', () => {
  const before: AgentWord = {
    role: 'realserver',
    name: 'r1',
    isConnected: true,
    report: { ...emptyReport, applications: [{ service: 's', verdict: 'healthy', sinceMs: 0, reason: '' }] },
    reportedAtMs: nowMs - 6_000,
    lastSeenMs: 1,
    wanted: undefined,
    applied: { version: 1, checksum: 'c' },
    refusal: '',
  };
  const after: AgentWord = {
    ...before,
    report: {
      ...emptyReport,
      applications: [{ service: 's', verdict: 'unhealthy', sinceMs: 0, reason: '' }],
    },
    reportedAtMs: nowMs - 1_000,
  };
  const merged = mergeDigests([
    { digest: digestOf({ ...taken, coordinator: 'new' }, [after], []), ageMs: 500 },
    { digest: digestOf({ ...taken, coordinator: 'old' }, [before], []), ageMs: 0 },
  ]);
  expect(merged.agents).toMatchObject([{ name: 'r1', reportAgeMs: 1_500 }]);
  expect(merged.servers).toMatchObject([{ applications: [{ verdict: 'unhealthy' }] }]);
  expect(merged.parts).toMatchObject([
    { coordinator: 'new', ageMs: 500 },
    { coordinator: 'old', ageMs: 0 },
  ]);
});
