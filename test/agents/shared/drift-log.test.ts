// What is said of changes by others: one name each, when they happened as far as is known, and for how long it is told.
import { expect, test } from 'vitest';
import { createDriftLog } from '../../../agents/shared/drift-log.ts';
import type { DriftName } from '../../../src/domain/drift.ts';
import { createLog } from '../../../src/runtime/log.ts';
import { createManualClock } from '../manual-clock.ts';

test('each name is counted, told with its time for ten minutes, and with the newest of its kind', async () => {
  const clock = createManualClock();
  const counted: [DriftName, number][] = [];
  const drifts = createDriftLog({
    ...{ clock, log: createLog('director', 'silent'), observes: false },
    count: (name, count) => counted.push([name, count]),
  });
  const saw = (name: DriftName, ...texts: string[]) => {
    const nowMs = clock.monotonicMs();
    const window = { afterMs: nowMs - 1_500, seenMs: nowMs };
    drifts.saw(
      texts.map((text) => ({ name, text })),
      window,
    );
  };
  await clock.advance(10_000);
  saw('ipvs-destination-missing', 'add destination one', 'add destination two');
  saw('nft-missing', 'load nft table ours');
  expect(counted).toEqual([
    ['ipvs-destination-missing', 2],
    ['nft-missing', 1],
  ]);
  await clock.advance(300_000);
  saw('ipvs-destination-missing', 'add destination three');
  const at = (ms: number) => new Date(clock.nowMs() - ms).toISOString();
  const [first, second, ...others] = drifts.troubles();
  expect(first).toBe(
    `drift ipvs-destination-missing: somebody else on this host changed what is Causeway's (3 in all, the last between ${at(1_500)} and ${at(0)}); ` +
      'put right by "add destination three"; find who does that',
  );
  expect(second).toContain('drift nft-missing: ');
  expect(others).toEqual([]);
  await clock.advance(300_000);
  expect(drifts.troubles()).toEqual([expect.stringContaining('drift ipvs-destination-missing: ')]);
  await clock.advance(300_000);
  expect(drifts.troubles()).toEqual([]);
});
