import { afterEach, expect, test } from 'vitest';
import { type NftWatch, watchNft } from '../../src/kernel/nft-watch.ts';
import { createManualClock } from '../agents/manual-clock.ts';

const watches: NftWatch[] = [];
afterEach(() => {
  for (const watch of watches.splice(0)) watch.close();
});

async function setUp(generation: () => Promise<number | undefined>) {
  const clock = createManualClock();
  const told: number[] = [];
  const watch = watchNft({ generation, clock, onChange: () => told.push(clock.monotonicMs()) });
  watches.push(watch);
  await clock.advance(0);
  return { clock, told, watch };
}

test('what is there at the start is no news; a change is told within half a second, once', async () => {
  let generation: number | undefined = 7;
  const { clock, told } = await setUp(async () => generation);
  await clock.advance(1_200);
  expect(told).toEqual([]);
  generation = 8;
  await clock.advance(5_000);
  expect(told).toEqual([1_500]);
});

test('who changes it all the time is heard once a second', async () => {
  let generation = 0;
  const { clock, told } = await setUp(async () => ++generation);
  await clock.advance(4_000);
  expect(told).toEqual([500, 1_500, 2_500, 3_500]);
});

test('a kernel that does not tell for a while: what was known before is compared with what comes after', async () => {
  const answers: (number | undefined | Error)[] = [3, undefined, new Error('no buffer'), 4, 4];
  const { clock, told } = await setUp(async () => {
    const answer = answers.length === 0 ? 4 : answers.shift();
    if (answer instanceof Error) throw answer;
    return answer;
  });
  await clock.advance(10_000);
  expect(told).toEqual([1_500]);
});

test('a kernel that never tells', async () => {
  const { clock, told } = await setUp(async () => undefined);
  await clock.advance(10_000);
  expect(told).toEqual([]);
});

test('one question at a time; what is answered too late is not heard', async () => {
  const answers: ((generation: number) => void)[] = [];
  const { clock, told } = await setUp(() => new Promise((resolve) => answers.push(resolve)));
  answers[0]?.(1);
  await clock.advance(0);
  await clock.advance(500);
  expect(answers.length).toBe(2);
  await clock.advance(1_999);
  expect(answers.length).toBe(2);
  await clock.advance(1);
  expect(answers.length).toBe(3);
  answers[1]?.(2);
  await clock.advance(0);
  expect(told).toEqual([]);
  answers[2]?.(2);
  await clock.advance(0);
  expect(told).toEqual([2_500]);
});

test('closed, it asks no more and tells nothing', async () => {
  let asked = 0;
  let answer = (_generation: number): void => {};
  const { clock, told, watch } = await setUp(() => {
    asked += 1;
    return new Promise((resolve) => {
      answer = resolve;
    });
  });
  answer(1);
  await clock.advance(0);
  await clock.advance(500);
  watch.close();
  answer(2);
  await clock.advance(10_000);
  expect(told).toEqual([]);
  expect(asked).toBe(2);
});
