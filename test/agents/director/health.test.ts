import { expect, test } from 'vitest';
import { createHealth } from '../../../agents/director/health.ts';
import { probePlan } from '../../../agents/director/probe-targets.ts';
import type { Transition } from '../../../agents/director/transition.ts';
import type { AppVerdict } from '../../../src/domain/probe.ts';
import type { DirectorSnapshot } from '../../../src/domain/snapshot.ts';
import type { KnockOutcome } from '../../../src/plan/path-health.ts';
import { createManualClock } from '../manual-clock.ts';
import { directorSnapshot, probe } from '../snapshots.ts';

const vip = '192.0.2.10';

function text(transition: Transition): string {
  if (transition.kind === 'held') return `held ${transition.reason}`;
  return `${transition.realServer} ${transition.kind} ${transition.to}`;
}

function setUp(snapshot = directorSnapshot()) {
  const clock = createManualClock();
  const transitions: Transition[] = [];
  const health = createHealth({ ...clock, onTransition: (transition) => transitions.push(transition) });
  const watch = (next: DirectorSnapshot) => health.watch(next, probePlan(next, new Set(['ipv4'])).targets);
  watch(snapshot);
  let id = 0;
  return {
    clock,
    health,
    transitions,
    watch,
    /** Does the knocks that are due at this real server, with this outcome at each port that should be open. */
    knock(realServer: string, outcome: KnockOutcome, closed: KnockOutcome = 'refused') {
      const due = health.dueKnocks(realServer, clock.monotonicMs(), true);
      for (const { vip: address, plan } of due) {
        const open = plan.open.map((port) => ({ port, outcome }));
        const startedMs = clock.monotonicMs();
        const round = { startedMs, heardMs: health.heardMs(), inSilence: plan.inSilence, open };
        const path = { realServer, vip: address };
        health.knocked(path, startedMs, { ...round, closed: plan.closed ? closed : undefined });
      }
      return due.length;
    },
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
  expect(transitions.map(text)).toEqual([
    'fra-1 path up',
    'fra-1 agent present',
    'fra-1 application healthy',
    'lon-1 path up',
    'lon-1 agent present',
    'lon-1 application unhealthy',
  ]);
});

test('silence of agent and kernel takes a path down, then away; its length is told', async () => {
  const { health, knock, rounds, transitions } = setUp();
  await rounds(10, { 'fra-1': 'healthy', 'lon-1': 'healthy' });
  knock('fra-1', 'handshake');
  transitions.length = 0;
  for (let round = 0; round < 6; round++) {
    await rounds(1, { 'lon-1': 'healthy' });
    knock('fra-1', 'silent');
  }
  expect([health.path('fra-1'), health.path('lon-1')]).toEqual(['down', 'up']);
  // The last verdict stands: the path says enough.
  expect(health.application('fra-1', 'web')).toBe('healthy');
  expect(transitions.map(text)).toEqual(['fra-1 path down', 'fra-1 agent absent']);
  for (let round = 0; round < 40; round++) {
    await rounds(1, { 'lon-1': 'healthy' });
    knock('fra-1', 'silent');
  }
  expect([health.path('fra-1'), health.path('lon-1')]).toEqual(['gone', 'up']);
});

test('silence of the agent alone changes nothing but what is said of it', async () => {
  const { health, knock, rounds, transitions, clock } = setUp();
  await rounds(10, { 'fra-1': 'healthy', 'lon-1': 'healthy' });
  for (const realServer of ['fra-1', 'lon-1']) knock(realServer, 'handshake');
  transitions.length = 0;
  for (let round = 0; round < 100; round++) {
    await rounds(1, {});
    for (const realServer of ['fra-1', 'lon-1']) knock(realServer, 'handshake');
  }
  expect(transitions.map(text)).toEqual(['fra-1 agent absent', 'lon-1 agent absent']);
  expect(health.application('fra-1', 'web')).toBe('healthy');
  const absent = { state: 'up', agent: 'absent', knock: 'works', loss: 0 };
  expect(health.paths(clock.monotonicMs())).toMatchObject([absent, absent]);
  // A returning agent has not checked anything yet.
  await rounds(3, { 'fra-1': 'unknown', 'lon-1': 'healthy' });
  expect(health.application('fra-1', 'web')).toBe('healthy');
  const present = { state: 'up', agent: 'present', loss: 0 };
  expect(health.paths(clock.monotonicMs())).toMatchObject([present, present]);
});

test('all silent at once is our own silence: held, told, and over with the first answer', async () => {
  const { health, knock, rounds, transitions } = setUp();
  await rounds(10, { 'fra-1': 'healthy', 'lon-1': 'healthy' });
  for (const realServer of ['fra-1', 'lon-1']) knock(realServer, 'handshake');
  transitions.length = 0;
  for (let round = 0; round < 100; round++) {
    await rounds(1, {});
    for (const realServer of ['fra-1', 'lon-1']) knock(realServer, 'silent');
  }
  expect([health.path('fra-1'), health.path('lon-1')]).toEqual(['up', 'up']);
  expect(health.held()).toMatch(/^no real server answers any more.*Check its link/);
  await rounds(1, { 'lon-1': 'healthy' });
  expect(health.held()).toBe('');
  // Who stays silent has as long as ever to answer, and is down then.
  expect(health.path('fra-1')).toBe('up');
  for (let round = 0; round < 7; round++) {
    await rounds(1, { 'lon-1': 'healthy' });
    knock('fra-1', 'silent');
  }
  expect(health.path('fra-1')).toBe('down');
  expect(transitions.filter(({ kind }) => kind === 'held').length).toBe(2);
});

test('what a director holds against itself keeps knocks from counting, too', async () => {
  const { health, knock, rounds, clock } = setUp();
  await rounds(10, { 'fra-1': 'healthy', 'lon-1': 'healthy' });
  knock('fra-1', 'handshake');
  health.hold('the marks are gone', clock.monotonicMs());
  for (let round = 0; round < 60; round++) {
    await rounds(1, { 'lon-1': 'healthy' });
    knock('fra-1', 'silent');
  }
  expect([health.path('fra-1'), health.held()]).toEqual(['up', 'the marks are gone']);
  health.hold('', clock.monotonicMs());
  expect([health.path('fra-1'), health.held()]).toEqual(['up', '']);
});

test('what did not leave this host counts for nothing', async () => {
  const { health, clock } = setUp();
  for (let id = 1; id < 60; id++) {
    health.sent({ realServer: 'fra-1', vip }, id, clock.monotonicMs());
    health.unsent({ realServer: 'fra-1', vip }, id, clock.monotonicMs());
    health.round('fra-1', clock.monotonicMs());
    await clock.advance(probe.intervalMs);
  }
  expect(health.paths(clock.monotonicMs())[0]).toMatchObject({ state: 'unknown', loss: 0 });
});

test('a farewell is for all VIPs, and starts the knocks at once', async () => {
  const { health, knock, rounds, clock } = setUp();
  await rounds(3, { 'fra-1': 'healthy', 'lon-1': 'healthy' });
  knock('fra-1', 'handshake');
  expect(knock('fra-1', 'handshake')).toBe(0);
  health.farewell({ realServer: 'fra-1', vip }, clock.monotonicMs());
  await clock.advance(300);
  expect(knock('fra-1', 'handshake')).toBe(1);
  expect(health.paths(clock.monotonicMs())[0]).toMatchObject({ state: 'up', agent: 'absent' });
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
