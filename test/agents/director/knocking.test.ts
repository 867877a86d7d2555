import { expect, test } from 'vitest';
import type { DueKnock } from '../../../agents/director/health.ts';
import { createKnocking } from '../../../agents/director/knocking.ts';
import { closedPort } from '../../../src/domain/probe.ts';
import type { KnockOutcome, KnockRound } from '../../../src/plan/path-health.ts';
import { createManualClock } from '../manual-clock.ts';

const due: DueKnock = {
  realServer: 'fra-1',
  vip: '192.0.2.10',
  slot: 1,
  plan: { inSilence: true, isDoubt: true, open: [7483, 80], closed: true },
  timeoutMs: 200,
  dueAfterMs: 200 / 3,
};

function setUp(
  outcomes: Readonly<Record<number, KnockOutcome | undefined>>,
  self = { isWell: true, hasLasted: true },
  first = due,
) {
  const clock = createManualClock();
  const asked: number[] = [];
  const rounds: (KnockRound | undefined)[] = [];
  const waiting = [first];
  let considered = 0;
  const knock = createKnocking({
    health: {
      dueKnocks: () => {
        considered += 1;
        return waiting.splice(0);
      },
      heard: () => ({ heardMs: 7, askedMs: 5 }),
      nextLookMs: () => undefined,
      knocked: (_path: unknown, _atMs: number, round: KnockRound | undefined) => rounds.push(round),
    } as unknown as Parameters<typeof createKnocking>[0]['health'],
    knocker: {
      knock: async (_slot, _vip, port) => {
        asked.push(port);
        return outcomes[port];
      },
      trouble: () => '',
      close: () => {},
    },
    self: {
      check: async () => ({ isWell: self.isWell, marks: { state: 'in-place', table: undefined, lapses: 0 } }),
      hasLasted: async () => self.hasLasted,
      marksState: async () => (self.isWell ? 'in-place' : 'missing'),
    },
    clock,
    carries: () => true,
  });
  return { clock, knock, asked, rounds, considered: () => considered };
}

test('all ports at once, and what came of them', async () => {
  const { clock, knock, asked, rounds } = setUp({
    7483: 'handshake',
    80: 'refused',
    [closedPort]: 'refused',
  });
  knock('fra-1');
  await clock.advance(0);
  expect(asked.toSorted((a, b) => a - b)).toEqual([80, 7483, closedPort]);
  expect(rounds).toEqual([
    {
      startedMs: 0,
      dueMs: 200 / 3,
      heardMs: 7,
      askedMs: 5,
      inSilence: true,
      open: [
        { port: 7483, outcome: 'handshake' },
        { port: 80, outcome: 'refused' },
      ],
      closed: 'refused',
    },
  ]);
});

test('what could not be tried is no outcome', async () => {
  const { clock, knock, rounds } = setUp({ 80: 'handshake' });
  knock('fra-1');
  await clock.advance(0);
  expect(rounds[0]).toMatchObject({ open: [{ port: 80, outcome: 'handshake' }], closed: undefined });
  const none = setUp({});
  none.knock('fra-1');
  await none.clock.advance(0);
  expect(none.rounds).toEqual([undefined]);
});

test('without marks nobody is asked: an unmarked knock goes to whoever holds the VIP', async () => {
  const { clock, knock, asked, rounds } = setUp({ 80: 'handshake' }, { isWell: false, hasLasted: true });
  knock('fra-1');
  await clock.advance(0);
  expect([asked, rounds]).toEqual([[], [undefined]]);
});

test('marks that were lost meanwhile make the whole round void', async () => {
  const { clock, knock, rounds } = setUp({ 7483: 'handshake' }, { isWell: true, hasLasted: false });
  knock('fra-1');
  await clock.advance(0);
  expect(rounds).toEqual([undefined]);
});

test('where all was well a moment ago the rules are left to those who watch them', async () => {
  const quiet = { ...due, plan: { ...due.plan, isDoubt: false } };
  const { clock, knock, rounds } = setUp({ 7483: 'handshake' }, { isWell: false, hasLasted: false }, quiet);
  knock('fra-1');
  await clock.advance(0);
  expect(rounds).toHaveLength(1);
  expect(rounds[0]?.open).toEqual([{ port: 7483, outcome: 'handshake' }]);
});

test('a doubt is looked at again at once, a sign of life is not', async () => {
  const doubt = setUp({ 7483: 'silent', 80: 'silent' });
  doubt.knock('fra-1');
  await doubt.clock.advance(0);
  await doubt.clock.advance(100);
  expect(doubt.considered()).toBe(2);
  const alive = setUp({ 7483: 'handshake', 80: 'handshake' });
  alive.knock('fra-1');
  await alive.clock.advance(0);
  await alive.clock.advance(100);
  expect(alive.considered()).toBe(1);
});
