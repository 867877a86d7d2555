import { expect, test } from 'vitest';
import { createRepeats } from '../../src/domain/repeats.ts';
import { createManualClock } from '../agents/manual-clock.ts';

function told() {
  const lines: string[] = [];
  const clock = createManualClock();
  const repeats = createRepeats<string>({
    clock,
    keyOf: (value) => value,
    tell: (value, times) => void lines.push(`${value} ×${times}`),
    tellOthers: (times) => void lines.push(`others ×${times}`),
  });
  return { lines, clock, ...repeats };
}

test('the first is told at once, its repeats once a minute with how many they were, for as long as they come', async () => {
  const { lines, clock, take } = told();
  for (let times = 0; times < 1_000; times += 1) take('a');
  take('b');
  expect(lines.splice(0)).toEqual(['a ×1', 'b ×1']);
  await clock.advance(60_000);
  expect(lines.splice(0)).toEqual(['a ×999']);
  take('a');
  take('a');
  await clock.advance(60_000);
  expect(lines.splice(0)).toEqual(['a ×2']);
  // A minute without it: it is new again.
  await clock.advance(60_000);
  take('a');
  expect(lines).toEqual(['a ×1']);
});

test('what is new each time is told a hundred times a minute, then by number', async () => {
  const { lines, clock, take } = told();
  for (let host = 0; host < 10_000; host += 1) take(`host ${host}`);
  expect(lines).toHaveLength(100);
  await clock.advance(60_000);
  expect(lines.slice(100)).toEqual(['others ×9900']);
});

test('at the end nothing is left untold, and no timer', () => {
  const { lines, take, close } = told();
  take('a');
  take('a');
  close();
  expect(lines).toEqual(['a ×1', 'a ×1']);
});
