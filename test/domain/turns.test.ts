import { expect, test } from 'vitest';
import { createTurns } from '../../src/domain/turns.ts';

/** Visitors are named `host-number`. */
function open({ atOnce = 2, waitingAtMost = 10, lateAtMost = 10 } = {}) {
  const told: string[] = [];
  const turns = createTurns<string>({
    atOnce,
    waitingAtMost,
    lateAtMost,
    begin: (visitor) => told.push(visitor),
    turnAway: (visitor) => told.push(`not ${visitor}`),
  });
  const enter = (...visitors: readonly string[]) => {
    for (const visitor of visitors) turns.enter(visitor, visitor.split('-')[0] ?? '');
  };
  return { ...turns, enter, told };
}

test('so many begin at once, the others when those have done', () => {
  const { enter, leave, told } = open();
  enter('a-1', 'b-1', 'c-1', 'd-1');
  expect(told).toEqual(['a-1', 'b-1']);
  leave('b-1');
  leave('a-1');
  expect(told).toEqual(['a-1', 'b-1', 'c-1', 'd-1']);
});

test('a host of which many come waits for itself, not the others for it', () => {
  const { enter, leave, told } = open({ atOnce: 1 });
  enter('a-1', 'a-2', 'a-3', 'a-4', 'b-1', 'c-1');
  for (const visitor of ['a-1', 'a-2', 'b-1', 'c-1', 'a-3']) leave(visitor);
  expect(told).toEqual(['a-1', 'a-2', 'b-1', 'c-1', 'a-3', 'a-4']);
});

test('whoever goes while he waits has no turn', () => {
  const { enter, leave, told } = open({ atOnce: 1 });
  enter('a-1', 'b-1', 'c-1');
  leave('b-1');
  leave('a-1');
  expect(told).toEqual(['a-1', 'c-1']);
});

test('who takes long keeps nobody waiting, and goes on', () => {
  const { enter, leave, overdue, told } = open({ atOnce: 1 });
  enter('a-1', 'b-1');
  overdue('a-1');
  enter('c-1');
  leave('a-1');
  expect(told).toEqual(['a-1', 'b-1']);
  leave('b-1');
  expect(told).toEqual(['a-1', 'b-1', 'c-1']);
});

test('of too many who take long the first is turned away', () => {
  const { enter, leave, overdue, told } = open({ atOnce: 1, lateAtMost: 2 });
  for (const visitor of ['a-1', 'b-1', 'c-1']) {
    enter(visitor);
    overdue(visitor);
    overdue(visitor);
  }
  expect(told).toEqual(['a-1', 'b-1', 'c-1', 'not a-1']);
  for (const visitor of ['a-1', 'c-1']) leave(visitor);
  enter('d-1');
  overdue('d-1');
  expect(told).toEqual(['a-1', 'b-1', 'c-1', 'not a-1', 'd-1']);
});

test('of too many the newest of the host that has most is turned away; those who came first stay', () => {
  const { enter, leave, told } = open({ atOnce: 1, waitingAtMost: 3 });
  enter('a-1', 'b-1', 'a-2', 'a-3', 'c-1');
  expect(told).toEqual(['a-1', 'not a-3']);
  for (const visitor of ['a-1', 'b-1', 'a-2']) leave(visitor);
  expect(told).toEqual(['a-1', 'not a-3', 'b-1', 'a-2', 'c-1']);
});
