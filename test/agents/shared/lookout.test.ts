// Looking at a host again and again.
import { expect, test } from 'vitest';
import { createLookout } from '../../../agents/shared/lookout.ts';
import { createManualClock } from '../manual-clock.ts';

function setUp() {
  const clock = createManualClock();
  const seen: number[] = [];
  let looks = 0;
  let fails = false;
  const lookout = createLookout({
    look: async () => {
      looks += 1;
      if (fails) throw new Error('no such address');
      return looks;
    },
    onSeen: (number) => seen.push(number),
    clock,
    intervalMs: 1_000,
  });
  return {
    clock,
    seen,
    lookout,
    fail(does: boolean) {
      fails = does;
    },
  };
}

test('every interval, and at once where asked', async () => {
  const { clock, seen, lookout } = setUp();
  await clock.advance(1_000);
  await clock.advance(1_000);
  expect(seen).toEqual([1, 2]);
  await lookout.now();
  expect(seen).toEqual([1, 2, 3]);
  lookout.close();
  await clock.advance(5_000);
  expect(seen).toEqual([1, 2, 3]);
});

test('a look that fails says why, leaves what was seen, and is tried again', async () => {
  const { clock, seen, lookout, fail } = setUp();
  await lookout.now();
  fail(true);
  await clock.advance(1_000);
  expect(lookout.trouble()).toBe('no such address');
  await expect(lookout.now()).rejects.toThrow('no such address');
  fail(false);
  await clock.advance(1_000);
  expect(lookout.trouble()).toBeUndefined();
  expect(seen).toEqual([1, 4]);
  lookout.close();
});
