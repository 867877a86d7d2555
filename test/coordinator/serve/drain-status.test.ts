import { expect, test } from 'vitest';
import { drainsOf } from '../../../src/coordinator/serve/drain-status.ts';
import { createAgentRecords } from '../../../src/coordinator/site/agent-record.ts';
import type { DestinationReport } from '../../../src/domain/report.ts';
import { atOnce } from '../../../src/domain/steps.ts';
import { override, service, world } from '../../plan/fixtures.ts';

const drained = world({
  services: [service()],
  overrides: [override({ subject: { kind: 'realServer', name: 'fra-1' } })],
});

test.each<[string, Readonly<Record<string, readonly [weight: number, connections: number]>>, unknown]>([
  ['connections of all directors', { 'fra-d': [0, 7], 'lon-d': [0, 5] }, ['draining', 12]],
  ['until the last director has let go', { 'fra-d': [-1, 0], 'lon-d': [0, 0] }, ['draining', 0]],
  ['nobody has it any more', { 'fra-d': [-1, 0], 'lon-d': [-1, 0] }, ['drained', 0]],
  ['nobody has said', {}, ['unknown', 0]],
])('a drain: %s', (_, directors, expected) => {
  const [drain] = atOnce(drainsOf(drained, heard(directors)));
  expect(drain).toMatchObject({ service: 'web', realServer: 'fra-1' });
  expect([drain?.state, drain?.connections]).toEqual(expected);
});

test.each<[string, Readonly<Record<string, readonly [weight: number, connections: number]>>, unknown]>([
  ['has connections', { 'fra-d': [100, 7], 'lon-d': [100, 5] }, ['draining', 7]],
  ['has none left', { 'fra-d': [100, 0], 'lon-d': [100, 5] }, ['drained', 0]],
  ['has not said', { 'lon-d': [100, 5] }, ['unknown', 0]],
])('a director that is drained and %s', (_, directors, expected) => {
  const overrides = [override({ subject: { kind: 'director', name: 'fra-d' } })];
  const found = atOnce(drainsOf({ ...drained, overrides }, heard(directors)));
  expect(found).toMatchObject([{ service: 'web', realServer: '', director: 'fra-d' }]);
  expect(found.map(({ state, connections }) => [state, connections])).toEqual([expected]);
});

test('nothing is draining that only gets nothing', () => {
  expect(atOnce(drainsOf({ ...drained, overrides: [] }, heard({ 'fra-d': [0, 7] })))).toEqual([]);
});

test('a report that names it twice counts by its last word', () => {
  const agents = heard({ 'fra-d': [0, 7] });
  const record = agents.get('director', 'fra-d');
  const again = record.report.destinations.map((one) => ({ ...one, activeConnections: 3 }));
  record.report = { ...record.report, destinations: [...record.report.destinations, ...again] };
  expect(atOnce(drainsOf(drained, agents))).toMatchObject([{ state: 'draining', connections: 3 }]);
});

function heard(directors: Readonly<Record<string, readonly [weight: number, connections: number]>>) {
  const agents = createAgentRecords();
  for (const [name, [weight, activeConnections]] of Object.entries(directors)) {
    const record = agents.get('director', name);
    const counters = { connections: 0, bytesIn: 0, countedSinceMs: 0 };
    const destination: DestinationReport = {
      service: 'web',
      realServer: 'fra-1',
      weight,
      activeConnections,
      ...counters,
    };
    record.report = { ...record.report, destinations: [destination] };
    record.stream = { peer: name, send: () => {}, holds: () => {}, close: () => {} };
  }
  return agents;
}
