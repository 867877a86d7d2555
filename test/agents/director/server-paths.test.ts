import { expect, test } from 'vitest';
import { probePlan } from '../../../agents/director/probe-targets.ts';
import { createHealth } from '../../../agents/director/server-paths.ts';
import type { Transition } from '../../../agents/director/transition.ts';
import type { AppVerdict } from '../../../src/domain/probe.ts';
import type { DirectorSnapshot } from '../../../src/domain/snapshot.ts';
import { atOnce } from '../../../src/domain/steps.ts';
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
        const round = {
          startedMs,
          dueMs: startedMs,
          ...health.heard(),
          inSilence: plan.inSilence,
          open,
        };
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
          health.answered({ realServer, vip }, probeId, clock.monotonicMs(), [port], true);
        }
        await clock.advance(probe.intervalMs - rttMs);
      }
    },
  };
}

test('at first nothing is known, of a stranger nothing ever', () => {
  const { health } = setUp();
  expect(health.path('fra-1')).toBe('unknown');
  expect(health.service('fra-1', 'web')).toBe('unknown');
  expect(health.path('nobody')).toBe('unknown');
});

test('answers bring the path up and their verdict with it', async () => {
  const { health, rounds, transitions } = setUp();
  await rounds(2, { 'fra-1': 'healthy', 'lon-1': 'unhealthy' });
  expect([health.path('fra-1'), health.path('lon-1')]).toEqual(['up', 'up']);
  expect([health.service('fra-1', 'web'), health.service('lon-1', 'web')]).toEqual(['healthy', 'unhealthy']);
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
  for (let round = 0; round < 7; round++) {
    await rounds(1, { 'lon-1': 'healthy' });
    knock('fra-1', 'silent');
  }
  expect([health.path('fra-1'), health.path('lon-1')]).toEqual(['down', 'up']);
  // The last verdict stands: the path says enough.
  expect(health.service('fra-1', 'web')).toBe('healthy');
  expect(transitions.map(text)).toEqual(['fra-1 agent absent', 'fra-1 path down']);
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
  expect(health.service('fra-1', 'web')).toBe('healthy');
  const absent = { state: 'up', agent: 'absent', knock: 'works', loss: 0 };
  expect(atOnce(health.paths(clock.monotonicMs()))).toMatchObject([absent, absent]);
  // A returning agent has not checked anything yet.
  await rounds(3, { 'fra-1': 'unknown', 'lon-1': 'healthy' });
  expect(health.service('fra-1', 'web')).toBe('healthy');
  const present = { state: 'up', agent: 'present', loss: 0 };
  expect(atOnce(health.paths(clock.monotonicMs()))).toMatchObject([present, present]);
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
  expect(atOnce(health.paths(clock.monotonicMs()))[0]).toMatchObject({ state: 'unknown', loss: 0 });
});

test('a farewell is for all VIPs, and starts the knocks at once', async () => {
  const { health, knock, rounds, clock } = setUp();
  await rounds(3, { 'fra-1': 'healthy', 'lon-1': 'healthy' });
  knock('fra-1', 'handshake');
  expect(knock('fra-1', 'handshake')).toBe(0);
  health.farewell({ realServer: 'fra-1', vip }, clock.monotonicMs());
  await clock.advance(300);
  expect(knock('fra-1', 'handshake')).toBe(1);
  expect(atOnce(health.paths(clock.monotonicMs()))[0]).toMatchObject({ state: 'up', agent: 'absent' });
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
      vip,
      ports: [{ port: 80 }],
      from: 'healthy',
      to: 'unhealthy',
      heldMs: 500,
    },
  ]);
});

test('bad news does not wait for the next probe, and is believed in nothing else', async () => {
  const { clock, health, rounds, transitions } = setUp();
  await rounds(5, { 'fra-1': 'healthy' });
  transitions.length = 0;
  const news = (verdict: AppVerdict) =>
    health.news({ realServer: 'fra-1', vip }, clock.monotonicMs(), [{ port: 80, protocol: 'tcp', verdict }]);
  news('unhealthy');
  expect(transitions.map(text)).toEqual(['fra-1 application unhealthy']);
  // An answer of before that somebody sends again.
  news('healthy');
  news('unknown');
  expect(health.service('fra-1', 'web')).toBe('unhealthy');
  // Nor is it a sign of life.
  for (let round = 0; round < 30; round++) {
    await rounds(1, { 'lon-1': 'healthy' });
    news('unhealthy');
  }
  expect(atOnce(health.paths(clock.monotonicMs()))[0]?.agent).toBe('absent');
  await rounds(1, { 'fra-1': 'healthy' });
  expect(health.service('fra-1', 'web')).toBe('healthy');
});

test('times and loss of the last two seconds', async () => {
  const { health, rounds } = setUp();
  await rounds(30, { 'fra-1': 'healthy' }, 14);
  const [first, second] = atOnce(health.paths(3_000));
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
  expect([health.path('fra-1'), health.service('fra-1', 'web')]).toEqual(['up', 'healthy']);
  expect([health.path('lon-1'), health.service('lon-1', 'web')]).toEqual(['unknown', 'unknown']);
});

