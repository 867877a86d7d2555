import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ServiceState } from '../../src/domain/ipvs-table.ts';
import type { HealthView } from '../../src/plan/director-table.ts';
import { directorTable } from '../../src/plan/director-table.ts';
import { type Drains, nextDrains, noDrains } from '../../src/plan/drains.ts';
import { type DirectorContent, directorContent } from '../../src/plan/snapshots.ts';
import { director, override, service, weightsAt, world } from './fixtures.ts';

const healthy: HealthView = { path: () => 'up', application: () => 'healthy' };
const unknown: HealthView = { path: () => 'unknown', application: () => 'unknown' };
const counters = { connections: 0, packetsIn: 0, packetsOut: 0, bytesIn: 0, bytesOut: 0 };
const vip = '192.0.2.10';
/** fra-1 and fra-2. */
const [first, second] = ['10.1.0.11', '10.1.0.12'] as const;

type Connections = readonly [active: number, inactive: number];
type Present = Readonly<Record<string, readonly [weight: number, connections: Connections]>>;

type Changes = NonNullable<Parameters<typeof service>[0]>;

function drained(names: readonly string[], changes: Changes = {}): DirectorContent {
  const realServerPolicies = names.map((name) => ({
    kind: 'RealServer' as const,
    name,
    weight: 100,
    drain: true,
  }));
  return directorContent(world({ services: [service(changes)], realServerPolicies }), director('fra-d'));
}

/** What the kernel holds of the table that everything healthy gives; made anew each time, as a reading is. */
function reading(present: Present, changes: Changes = {}): ServiceState[] {
  return directorTable(drained([], changes), healthy, []).map((entry) => ({
    service: entry.service,
    counters,
    destinations: entry.destinations.flatMap((destination) => {
      const [weight, [active, inactive]] = present[destination.address] ?? [undefined, [0, 0]];
      if (weight === undefined) return [];
      const connections = { activeConnections: active, inactiveConnections: inactive };
      return [{ ...destination, weight, ...connections, persistentConnections: 7, counters }];
    }),
  }));
}

/** Whether the first real server still stands after each reading: `[at ms, its weight, its connections]`. */
function course(changes: Changes, readings: readonly (readonly [number, number, Connections])[]): boolean[] {
  const snapshot = drained(['fra-1'], changes);
  let drains: Drains = noDrains;
  return readings.map(([atMs, weight, connections]) => {
    const actual = reading({ [first]: [weight, connections], [second]: [100, [3, 4]] }, changes);
    drains = nextDrains(drains, snapshot, actual, atMs);
    return weightsAt(directorTable(snapshot, healthy, actual, drains), vip)[first] !== undefined;
  });
}

const none: Connections = [0, 0];
const stays = true;
const leaves = false;

test.each<[string, Changes, [number, number, Connections, boolean][]]>([
  [
    'empty in two readings, some seconds apart',
    {},
    [
      [0, 0, none, stays],
      [2_000, 0, none, stays],
      [5_000, 0, none, leaves],
      [7_000, 0, none, leaves],
    ],
  ],
  [
    'a client that comes again in between begins it anew',
    {},
    [
      [0, 0, none, stays],
      [4_000, 0, [1, 0], stays],
      [5_000, 0, none, stays],
      [9_999, 0, none, stays],
      [10_000, 0, none, leaves],
    ],
  ],
  [
    'inactive connections hold it, as flows of UDP do',
    { ports: [{ protocol: 'udp', port: 53, targetPort: 53 }] },
    [
      [0, 0, [0, 1], stays],
      [60_000, 0, [0, 1], stays],
      [61_000, 0, none, stays],
      [66_000, 0, none, leaves],
    ],
  ],
  [
    'while it still has its weight, no connections means little',
    {},
    [
      [0, 100, none, stays],
      [5_000, 100, none, stays],
      [6_000, 0, none, stays],
      [11_000, 0, none, leaves],
    ],
  ],
  [
    'an hour by default, whatever it carries',
    {},
    [
      [1_000, 0, [5, 5], stays],
      [3_600_999, 0, [5, 5], stays],
      [3_601_000, 0, [5, 5], leaves],
      [3_602_000, 0, [5, 5], leaves],
    ],
  ],
  [
    'the deadline that its service has',
    { drainSeconds: 60 },
    [
      [0, 0, [5, 5], stays],
      [59_999, 0, [5, 5], stays],
      [60_000, 0, [5, 5], leaves],
    ],
  ],
  [
    'no deadline',
    { drainSeconds: 0 },
    [
      [0, 0, [1, 0], stays],
      [30 * 86_400_000, 0, [1, 0], stays],
    ],
  ],
  [
    'counters that are no numbers are not empty',
    { drainSeconds: 0 },
    [
      [0, 0, [Number.NaN, 0], stays],
      [60_000, 0, [0, -1], stays],
    ],
  ],
])('%s', (_, changes, steps) => {
  expect(
    course(
      changes,
      steps.map(([atMs, weight, connections]) => [atMs, weight, connections]),
    ),
  ).toEqual(steps.map(([, , , expected]) => expected));
});

