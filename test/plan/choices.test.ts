import { describe, expect, test } from 'vitest';
import type { AgentReport } from '../../src/domain/agent-message.ts';
import { emptyReport } from '../../src/domain/agent-message.ts';
import type { DestinationState, ServiceState } from '../../src/domain/ipvs-table.ts';
import type { ChoiceReport } from '../../src/domain/report.ts';
import { atOnce } from '../../src/domain/steps.ts';
import { choiceReports, choicesOf } from '../../src/plan/choices.ts';
import { disagreements, disagreesAfterMs } from '../../src/plan/observe/disagreements.ts';
import { directorContent } from '../../src/plan/snapshots.ts';
import { director, service, world } from './fixtures.ts';

const counters = { connections: 0, packetsIn: 0, packetsOut: 0, bytesIn: 0, bytesOut: 0 };

describe('how a director chooses', () => {
  const given = world({
    services: [service({ scheduler: 'mh' }), service({ name: 'api', vips: ['192.0.2.20'] })],
  });
  const content = directorContent(given, director('fra-d'));
  const end = (address: string, weight: number): DestinationState => ({
    ...{ address, port: 80, weight, forwarding: 'tunnel', counters },
    ...{ activeConnections: 0, inactiveConnections: 0, persistentConnections: 0 },
  });
  const state = (...ends: DestinationState[]): ServiceState => ({
    service: {
      key: { kind: 'address', protocol: 'tcp', address: '192.0.2.10', port: 80 },
      scheduler: 'mh',
      schedulerFlags: { fallback: true, port: true },
      persistenceSeconds: 0,
    },
    counters,
    destinations: ends,
  });
  const [a, b] = [end('10.1.0.11', 61), end('10.1.0.12', 61)];
  const choice = (actual: readonly ServiceState[], sloppyTcp = '1', waiting = false) =>
    atOnce(choicesOf(content, actual, { sloppyTcp, waits: () => waiting }));
  const [plain] = choice([state(a, b)]);

  test('is told of services whose scheduler hashes, of which all is in the kernel', () => {
    expect(choice([state(a, b)]).map((one) => one.service)).toEqual(['web']);
    expect(choice([])).toEqual([]);
    expect(choice([state(a, b)], '1', true)).toEqual([]);
  });

  test.each<[string, readonly ServiceState[], string, 'same' | 'other', 'same' | 'other']>([
    [
      'connections and ways',
      [state({ ...a, activeConnections: 9, forwarding: 'direct' }, b)],
      '1',
      'same',
      'same',
    ],
    ['another order', [state(b, a)], '1', 'same', 'other'],
    ['one held for dead', [state(end('10.1.0.11', 0), b)], '1', 'other', 'same'],
    ['one missing', [state(b)], '1', 'other', 'other'],
    ['a setting', [state(a, b)], '0', 'other', 'same'],
    [
      'a flag',
      [{ ...state(a, b), service: { ...state().service, schedulerFlags: { fallback: true, port: false } } }],
      '1',
      'other',
      'same',
    ],
  ])('%s', (_, actual, sloppyTcp, ofContent, ofOrder) => {
    const [found] = choice(actual, sloppyTcp);
    expect(found?.content === plain?.content).toBe(ofContent === 'same');
    expect(found?.order === plain?.order).toBe(ofOrder === 'same');
  });

  test('of many services each is summed up in a step of its own', () => {
    const names = Array.from({ length: 20 }, (_, index) => index + 1);
    const services = names.map((number) =>
      service({ name: `s${number}`, scheduler: 'mh', vips: [`192.0.2.${number}`] }),
    );
    const many = directorContent(world({ services }), director('fra-d'));
    const actual = names.map((number) => {
      const one = state(a, b);
      const key = { kind: 'address', protocol: 'tcp', address: `192.0.2.${number}`, port: 80 } as const;
      return { ...one, service: { ...one.service, key } };
    });
    const steps = [...choicesOf(many, actual, { sloppyTcp: '1', waits: () => false })];
    expect(steps.length).toBeGreaterThanOrEqual(20);
    expect(atOnce(choicesOf(many, actual, { sloppyTcp: '1', waits: () => false }))).toHaveLength(20);
  });

  test('lasts from when it became so', () => {
    const choices = [{ service: 'web', content: 'a', order: 'a' }];
    const first = choiceReports([], choices, 1_000);
    expect(choiceReports(first, choices, 9_000)).toEqual([{ ...choices[0], sinceMs: 1_000 }]);
    expect(choiceReports(first, [{ service: 'web', content: 'b', order: 'a' }], 9_000)[0]?.sinceMs).toBe(
      9_000,
    );
  });
});

