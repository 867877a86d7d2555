// By itself, without another look at the table: what the time that goes does to a director's claims.
import { expect, test } from 'vitest';
import { createClaiming } from '../../../agents/director/claiming.ts';
import { emptyHostState } from '../../../src/domain/host-state.ts';
import type { Announcement } from '../../../src/domain/resource.ts';
import { directorContent } from '../../../src/plan/snapshots.ts';
import { createLog } from '../../../src/runtime/log.ts';
import { director, service, world } from '../../plan/fixtures.ts';
import { createManualClock } from '../manual-clock.ts';

const vip = '192.0.2.10';

function claiming(announce: Announcement) {
  const clock = createManualClock();
  const content = directorContent(world({ services: [service()] }), director('fra-d'));
  const snapshot = { ...content, version: 1, checksum: '', force: false, announce };
  const changes: string[] = [];
  let isServable = true;
  const made = createClaiming({
    clock,
    log: createLog('director', 'silent'),
    ledger: { made: () => emptyHostState },
    served: () => ({
      snapshot,
      plan: { table: [], served: new Map(), servable: new Set(isServable ? [vip] : []) },
    }),
    isHeld: () => false,
    onChange: () => changes.push(`${clock.monotonicMs()}: ${[...made.claimed()]}`),
  });
  return {
    clock,
    changes,
    made,
    serves(now: boolean) {
      isServable = now;
      made.look();
    },
  };
}

test('a routed VIP goes and comes back at its time, though nobody looks at the table meanwhile', async () => {
  const { clock, changes, serves, made } = claiming('routing');
  serves(true);
  serves(false);
  await clock.advance(10_000);
  serves(true);
  await clock.advance(10_000);
  expect(changes).toEqual([`0: ${vip}`, '301: ', `13001: ${vip}`]);
  serves(false);
  made.close();
  await clock.advance(10_000);
  expect(changes).toHaveLength(3);
});

test('a VIP on a link sits a short outage out', async () => {
  const { clock, changes, serves } = claiming('link');
  serves(true);
  serves(false);
  await clock.advance(4_000);
  serves(true);
  await clock.advance(10_000);
  serves(false);
  await clock.advance(10_000);
  expect(changes).toEqual([`0: ${vip}`, '19001: ']);
});
