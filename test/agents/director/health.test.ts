import { expect, test } from 'vitest';
import { createHealth, type Transition } from '../../../agents/director/health.ts';
import { probePlan } from '../../../agents/director/probe-targets.ts';
import type { AppVerdict } from '../../../src/domain/probe.ts';
import type { DirectorSnapshot } from '../../../src/domain/snapshot.ts';
import { createManualClock } from '../manual-clock.ts';
import { directorSnapshot, probe } from '../snapshots.ts';

const vip = '192.0.2.10';

function setUp(snapshot = directorSnapshot()) {
  const clock = createManualClock();
  const transitions: Transition[] = [];
  const health = createHealth({ ...clock, onTransition: (transition) => transitions.push(transition) });
  const watch = (next: DirectorSnapshot) => health.watch(next, probePlan(next, new Set(['ipv4'])).targets);
  watch(snapshot);
  let id = 0;
  return {
    health,
    transitions,
    watch,
    /** Intervals in which these real servers answer after `rttMs`, the others do not. */
    async rounds(count: number, verdicts: Readonly<Record<string, AppVerdict>>, rttMs = 10) {
      for (let round = 0; round < count; round++) {
        const sent = ['fra-1', 'lon-1'].map((realServer) => {
          id += 1;
          health.sent({ realServer, vip }, id, clock.monotonicMs());
          return { realServer, id };
        });
        for (const { realServer } of sent) health.round(realServer, clock.monotonicMs());
        await clock.advance(rttMs);
        for (const { realServer, id: probeId } of sent) {
          const verdict = verdicts[realServer];
          if (verdict === undefined) continue;
          const port = { port: 80, protocol: 'tcp', verdict } as const;
          health.answered({ realServer, vip }, probeId, clock.monotonicMs(), [port]);
        }
        await clock.advance(probe.intervalMs - rttMs);
      }
    },
  };
}

test('at first nothing is known, of a stranger nothing ever', () => {
  const { health } = setUp();
  expect(health.path('fra-1')).toBe('unknown');
  expect(health.application('fra-1', 'web')).toBe('unknown');
  expect(health.path('nobody')).toBe('unknown');
});

test('answers bring the path up and their verdict with it', async () => {
  const { health, rounds, transitions } = setUp();
  await rounds(2, { 'fra-1': 'healthy', 'lon-1': 'unhealthy' });
  expect([health.path('fra-1'), health.path('lon-1')]).toEqual(['up', 'up']);
  expect([health.application('fra-1', 'web'), health.application('lon-1', 'web')]).toEqual([
    'healthy',
    'unhealthy',
  ]);
  expect(transitions.map(({ kind, realServer, to }) => `${realServer} ${kind} ${to}`)).toEqual([
    'fra-1 path up',
    'fra-1 application healthy',
    'lon-1 path up',
    'lon-1 application unhealthy',
  ]);
});

test('silence takes a path down, then away; its length is told', async () => {
  const { health, rounds, transitions } = setUp();
  await rounds(10, { 'fra-1': 'healthy', 'lon-1': 'healthy' });
  transitions.length = 0;
  await rounds(6, { 'lon-1': 'healthy' });
  expect(health.path('fra-1')).toBe('down');
  expect(transitions[0]).toMatchObject({
    kind: 'path',
    realServer: 'fra-1',
    from: 'up',
    to: 'down',
    silenceMs: 490,
  });
  await rounds(30, { 'lon-1': 'healthy' });
  expect(health.path('fra-1')).toBe('gone');
  expect(health.path('lon-1')).toBe('up');
});

test('a changed verdict is one transition', async () => {
  const { rounds, transitions } = setUp();
  await rounds(5, { 'fra-1': 'healthy' });
  transitions.length = 0;
  await rounds(5, { 'fra-1': 'unhealthy' });
  expect(transitions).toMatchObject([
    {
      kind: 'application',
      realServer: 'fra-1',
      service: 'web',
      from: 'healthy',
      to: 'unhealthy',
      heldMs: 500,
    },
  ]);
});

test('times and loss of the last two seconds', async () => {
  const { health, rounds } = setUp();
  await rounds(30, { 'fra-1': 'healthy' }, 14);
  const [first, second] = health.paths(3_000);
  expect(first).toMatchObject({
    realServer: 'fra-1',
    state: 'up',
    rttP50Us: 14_000,
    rttP90Us: 14_000,
    loss: 0,
  });
  expect(second).toMatchObject({ realServer: 'lon-1', state: 'down', rttP50Us: 0, loss: 1, answered: 0 });
});

test('a new snapshot forgets nothing of those that stay, and everything of those that are others now', async () => {
  const { health, rounds, watch } = setUp();
  await rounds(5, { 'fra-1': 'healthy', 'lon-1': 'healthy' });
  const [fra, lon] = directorSnapshot().realServers;
  if (fra === undefined || lon === undefined) throw new Error('the sample has two real servers');
  watch(
    directorSnapshot({
      realServers: [
        { ...fra, tunnel: 'gre' },
        { ...lon, address: '10.2.0.99' },
      ],
    }),
  );
  expect([health.path('fra-1'), health.application('fra-1', 'web')]).toEqual(['up', 'healthy']);
  expect([health.path('lon-1'), health.application('lon-1', 'web')]).toEqual(['unknown', 'unknown']);
});