describe('two directors of a site', () => {
  const given = world({
    services: [service({ scheduler: 'mh' })],
    directors: [director('fra-d'), director('fra-e'), director('lon-d')],
  });
  const said = (content: string, order = 'o', more: Partial<AgentReport> = {}) => ({
    ...emptyReport,
    choices: [{ service: 'web', content, order, sinceMs: 1_000 }] as readonly ChoiceReport[],
    ...more,
  });
  const found = (
    reports: Readonly<Record<string, AgentReport>>,
    { nowMs = 1_000 + disagreesAfterMs, behind = '', of = given } = {},
  ) =>
    disagreements(
      of,
      {
        find(role, name) {
          const report = reports[name];
          if (report === undefined) return undefined;
          const applied = { version: name === behind ? 6 : 7, checksum: '' };
          return {
            ...{ role, name, isConnected: true, report, reportedAtMs: 0, lastSeenMs: 0, refusal: '' },
            ...{ wanted: { version: 7 }, applied },
          };
        },
      },
      nowMs,
    );

  test('that choose alike, or are of different sites, are not told of', () => {
    expect(found({ 'fra-d': said('a'), 'fra-e': said('a'), 'lon-d': said('b') })).toEqual([]);
  });

  test('that choose differently are named when it has lasted, with the first weight that is other', () => {
    const destination = (weight: number) => ({
      ...{ service: 'web', realServer: 'fra-1', weight, activeConnections: 0 },
      ...{ connections: 0, bytesIn: 0, countedSinceMs: 0 },
    });
    const reports = {
      'fra-d': said('a', 'o', { destinations: [destination(61)] }),
      'fra-e': said('b', 'o', { destinations: [destination(0)] }),
    };
    expect(found(reports, { nowMs: 999 + disagreesAfterMs })).toEqual([]);
    expect(found(reports)).toEqual([
      {
        ...{ service: 'web', site: 'fra', directors: ['fra-d', 'fra-e'], about: 'content', sinceMs: 1_000 },
        detail: 'fra-1 has weight 61 by fra-d and weight 0 by fra-e',
      },
    ]);
  });

  test('that differ by a setting, and so in all services, are told of without a search for each', () => {
    const names = Array.from({ length: 400 }, (_, index) => `s${index}`);
    let looks = 0;
    const of = world({
      services: names.map((name) => service({ name, scheduler: 'mh' })),
      directors: given.directors,
    });
    const saying = (content: string): AgentReport => ({
      ...emptyReport,
      choices: names.map((name) => ({ service: name, content, order: 'o', sinceMs: 1_000 })),
      destinations: names.map((name) => ({
        get service() {
          looks += 1;
          return name;
        },
        ...{ realServer: 'fra-1', weight: 61, activeConnections: 0 },
        ...{ connections: 0, bytesIn: 0, countedSinceMs: 0 },
      })),
    });
    expect(found({ 'fra-d': saying('a'), 'fra-e': saying('b') }, { of })).toHaveLength(400);
    expect(looks).toBeLessThan(4 * 400);
  });

  test('that have another order alone', () => {
    expect(found({ 'fra-d': said('a'), 'fra-e': said('a', 'p') })).toMatchObject([{ about: 'order' }]);
  });

  test('are not compared while one is behind, or suspects itself, or the scheduler hashes no more', () => {
    const reports = { 'fra-d': said('a'), 'fra-e': said('b') };
    expect(found(reports, { behind: 'fra-e' })).toEqual([]);
    expect(found({ ...reports, 'fra-e': said('b', 'o', { held: 'it hears nobody' }) })).toEqual([]);
    expect(found(reports, { of: world({ ...given, services: [service()] }) })).toEqual([]);
  });
});