test('the same reading twice is one reading', () => {
  const snapshot = drained(['fra-1']);
  const actual = reading({ [first]: [0, none] });
  const once = nextDrains(noDrains, snapshot, actual, 0);
  const again = nextDrains(once, snapshot, actual, 60_000);
  expect([...again.values()].map(({ isOver }) => isOver)).toEqual([false]);
  const anew = nextDrains(again, snapshot, reading({ [first]: [0, none] }), 60_001);
  expect([...anew.values()].map(({ isOver }) => isOver)).toEqual([true]);
});

describe('who drains', () => {
  const over = (snapshot: DirectorContent, present: Present) => {
    let drains: Drains = noDrains;
    for (const atMs of [0, 10_000]) drains = nextDrains(drains, snapshot, reading(present), atMs);
    return weightsAt(directorTable(snapshot, healthy, reading(present), drains), vip);
  };
  const idle = [0, none] as const;

  test.each<[string, Partial<Parameters<typeof world>[0]>]>([
    [
      'drain: true',
      { realServerPolicies: [{ kind: 'RealServer', name: 'fra-1', weight: 100, drain: true }] },
    ],
    ['weight 0', { realServerPolicies: [{ kind: 'RealServer', name: 'fra-1', weight: 0, drain: false }] }],
    ['an override of it', { overrides: [override({ subject: { kind: 'realServer', name: 'fra-1' } })] }],
    ['an override of its site', { overrides: [override()] }],
  ])('by order: %s', (_, changes) => {
    expect(over(directorContent(world(changes), director('fra-d')), { [first]: idle })).not.toHaveProperty([
      first,
    ]);
  });

  test.each<[string, Partial<Parameters<typeof world>[0]>]>([
    ['nothing is sent to its site', {}],
    ['it is drained of another service', { overrides: [override({ services: ['api'] })] }],
  ])('not because %s', (_, changes) => {
    const snapshot = directorContent(world(changes), director('fra-d'));
    expect(over(snapshot, { '10.2.0.11': idle })).toHaveProperty(['10.2.0.11']);
  });

  test('all of them, where all are: nobody would be served by weight 0 either', () => {
    const snapshot = drained(['fra-1', 'fra-2', 'lon-1', 'lon-2', 'nyc-1', 'nyc-2']);
    expect(over(snapshot, { [first]: idle, [second]: idle })).toEqual({});
    expect(weightsAt(directorTable(snapshot, healthy, reading({ [first]: [100, none] })), vip)).toEqual({
      [first]: 0,
    });
  });
});

test('what drained before the deadline was over is back with its weight when the drain ends, and forgotten', () => {
  const actual = reading({ [second]: [100, none] });
  const drains = nextDrains(noDrains, drained([]), actual, 0);
  expect(weightsAt(directorTable(drained([]), healthy, actual, drains), vip)).toMatchObject({
    [first]: 100,
    [second]: 100,
  });
  expect(drains).toBe(noDrains);
});

test('a director that knows nothing, with or without an order, adds and deletes nothing of a drained one', () => {
  const present = fc.record({
    [first]: fc.constantFrom<Present[string] | undefined>([0, none], [0, [2, 1]], undefined),
    [second]: fc.constant<Present[string]>([100, none]),
  });
  fc.assert(
    fc.property(present, fc.constantFrom(healthy, unknown), (given, view) => {
      const snapshot = drained(['fra-1']);
      const actual = reading(given as Present);
      const drains = nextDrains(noDrains, snapshot, actual, 5_000_000);
      const table = directorTable(snapshot, view, actual, drains);
      expect(weightsAt(table, vip)[first]).toBe(given[first]?.[0]);
    }),
  );
});
