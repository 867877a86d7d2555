/** Digests by their changes, over the wire: what an observer has is what he would have been told whole, whatever he missed. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadApi } from '../../src/api/proto-services.ts';
import { createDigestTaker, type DigestTaker } from '../../src/api/take-digest.ts';
import { createDigestTeller, createDigestTellings, type DigestTellings } from '../../src/api/tell-digest.ts';
import { type AgentReport, emptyReport } from '../../src/domain/agent-message.ts';
import type { SiteDigest } from '../../src/domain/digest.ts';
import { type DigestAgent, digestOfAgents } from '../../src/domain/digest-agents.ts';
import type { PathReport } from '../../src/domain/report.ts';

const { Observe } = loadApi().peers.service;

const path = (realServer: string, change: Partial<PathReport> = {}): PathReport => ({
  ...{ realServer, state: 'up', sinceMs: 1, rttP50Us: 1_000, rttP90Us: 2_000, loss: 0 },
  ...{ answered: 20, agent: 'present', knock: 'works', ...change },
});
const destination = (realServer: string, connections: number) => ({
  ...{ service: 'web', realServer, weight: 1, activeConnections: 0 },
  ...{ connections, bytesIn: 0, countedSinceMs: 1 },
});
const application = (service: string, verdict: 'healthy' | 'unhealthy') => ({
  ...{ service, verdict, sinceMs: 1, reason: '' },
});
const load = { connections: 3, connectionsUtil: 0.25, cpuUtil: undefined, backlogUtil: undefined };
const examination = { findings: [], well: 4, sinceMs: 1 };

/** Few, so that each comes again: an agent that has not reported anew has said the same value. */
const reports = {
  director: [
    { ...emptyReport },
    { ...emptyReport, paths: [path('a'), path('b')], destinations: [destination('a', 1)] },
    { ...emptyReport, paths: [path('b'), path('a')], destinations: [destination('a', 2)], examination },
    {
      ...{ ...emptyReport, held: 'it hears nobody', troubles: ['x'], idleVips: ['192.0.2.1'] },
      paths: [path('a', { state: 'down' }), path('c', { lostVips: ['192.0.2.1'] })],
      destinations: [destination('c', 1), destination('b', 1), destination('a', 2)],
    },
  ],
  realserver: [
    { ...emptyReport },
    { ...emptyReport, applications: [application('s1', 'healthy'), application('s2', 'healthy')], load },
    { ...emptyReport, applications: [application('s2', 'unhealthy')], load: { ...load, connections: 4 } },
    { ...emptyReport, applications: [], load, fault: 'a device is missing' },
  ],
} satisfies Record<string, AgentReport[]>;

const told = fc.record({
  report: fc.nat(3),
  isConnected: fc.boolean(),
  reportedBeforeMs: fc.option(
    fc.nat(3).map((seconds) => seconds * 1_000),
    { nil: undefined },
  ),
  lastSeenMs: fc.nat(2),
  wantedVersion: fc.option(fc.nat(2), { nil: undefined }),
  applied: fc.record({ version: fc.nat(2), checksum: fc.constantFrom('', 'c'), revision: fc.nat(2) }),
  refusal: fc.constantFrom('', 'no'),
});
/** `went`: of each observer. Another stream is begun where the last was lost; of what is skipped he hears nothing. */
const round = fc.record({
  /** Of the clock that tells the time of day: now and then it is set. */
  sinceMs: fc.constantFrom(500, 500, 500, -60_000, 3_600_000),
  news: fc.dictionary(fc.constantFrom('d1', 'd2', 'r1', 'r2', 'r3'), fc.option(told, { nil: undefined })),
  site: fc.constantFrom('fra', 'fra', 'ams'),
  rtt: fc.array(fc.constant({ from: 'fra', to: 'ams', p50Us: 1, p90Us: 2, loss: 0.5, answered: 3 }), {
    maxLength: 1,
  }),
  collected: fc.array(fc.record({ realServer: fc.constantFrom('r1', 'r2'), heard: vips(), silent: vips() }), {
    minLength: 1,
    maxLength: 2,
  }),
  isCollecting: fc.boolean(),
  went: fc.tuple(way(), way()),
});
function vips() {
  return fc.array(fc.constant('192.0.2.1'), { maxLength: 1 });
}
function way() {
  return fc.constantFrom('sent', 'sent', 'sent', 'skipped', 'lost');
}

