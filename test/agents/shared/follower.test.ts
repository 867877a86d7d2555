import { expect, test } from 'vitest';
import { createFollower } from '../../../agents/shared/follower.ts';
import { createLog } from '../../../src/runtime/log.ts';
import { createFakeCoordinator } from '../fake-link.ts';
import { createManualClock } from '../manual-clock.ts';
import { directorSnapshot } from '../snapshots.ts';

test('a report at each interval, and none once it is closed', async () => {
  const clock = createManualClock();
  const coordinator = createFakeCoordinator();
  let reports = 0;
  const follower = createFollower({
    role: 'director',
    parts: {
      file: { load: async () => directorSnapshot(), save: async () => {}, remove: async () => {} },
      connect: coordinator.connect,
      clock,
      log: createLog('director', 'silent'),
      programVersion: 'test',
    },
    judge: async () => undefined,
    apply: async () => undefined,
    restore: async () => undefined,
    onContent: () => {},
    member: () => ({ role: 'director', name: 'a', site: 'fra', address: '10.1.0.2', prefixLength: 24 }),
    report(current) {
      reports += current === undefined ? 0 : 1;
      return undefined;
    },
    reportIntervalMs: 100,
  });
  await follower.begin();
  await clock.advance(350);
  expect(reports).toBe(3);
  await follower.close();
  await clock.advance(350);
  expect(reports).toBe(3);
});
