import { expect, test } from 'vitest';
import { createToldMtu } from '../../../agents/realserver/told-mtu.ts';
import { createManualClock } from '../manual-clock.ts';

test('the least of what the directors say counts; what was said last stands; of who is none any more, nothing', () => {
  const mtus = createToldMtu(createManualClock(), undefined);
  expect(mtus.least(['a', 'b'])).toBeUndefined();
  expect(mtus.told('a', 1_480)).toBe(true);
  expect(mtus.told('a', 1_480)).toBe(false);
  expect(mtus.told('b', 1_380)).toBe(true);
  expect(mtus.least(['a', 'b'])).toBe(1_380);
  expect(mtus.least(['a'])).toBe(1_480);
  expect(mtus.least(['a', 'b'])).toBe(1_480);
});

test('after a restart what held before holds, until all have said, or had the time to', async () => {
  const clock = createManualClock();
  const mtus = createToldMtu(clock, 1_380);
  expect(mtus.least(['a', 'b'])).toBe(1_380);
  mtus.told('a', 1_480);
  expect(mtus.least(['a', 'b'])).toBe(1_380);
  expect(mtus.least(['a'])).toBe(1_480);
  await clock.advance(900_000);
  expect(mtus.least(['a', 'b'])).toBe(1_480);
});