test('an observer has what was sent to him whole, whatever he missed and however often he began anew', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(round, { maxLength: 12 }), async (rounds) => {
      const tellings = createDigestTellings();
      const observers = [observer(tellings), observer(tellings)];
      const agents = new Map<string, Map<string, Omit<DigestAgent, 'reportAgeMs'> & { atMs?: number }>>();
      let nowMs = 1_700_000_000_000;
      let monotonicMs = 10_000;
      for (const { sinceMs, news, site, rtt, collected, isCollecting, went } of rounds) {
        nowMs += sinceMs;
        monotonicMs += 500;
        const here = agents.get(site) ?? new Map();
        agents.set(site, here);
        for (const [name, one] of Object.entries(news)) {
          if (one === undefined) here.delete(name);
          else {
            const { report, reportedBeforeMs, ...standing } = one;
            const role = name.startsWith('d') ? ('director' as const) : ('realserver' as const);
            const atMs = reportedBeforeMs === undefined ? undefined : monotonicMs - reportedBeforeMs;
            here.set(name, { role, name, ...standing, atMs, report: reports[role][report] ?? emptyReport });
          }
        }
        const digest = digestOfAgents({
          head: { coordinator: 'fra-c1', site, takenAtMs: nowMs, publishedRevision: 3 },
          agents: [...here.values()].map(({ atMs, ...agent }) => ({
            ...agent,
            reportAgeMs: atMs === undefined ? undefined : monotonicMs - atMs,
          })),
          rtt,
          ...(isCollecting ? { collected } : {}),
        });
        const whole = await observer(createDigestTellings(), false).hear(digest);
        for (const [index, way] of went.entries()) {
          if (way === 'skipped') continue;
          if (way === 'lost') observers[index] = observer(tellings);
          expect(sorted(await observers[index]?.hear(digest))).toEqual(sorted(whole));
        }
      }
    }),
    { numRuns: 60 },
  );
});

const returnPaths = [{ realServer: 'r1', heard: ['192.0.2.1'], silent: [] }];

