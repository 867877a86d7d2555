/** What an etcd can do to a fleet, and what no kernel may notice of it. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { policy, service } from '../coordinator/harness.ts';
import { etcdPrograms } from '../etcd/cluster.ts';
import { etcdctl } from '../etcd/etcdctl.ts';
import { type Fleet, openFleet, webVip } from './fleet.ts';
import { until } from './until.ts';

describe.skipIf(etcdPrograms === undefined)('faults of etcd, which no kernel notices', () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await openFleet(['fra']);
  });
  afterAll(() => fleet?.dispose());
  beforeEach(() => fleet.mark());
  afterEach(() => expect(fleet.harm()).toEqual([]));

  it('a member is killed, and comes back', async () => {
    const [member] = fleet.etcd.members;
    await member?.kill();
    await fleet.settled();
    await member?.start();
    await fleet.settled();
    expect(fleet.writes()).toEqual([]);
  });

  it('the majority is killed: it is said, no change is taken, and directors leave who dies meanwhile by themselves', async () => {
    const [first, second] = fleet.etcd.members;
    const [coordinator] = fleet.coordinators;
    const [director] = fleet.directors;
    const [, dying] = fleet.realServers;
    await Promise.all([first?.kill(), second?.kill()]);
    await fleet.said('is not seen');
    // Of somebody who has no kernel here: what was not taken may yet be written, and is refused as such.
    await expect(coordinator?.admin.apply([policy('nobody', 50)])).rejects.toMatchObject({
      code: expect.stringMatching(/unavailable|deadline/),
    });
    expect(fleet.writes()).toEqual([]);

    dying?.die();
    await until(() =>
      director?.weights(webVip)[dying?.address ?? ''] === undefined ? [] : ['left by its director'],
    );
    expect(fleet.writes().filter((line) => !line.includes(dying?.address ?? ''))).toEqual([]);
    if (dying !== undefined) dying.machine.isThere = true;
    await dying?.start();

    await Promise.all([first?.start({ isAlone: true }), second?.start()]);
    await fleet.settled();
    expect(fleet.writes().filter((line) => !line.includes(dying?.address ?? ''))).toEqual([]);
  });

  it('all members are stopped beyond every lease: it is said, and nothing else happens', async () => {
    for (const member of fleet.etcd.members) member.stop();
    await fleet.said('is not seen');
    for (const member of fleet.etcd.members) member.goOn();
    await fleet.settled();
    expect(fleet.writes()).toEqual([]);
  });

  it('it is compacted while a coordinator does not hear from it: what was written meanwhile is there after, and nothing else', async () => {
    const [slow] = fleet.coordinators;
    const other = await fleet.addCoordinator('other', 'lon');
    await other.start();
    for (const gate of slow?.store ?? []) gate.mute();
    const { revision } = await other.admin.apply([
      service('extra', { vips: ['192.0.2.12'], sites: ['fra'] }),
    ]);
    await other.admin.remove([{ kind: 'Service', name: 'extra' }]);
    await other.admin.apply([service('late', { vips: ['192.0.2.13'], sites: ['fra'] })]);
    await etcdctl(fleet.etcd, ['compact', String(revision + 1)]);
    await other.dispose();
    for (const gate of slow?.store ?? []) gate.open();

    const [director] = fleet.directors;
    await until(() =>
      Object.keys(director?.weights('192.0.2.13') ?? {}).length === 2 ? [] : ['late carries'],
    );
    await fleet.settled();
    // What came and went meanwhile may have been carried out by another than the one that heard nothing.
    expect(fleet.writes().filter((line) => /192\.0\.2\.1[01]\b/.test(line))).toEqual([]);
  });
});
