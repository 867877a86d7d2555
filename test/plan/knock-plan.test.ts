import { expect, test } from 'vitest';
import { nextKnock, nextLookMs, noKnocks } from '../../src/plan/knock-plan.ts';
import { initialPathHealth, isPortDead, nextPathHealth, type PathEvent } from '../../src/plan/path-health.ts';
import { timing } from './way-story.ts';

function after(...events: readonly (readonly ['sent' | 'answered' | 'unsent' | 'farewell', number])[]) {
  return events
    .map(([kind, atMs]): PathEvent => ({ kind, atMs }))
    .reduce((health, event) => nextPathHealth(health, event, timing), initialPathHealth(0));
}

const answered = [
  ['sent', 0],
  ['answered', 30],
] as const;
const second = [
  ['sent', 100],
  ['sent', 200],
] as const;

test('two datagrams without an answer are looked at before the third, so much later as an answer may come late', () => {
  const health = after(...answered, ...second);
  const lookMs = nextLookMs(health, timing, 200);
  expect(lookMs).toBe(242.5);
  const knockAt = (atMs: number) =>
    nextKnock(health, { ...noKnocks, endedMs: 0 }, [80], 300, timing, atMs)?.inSilence;
  expect([knockAt(200), knockAt(lookMs ?? 0)]).toEqual([undefined, true]);
});

test.each([
  ['all is answered', after(...answered), 100],
  ['one has no answer yet', after(...answered, ['sent', 100]), 100],
  ['of two one did not leave', after(...answered, ...second, ['unsent', 200]), 200],
  ['one was lost, and the next is answered', after(...answered, ...second, ['answered', 232]), 242],
  ['it has been looked at', after(...answered, ...second), 242.5],
  ['an absent agent is knocked at with its rounds', after(...answered, ...second, ['farewell', 210]), 220],
])('%s: the next round is soon enough', (_, health, atMs) => {
  expect(nextLookMs(health, timing, atMs)).toBeUndefined();
});

test('a dead port of the only real server is found while its agent is absent: the host is asked beside it', () => {
  const planAt = (health: ReturnType<typeof after>, atMs: number) =>
    nextKnock(health, { ...noKnocks, endedMs: 0, closedMs: 0 }, [80], 300, timing, atMs)?.open;
  // Nobody else is there who could show that it is not this director that is deaf.
  const knock = (
    health: ReturnType<typeof after>,
    atMs: number,
    ...open: readonly [number, 'handshake' | 'refused'][]
  ) =>
    nextPathHealth(
      health,
      {
        kind: 'knocked',
        atMs,
        round: {
          ...{ startedMs: atMs - 10, dueMs: atMs, inSilence: true, heardMs: undefined, askedMs: undefined },
          ...{ open: open.map(([port, outcome]) => ({ port, outcome })), closed: 'refused' },
        },
      },
      timing,
    );
  const agentGone = after(...answered, ['farewell', 210]);
  const well = knock(agentGone, 1_000, [80, 'handshake']);
  expect(planAt(well, 2_000)).toEqual([80]);
  const doubted = knock(well, 2_010, [80, 'refused']);
  expect(planAt(doubted, 3_000)).toEqual([7_483, 80]);
  const once = knock(doubted, 3_010, [7_483, 'handshake'], [80, 'refused']);
  const twice = knock(once, 4_010, [7_483, 'handshake'], [80, 'refused']);
  expect([isPortDead(once, 80), isPortDead(twice, 80), twice.state]).toEqual([false, true, 'up']);
});

test('whether knocks work is tried again soon where that could not be tried, and after a minute where they do', () => {
  const health = after(...answered);
  const rest = ({ knock }: { knock: 'unknown' | 'works' | 'proxied' }) =>
    [1_999, 2_000, 59_999, 60_000].find(
      (atMs) =>
        nextKnock({ ...health, knock }, { ...noKnocks, endedMs: 0 }, [80], 300, timing, atMs) !== undefined,
    );
  expect([rest({ knock: 'unknown' }), rest({ knock: 'works' }), rest({ knock: 'proxied' })]).toEqual([
    2_000, 60_000, 60_000,
  ]);
});