describe('a digest that changes little', () => {
  const one = digestOf([agent('d1', reports.director[1]), agent('r1', reports.realserver[1])]);
  const later = digestOf([agent('d1', reports.director[2], 1), agent('r1', reports.realserver[1], 500)], 500);

  test('is told by what has changed, and of those who have not reported anew nothing', async () => {
    const teller = createDigestTeller(createDigestTellings(), true);
    await messages(teller, one);
    const [message] = (await messages(teller, later)).map((bytes) => Observe.responseDeserialize(bytes));
    expect(message).toMatchObject({ number: 2, base: 1, agents: [{ name: 'd1', report: null }] });
    expect(message?.agents).toHaveLength(1);
    expect(message?.agents[0]?.reportChanges).toMatchObject({
      said: { paths: [], destinations: [{ realServer: 'a', connections: 2 }] },
      gonePaths: [],
    });
  });

  test.each<[string, Partial<DigestAgent>]>([
    ['that it is connected', { isConnected: false }],
    ['when it was seen', { lastSeenMs: 2 }],
    ['when it reported', { reportAgeMs: 900 }],
    ['that it has reported', { reportAgeMs: undefined }],
    ['what it should have', { wantedVersion: 2 }],
    ['what it has', { applied: { version: 2, checksum: 'c', revision: 2 } }],
    ['by which checksum', { applied: { version: 1, checksum: 'd', revision: 2 } }],
    ['as of which revision', { applied: { version: 1, checksum: 'c', revision: 3 } }],
    ['what it refused', { refusal: 'no' }],
    ['whether it holds', { report: { ...emptyReport, held: 'x' } }],
    ['what troubles it', { report: { ...emptyReport, troubles: ['x'] } }],
    ['what is wrong', { report: { ...emptyReport, fault: 'x' } }],
    ['what it can not serve', { report: { ...emptyReport, idleVips: ['192.0.2.1'] } }],
    ['what it hears as a collector', { report: { ...emptyReport, returnPaths } }],
    ['what it found', { report: { ...emptyReport, examination } }],
  ])('%s is told when that alone is other, and when it is as before', async (_, change) => {
    const { hear } = observer(createDigestTellings());
    const before = { ...agent('d1', emptyReport), reportAgeMs: 100 };
    for (const one of [before, { ...before, ...change }, before]) {
      const digest = digestOf([one, agent('r1', emptyReport)]);
      expect((await hear(digest))?.agents).toEqual(digest.agents);
    }
  });

  test('what a director hears as a collector, that carries the same traffic as before', async () => {
    const { hear } = observer(createDigestTellings());
    const before = agent('d1', reports.director[1]);
    const change = { report: { ...before.report, returnPaths } };
    for (const one of [before, { ...before, ...change }, before]) {
      const digest = digestOf([one]);
      expect((await hear(digest))?.agents).toEqual(digest.agents);
    }
  });

  test('however slowly a way grows longer, it is told when it is far from what the other end has', async () => {
    const { hear } = observer(createDigestTellings());
    for (let rttP50Us = 1_000; rttP50Us <= 1_500; rttP50Us += 10) {
      const report = { ...emptyReport, paths: [path('a', { rttP50Us })] };
      const heard = await hear(digestOf([{ ...agent('d1', report), lastSeenMs: rttP50Us }]));
      const there = heard?.paths[0]?.paths[0]?.rttP50Us ?? 0;
      expect(Math.abs(there - rttP50Us)).toBeLessThanOrEqual(0.05 * rttP50Us);
    }
  });

  test('is told whole to who takes no changes, and has no numbers', async () => {
    const teller = createDigestTeller(createDigestTellings(), false);
    for (const digest of [one, later]) {
      const [message] = (await messages(teller, digest)).map((bytes) => Observe.responseDeserialize(bytes));
      expect(message).toMatchObject({ number: 0, base: 0, gone: [] });
      expect(message?.agents.map(({ report }) => report !== null)).toEqual([true, true]);
    }
  });

  test('is made once for all who have been told the same', async () => {
    const tellings = createDigestTellings();
    const made: Buffer[] = [];
    const watched: DigestTellings = {
      ...tellings,
      *encode(news) {
        const bytes = yield* tellings.encode(news);
        made.push(bytes);
        return bytes;
      },
    };
    const tellers = [createDigestTeller(watched, true), createDigestTeller(watched, true)];
    for (const digest of [one, later]) for (const teller of tellers) await messages(teller, digest);
    // Of each of two observers: two whole reports, then the changes of one.
    expect(made).toHaveLength(6);
    expect(new Set(made).size).toBe(3);
  });

  test('is told whole again now and then', async () => {
    const teller = createDigestTeller(createDigestTellings(), true);
    const wholes: number[] = [];
    for (let count = 0; count < 300; count++) {
      const [message] = (await messages(teller, one)).map((bytes) => Observe.responseDeserialize(bytes));
      if (message?.base === 0) wholes.push(message.number);
    }
    expect(wholes).toEqual([1, 241]);
  });
});

test('what a coordinator hears of very many real servers is told in parts, each before the last', async () => {
  const collected = Array.from({ length: 12_000 }, (_, index) => ({
    ...{ realServer: `r${index}`, heard: ['192.0.2.1'], silent: [] },
  }));
  const parts = await messages(createDigestTeller(createDigestTellings(), true), {
    ...digestOf([agent('d1', reports.director[1])]),
    collected,
  });
  expect(parts.length).toBe(4);
  const taker = createDigestTaker();
  const taken = parts.map((bytes) => taker.take(bytes));
  expect(taken.slice(0, -1).every((one) => one === undefined)).toBe(true);
  expect(taken.at(-1)).toMatchObject({ collected, agents: [{ name: 'd1' }] });
});

