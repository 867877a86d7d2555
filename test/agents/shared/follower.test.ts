import { expect, test } from 'vitest';
import { createFollower, type FollowerOptions } from '../../../agents/shared/follower.ts';
import { emptyReport } from '../../../src/domain/agent-message.ts';
import { createLog } from '../../../src/runtime/log.ts';
import { createFakeCoordinator } from '../fake-link.ts';
import { createManualClock } from '../manual-clock.ts';
import { directorSnapshot } from '../snapshots.ts';

type Options = FollowerOptions<'director'>;
type Changes = Partial<Pick<Options, 'report' | 'restore'>> & { file?: Partial<Options['parts']['file']> };

/** A director's, with a snapshot on its disk and nothing amiss, but for what a test says. */
function follow({ file, ...changes }: Changes = {}) {
  const clock = createManualClock();
  const coordinator = createFakeCoordinator();
  const follower = createFollower({
    role: 'director',
    parts: {
      file: { load: async () => directorSnapshot(), save: async () => {}, remove: async () => {}, ...file },
      connect: coordinator.connect,
      clock,
      log: createLog('director', 'silent'),
      random: () => 0.5,
      programVersion: 'test',
    },
    judge: async () => undefined,
    apply: async () => undefined,
    restore: async () => undefined,
    onContent: () => {},
    member: () => ({ role: 'director', name: 'a', site: 'fra', address: '10.1.0.2', prefixLength: 24 }),
    report: () => emptyReport,
    reportIntervalMs: 100,
    ...changes,
  });
  return { clock, coordinator, follower };
}

test('a report at each interval, and none once it is closed', async () => {
  let reports = 0;
  const { clock, follower } = follow({
    report(current) {
      reports += current === undefined ? 0 : 1;
      return undefined;
    },
  });
  await follower.begin();
  await clock.advance(350);
  expect(reports).toBe(3);
  await follower.close();
  await clock.advance(350);
  expect(reports).toBe(3);
});

test('what the disk does not take is in force, told, and saved when there is room', async () => {
  let isFull = true;
  const saved: number[] = [];
  const { clock, coordinator, follower } = follow({
    file: {
      load: async () => undefined,
      async save({ version }) {
        if (isFull) throw new Error('ENOSPC: no space left on device');
        saved.push(version);
      },
    },
  });
  await follower.begin();
  coordinator.send(directorSnapshot());
  await clock.advance(100);
  expect(coordinator.answers).toEqual(['acknowledged 1']);
  expect(coordinator.lastReport()?.troubles).toEqual([
    expect.stringMatching(/^version 1 is in force but not on disk \(ENOSPC: .*\): a restart would go back/),
  ]);
  isFull = false;
  await clock.advance(200);
  expect(saved).toEqual([1]);
  expect(coordinator.lastReport()?.troubles).toEqual([]);
  await follower.close();
});

test('an agent that can not bring back what it had begins all the same', async () => {
  const { coordinator, follower } = follow({
    restore: () => Promise.reject(new Error('ENOSPC: no space left on device')),
  });
  await follower.begin();
  expect(coordinator.hello().appliedVersion).toBe(1);
  await follower.close();
});

test('whoever connects says how things are now, and does not wait for the next interval', async () => {
  let trouble = 'before anybody listened';
  const { clock, coordinator, follower } = follow({
    report: () => ({ ...emptyReport, troubles: [trouble] }),
  });
  await follower.begin();
  await clock.advance(100);
  trouble = 'since';
  coordinator.accept();
  await clock.advance(0);
  expect(coordinator.lastReport()?.troubles).toEqual(['since']);
  await follower.close();
});
