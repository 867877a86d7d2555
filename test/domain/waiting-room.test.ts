import { expect, test } from 'vitest';
import { createWaitingRoom } from '../../src/domain/waiting-room.ts';

test('who has waited longest makes room for the next; who has left takes none', () => {
  const evicted: string[] = [];
  const room = createWaitingRoom<string>(2, (visitor) => evicted.push(visitor));
  for (const visitor of ['a', 'b']) room.enter(visitor);
  room.leave('a');
  room.enter('c');
  expect(evicted).toEqual([]);
  room.enter('d');
  room.enter('e');
  expect(evicted).toEqual(['b', 'c']);
  room.leave('b');
});