describe('what does not follow what was told', () => {
  const whole = { ...head(1, 0), agents: [{ role: 'director', name: 'd1', report: { held: 'x' } }] };
  test.each<[string, object]>([
    ['another number than the last', { ...head(3, 2), agents: [] }],
    ['another site', { ...head(2, 1), site: 'ams', agents: [] }],
    [
      'changes of an agent that was not told of',
      { ...head(2, 1), agents: [{ role: 'director', name: 'd2', reportChanges: { said: {} } }] },
    ],
    ['a role that is none', { ...head(2, 1), gone: [{ role: 'king', name: 'd1' }] }],
  ])('%s is an error', (_, message) => {
    const taker = createDigestTaker();
    expect(taker.take(Observe.responseSerialize(whole))).toMatchObject({ agents: [{ held: 'x' }] });
    expect(() => taker.take(Observe.responseSerialize(message))).toThrow(
      expect.objectContaining({ code: 'invalid' }),
    );
  });

  test('parts of several digests are none', () => {
    const taker = createDigestTaker();
    taker.take(Observe.responseSerialize({ ...whole, last: false }));
    const other = { ...head(2, 1), first: false };
    expect(() => taker.take(Observe.responseSerialize(other))).toThrow('its parts are of several');
  });
});

describe('more than a digest can be is refused', () => {
  const bounds = { bytes: 10_000, agents: 2, entries: 3, sites: 1 };
  const agents = (...names: string[]) => names.map((name) => ({ role: 'director', name, report: {} }));
  const paths = (...names: string[]) => [
    { role: 'director', name: 'd1', reportChanges: { said: { paths: names.map((name) => path(name)) } } },
  ];
  test.each<[string, object[]]>([
    ['agents that come one by one', [agents('d1', 'd2'), agents('d3')]],
    ['entries that come one by one', [agents('d1'), paths('a', 'b'), paths('c', 'd')]],
    ['a text without end', [[{ role: 'director', name: 'd'.repeat(70_000) }]]],
  ])('%s', (_, digests) => {
    const taker = createDigestTaker(bounds);
    const all = digests.map((one, index) =>
      Observe.responseSerialize({ ...head(index + 1, index), agents: one as never }),
    );
    for (const bytes of all.slice(0, -1)) taker.take(bytes);
    expect(() => taker.take(all.at(-1))).toThrow(expect.objectContaining({ code: 'refused' }));
  });

  test('parts without end', () => {
    const taker = createDigestTaker(bounds);
    const part = (first: boolean) =>
      Observe.responseSerialize({ ...head(1, 0), first, last: false, coordinator: 'c'.repeat(6_000) });
    taker.take(part(true));
    expect(() => taker.take(part(false))).toThrow('bytes, expected at most 10000');
  });

  test('of more sites than that, the oldest is to be told whole', () => {
    const taker = createDigestTaker(bounds);
    for (const site of ['fra', 'ams']) taker.take(Observe.responseSerialize({ ...head(1, 0), site }));
    taker.take(Observe.responseSerialize({ ...head(2, 1), site: 'ams' }));
    expect(() => taker.take(Observe.responseSerialize(head(2, 1)))).toThrow('none is here');
  });
});

function head(number: number, base: number) {
  return { coordinator: 'c1', site: 'fra', takenAtMs: 1, first: true, last: true, number, base };
}

function agent(name: string, report: AgentReport | undefined, reportAgeMs = 0): DigestAgent {
  return {
    role: name.startsWith('d') ? 'director' : 'realserver',
    ...{ name, isConnected: true, lastSeenMs: 1, reportAgeMs, wantedVersion: 1, refusal: '' },
    applied: { version: 1, checksum: 'c', revision: 2 },
    report: report ?? emptyReport,
  };
}

function digestOf(agents: DigestAgent[], afterMs = 0): SiteDigest {
  const takenAtMs = 1_700_000_000_000 + afterMs;
  return digestOfAgents({
    head: { coordinator: 'fra-c1', site: 'fra', takenAtMs, publishedRevision: 3 },
    agents,
    rtt: [],
  });
}

async function messages(
  teller: ReturnType<typeof createDigestTeller>,
  digest: SiteDigest,
): Promise<Buffer[]> {
  const parts: Buffer[] = [];
  for await (const part of teller.parts(digest)) parts.push(Observe.responseSerialize(part));
  return parts;
}

/** Both ends of one stream. */
function observer(tellings: DigestTellings, takesChanges = true, taker: DigestTaker = createDigestTaker()) {
  const teller = createDigestTeller(tellings, takesChanges);
  return {
    async hear(digest: SiteDigest): Promise<SiteDigest | undefined> {
      return (await messages(teller, digest)).map((bytes) => taker.take(bytes)).at(-1);
    },
  };
}

/** The order of what stands in lists does not matter. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value))
    return value.map(sorted).toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, sorted(one)]));
}
