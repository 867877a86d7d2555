import { expect, test } from 'vitest';
import { probeSlotLimit } from '../../src/domain/probe.ts';
import { usableSnapshot } from '../../src/plan/usable-snapshot.ts';
import { directorSnapshot } from '../agents/snapshots.ts';

test('a snapshot with which nothing is wrong is used as it is', () => {
  const snapshot = directorSnapshot();
  expect(usableSnapshot(snapshot)).toEqual({ snapshot, leftOut: [] });
  expect(usableSnapshot(snapshot).snapshot).toBe(snapshot);
});

test.each([
  ['127.0.0.1', 'no host can be reached at its address 127.0.0.1'],
  ['255.255.255.255', 'no host can be reached at its address 255.255.255.255'],
  ['::ffff:10.1.0.11', 'no host can be reached at its address ::ffff:10.1.0.11'],
  ['192.0.2.10', 'its address 192.0.2.10 is a VIP'],
  ['10.1.0.11', 'its address 10.1.0.11 is that of fra-1'],
])('a real server at %s is left out with its destinations, and named', (address, reason) => {
  const whole = directorSnapshot();
  const [first, second] = whole.realServers;
  if (first === undefined || second === undefined) throw new Error('two real servers are needed');
  const given = { ...whole, realServers: [first, { ...second, address }] };
  const { snapshot, leftOut } = usableSnapshot(given);
  expect(snapshot.realServers).toEqual([first]);
  expect(snapshot.services.flatMap(({ destinations }) => destinations.map((one) => one.realServer))).toEqual([
    first.name,
  ]);
  expect(leftOut).toEqual([`real server ${second.name} gets nothing from here: ${reason}`]);
});

test.each([0, probeSlotLimit + 1])(
  'a real server of slot %i, which this version does not know, likewise',
  (probeSlot) => {
    const whole = directorSnapshot();
    const [first, second] = whole.realServers;
    if (first === undefined || second === undefined) throw new Error('two real servers are needed');
    const { snapshot, leftOut } = usableSnapshot({
      ...whole,
      realServers: [first, { ...second, probeSlot }],
    });
    expect(snapshot.realServers).toEqual([first]);
    expect(leftOut).toEqual([expect.stringContaining(`no probe slot ${probeSlot}: upgrade this director`)]);
  },
);
