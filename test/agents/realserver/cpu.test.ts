import { describe, expect, test } from 'vitest';
import { createHostCpu, parseCpuTimes, shareBetween } from '../../../agents/realserver/cpu.ts';
import { createManualClock } from '../manual-clock.ts';

/** As proc_stat(5) has it: user nice system idle iowait irq softirq steal guest guest_nice. */
const stat = (...times: number[]) => `cpu  ${times.join(' ')}\ncpu0 1 2 3 4 5 6 7 8 9 10\nintr 5 6\nctxt 7\n`;

describe('the times of all CPUs', () => {
  test.each([
    ['all of them; guests are in user and nice already', stat(10, 1, 5, 80, 3, 1, 2, 4, 9, 1), [106, 83]],
    ['an old kernel without the last ones', stat(10, 1, 5, 80), [96, 80]],
    ['no line of all', 'cpu0 1 2 3 4\n', undefined],
    ['too short', 'cpu  1 2 3\n', undefined],
    ['no numbers', 'cpu  a b c d e\n', undefined],
    ['less than nothing', stat(-1, 1, 1, 1), undefined],
    ['nothing', '', undefined],
  ])('%s', (_, text, expected) => {
    const times = parseCpuTimes(text);
    expect(times && [times.total, times.idle]).toEqual(expected);
  });
});

test.each([
  ['idle', [100, 50], [200, 150], 0],
  ['busy', [100, 50], [200, 50], 1],
  ['a quarter', [100, 50], [500, 350], 0.25],
  ['iowait fell', [100, 50], [200, 40], 1],
  ['more idle than time', [100, 50], [200, 190], 0],
  ['no time has passed', [100, 50], [100, 50], undefined],
  ['it was set back', [100, 50], [90, 40], undefined],
])('the share in use: %s', (_, [total = 0, idle = 0], [laterTotal = 0, laterIdle = 0], expected) => {
  expect(shareBetween({ total, idle }, { total: laterTotal, idle: laterIdle })).toBe(expected);
});

test('between two readings; never over less than a second', async () => {
  const clock = createManualClock();
  let text = stat(100, 0, 0, 100);
  const cpu = createHostCpu(clock, async () => text);
  expect(await cpu()).toBeUndefined();
  await clock.advance(5_000);
  text = stat(200, 0, 0, 400);
  expect(await cpu()).toBe(0.25);
  await clock.advance(999);
  text = stat(300, 0, 0, 400);
  expect(await cpu()).toBe(0.25);
  await clock.advance(1);
  expect(await cpu()).toBe(1);
});

test('a host that does not tell is unknown, and begins anew when it does', async () => {
  const clock = createManualClock();
  let text = '';
  const cpu = createHostCpu(clock, async () => text);
  await expect(cpu()).rejects.toThrow('read CPU times /proc/stat: it has no line "cpu"');
  text = stat(100, 0, 0, 100);
  expect(await cpu()).toBeUndefined();
  await clock.advance(5_000);
  text = '';
  await expect(cpu()).rejects.toThrow('/proc/stat');
  text = stat(900, 0, 0, 100);
  expect(await cpu()).toBeUndefined();
});