const vip6 = '2001:db8::10';
const web2 = { port: 443, targetPort: 443, protocol: 'tcp' } as const;
const web1 = { port: 80, targetPort: 80, protocol: 'tcp' } as const;

/** Two VIPs and two ports; both VIPs are asked of, unless one can't be. */
function setUpTwo(families: ReadonlySet<'ipv4' | 'ipv6'> = new Set(['ipv4', 'ipv6'])) {
  const [service] = directorSnapshot().services;
  if (service === undefined) throw new Error('the sample has a service');
  const snapshot = directorSnapshot({
    services: [{ ...service, vips: [vip, vip6], ports: [web1, web2, { ...web2, protocol: 'udp' }] }],
  });
  const clock = createManualClock();
  const transitions: Transition[] = [];
  const health = createHealth({ ...clock, onTransition: (transition) => transitions.push(transition) });
  health.watch(snapshot, probePlan(snapshot, families).targets);
  let id = 0;
  const answer = (address: string, verdicts: Parameters<typeof health.answered>[3], isWhole = true) => {
    id += 1;
    const path = { realServer: 'fra-1', vip: address };
    health.sent(path, id, clock.monotonicMs());
    health.answered(path, id, clock.monotonicMs(), verdicts, isWhole);
  };
  return { clock, health, transitions, answer };
}

test('each port of each VIP has its own verdict; the service serves while any of them does', () => {
  const { health, transitions, answer } = setUpTwo();
  answer(vip, [
    { port: 80, last: 443, protocol: 'tcp', verdict: 'healthy' },
    { port: 443, protocol: 'udp', verdict: 'unchecked' },
  ]);
  answer(vip6, [
    { port: 80, protocol: 'tcp', verdict: 'healthy' },
    { port: 443, protocol: 'tcp', verdict: 'unhealthy' },
  ]);
  expect(
    [vip, vip6].map((address) => [web1, web2].map((port) => health.application('fra-1', address, port))),
  ).toEqual([
    ['healthy', 'healthy'],
    ['healthy', 'unhealthy'],
  ]);
  expect(health.application('fra-1', vip, { ...web2, protocol: 'udp' })).toBe('unchecked');
  expect(health.service('fra-1', 'web')).toBe('healthy');
  const heard = transitions.filter(({ kind }) => kind === 'application');
  expect(heard).toMatchObject([
    { vip, ports: [web1, web2], to: 'healthy' },
    { vip, ports: [{ protocol: 'udp' }], to: 'unchecked' },
    { vip: vip6, ports: [web1], to: 'healthy' },
    { vip: vip6, ports: [web2], to: 'unhealthy' },
  ]);
  transitions.length = 0;
  answer(vip6, [{ port: 80, last: 443, protocol: 'tcp', verdict: 'healthy' }]);
  expect(transitions).toMatchObject([{ kind: 'application', vip: vip6, ports: [web2], to: 'healthy' }]);
});

test('a page of an answer says nothing of the ports on the others', () => {
  const { health, answer } = setUpTwo();
  answer(vip, [{ port: 443, protocol: 'tcp', verdict: 'unhealthy' }], false);
  answer(vip, [{ port: 80, protocol: 'tcp', verdict: 'healthy' }], false);
  expect([web1, web2].map((port) => health.application('fra-1', vip, port))).toEqual([
    'healthy',
    'unhealthy',
  ]);
  // A whole answer that leaves a port out says that it is none of that real server's.
  answer(vip, [{ port: 80, protocol: 'tcp', verdict: 'healthy' }]);
  expect(health.application('fra-1', vip, web2)).toBe('unknown');
});

test('a VIP that nobody answers is lost by itself: the other one goes on, and both are told', async () => {
  const { clock, health, transitions, answer } = setUpTwo();
  const healthy = [{ port: 80, last: 443, protocol: 'tcp', verdict: 'healthy' }] as const;
  answer(vip6, healthy);
  for (let round = 0; round < 60; round++) {
    answer(vip, healthy);
    health.sent({ realServer: 'fra-1', vip: vip6 }, 10_000 + round, clock.monotonicMs());
    health.round('fra-1', clock.monotonicMs());
    await clock.advance(probe.intervalMs);
  }
  expect([health.path('fra-1', vip), health.path('fra-1', vip6), health.path('fra-1')]).toEqual([
    'up',
    expect.stringMatching(/^(down|gone)$/),
    'up',
  ]);
  expect(health.application('fra-1', vip6, web1)).toBe('healthy');
  expect(transitions).toContainEqual({ kind: 'vip', realServer: 'fra-1', vips: [vip6], to: 'down' });
  expect(atOnce(health.paths(clock.monotonicMs()))[0]).toMatchObject({ state: 'up', lostVips: [vip6] });
});

test('a VIP that can’t be asked from here rests on what is known of the other', () => {
  const { health, answer } = setUpTwo(new Set(['ipv4']));
  answer(vip, [
    { port: 80, protocol: 'tcp', verdict: 'healthy' },
    { port: 443, protocol: 'tcp', verdict: 'unhealthy' },
  ]);
  expect(health.path('fra-1', vip6)).toBe('up');
  expect([web1, web2].map((port) => health.application('fra-1', vip6, port))).toEqual([
    'healthy',
    'unhealthy',
  ]);
});
