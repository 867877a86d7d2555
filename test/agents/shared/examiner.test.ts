// An agent examines its own host at its start and then each minute, and tells the same as the same value.
import { expect, test } from 'vitest';
import { createExaminer } from '../../../agents/shared/examiner.ts';
import type { Finding } from '../../../src/domain/finding.ts';
import { createManualClock } from '../manual-clock.ts';

const finding = (level: Finding['level'], id = 'arp'): Finding => ({ id, level, what: 'so', why: '' });

test('it tells what is not well and since when; a look that fails leaves what was found', async () => {
  const clock = createManualClock();
  let looks = 0;
  let now: () => Finding[] = () => [finding('warns'), finding('ok', 'mtu'), finding('ok', 'vrf')];
  const look = async () => {
    looks += 1;
    return now();
  };
  const examiner = createExaminer({ look, clock, random: () => 0 });
  expect(examiner.latest()).toBeUndefined();
  await clock.advance(5_000);
  const first = examiner.latest();
  expect(first).toEqual({ findings: [finding('warns')], well: 2, sinceMs: clock.nowMs() });
  await clock.advance(60_000);
  expect([looks, examiner.latest() === first]).toEqual([2, true]);
  now = () => {
    throw new Error('netlink is forbidden');
  };
  await clock.advance(60_000);
  expect([looks, examiner.latest() === first]).toEqual([3, true]);
  now = () => [finding('ok')];
  await clock.advance(60_000);
  expect(examiner.latest()).toEqual({ findings: [], well: 1, sinceMs: clock.nowMs() });
  examiner.close();
  await clock.advance(600_000);
  expect(looks).toBe(4);
});
