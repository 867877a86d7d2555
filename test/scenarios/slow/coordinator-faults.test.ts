/** What becomes of coordinators, three of them in three sites, and what no kernel may notice of it. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { policy } from '../../coordinator/harness.ts';
import { etcdPrograms } from '../../etcd/cluster.ts';
import type { CoordinatorProcess } from '../coordinators.ts';
import { type Fleet, openFleet, webVip } from '../fleet.ts';
import { until } from '../until.ts';

const absentMs = 300_000;

describe.skipIf(etcdPrograms === undefined)('faults of coordinators, which no kernel notices', () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await openFleet(['fra', 'lon', 'nyc']);
  });
  afterAll(() => fleet?.dispose());
  beforeEach(() => fleet.mark());
  // What a failed test leaves as it was is none of the next one's faults.
  afterEach(() => {
    expect(fleet.harm()).toEqual([]);
    for (const one of fleet.coordinators) {
      one.goOn();
      for (const gate of [one.callers, ...one.store]) gate.open();
    }
  });

  function leader(): CoordinatorProcess {
    const found = fleet.leader();
    if (found === undefined) throw new Error('nobody leads');
    return found;
  }
  const other = (than: CoordinatorProcess): CoordinatorProcess =>
    fleet.coordinators.find((one) => one !== than) ?? than;
  const isSucceeded = (was: CoordinatorProcess) =>
    until(() => (leader() === was ? [`another leader than ${was.name}`] : []));
  /** Nobody is with it, and nobody is without one. */
  const isLeft = (by: CoordinatorProcess) =>
    until(() =>
      [...fleet.directors, ...fleet.realServers].flatMap((agent) => {
        const at = agent.coordinator();
        return at === undefined || at === by.address ? [`${agent.name} at another than ${by.name}`] : [];
      }),
    );

  it('the leader is killed: another leads, its agents go elsewhere', async () => {
    const was = leader();
    await was.kill();
    await isSucceeded(was);
    await isLeft(was);
    await fleet.settled();
    expect(fleet.writes()).toEqual([]);
    await was.start();
    await fleet.settled();
    expect(fleet.writes()).toEqual([]);
  });

  it('the leader is stopped beyond its lease: what it says when it goes on is not followed', async () => {
    const was = leader();
    was.stop();
    await isSucceeded(was);
    await isLeft(was);
    await other(was).admin.apply([policy('fra-r1', 50)]);
    const [director] = fleet.directors;
    await until(() => (director?.weights(webVip)['10.1.0.11'] === 50 ? [] : ['the change of meanwhile']));
    was.goOn();
    await fleet.settled({ 'fra-r1': 50 });
    expect(fleet.writes().every((line) => line.includes('weight 100 → 50'))).toBe(true);
  });

  it('the leader is cut off from etcd but not from its agents: it is followed no more, and says why', async () => {
    const was = leader();
    for (const gate of was.store) gate.freeze();
    await isSucceeded(was);
    await isLeft(was);
    expect((await was.admin.status()).troubles.join()).toContain('is not seen');
    await other(was).admin.remove([{ kind: 'RealServer', name: 'fra-r1' }]);
    const [director] = fleet.directors;
    await until(() => (director?.weights(webVip)['10.1.0.11'] === 100 ? [] : ['the change of meanwhile']));
    for (const gate of was.store) gate.open();
    await fleet.settled();
    expect(fleet.writes().every((line) => line.includes('weight 50 → 100'))).toBe(true);
  });

  it('the leader is cut off from its agents but not from etcd: the others say so, and directors leave who dies by themselves', async () => {
    const was = leader();
    const [director] = fleet.directors;
    const [, dying] = fleet.realServers;
    if (director === undefined || dying === undefined) throw new Error('a fleet without them');
    was.callers.freeze();
    const rest = fleet.coordinators.filter((one) => one !== was);
    await until(async () => {
      const { troubles } = (await rest[0]?.admin.status()) ?? { troubles: [] };
      return troubles.some((trouble) => trouble.includes(was.name)) ? [] : [`troubles with ${was.name}`];
    });
    expect(fleet.writes()).toEqual([]);
    dying.die();
    await until(() => (dying.address in director.weights(webVip) ? [`${dying.name} left`] : []));
    dying.machine.isThere = true;
    await dying.start();
    was.callers.open();
    await fleet.settled();
    expect(fleet.writes().filter((line) => !line.includes(dying.address))).toEqual([]);
  });

  it('all are killed for five minutes, and directors leave who dies meanwhile by themselves; when all are back nothing else has changed', async () => {
    const [director] = fleet.directors;
    const [, dying] = fleet.realServers;
    if (director === undefined || dying === undefined) throw new Error('a fleet without them');
    await Promise.all(fleet.coordinators.map((one) => one.kill()));
    const sinceMs = performance.now();
    dying.die();
    await until(() => (dying.address in director.weights(webVip) ? [`${dying.name} left`] : []));
    // In earnest: whatever anybody counts by minutes has its time.
    await until(() => (performance.now() - sinceMs < absentMs ? ['five minutes'] : []), 2 * absentMs);
    expect(fleet.writes().filter((line) => !line.includes(dying.address))).toEqual([]);
    dying.machine.isThere = true;
    await dying.start();
    await until(() => (director.weights(webVip)[dying.address] === 100 ? [] : [`${dying.name} taken back`]));
    await Promise.all(fleet.coordinators.map((one) => one.start()));
    await fleet.settled();
    // What is planned may be rounded otherwise while the one that was away is brought in by and by.
    const others = fleet.writes().filter((line) => !line.includes(dying.address));
    expect(others.filter((line) => !/192\.0\.2\.11:80: weight \d+ → \d+$/.test(line))).toEqual([]);
  });
});
