/** The same coordinators on a real etcd, whose members die, stop and go back. */
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type EtcdCluster, etcdPrograms, startEtcd } from '../etcd/cluster.ts';
import { etcdctl } from '../etcd/etcdctl.ts';
import { openQuick } from '../store/etcd-opened.ts';
import { atRest, connectedIn, type Fleet, openFleet, patient, sayAgain, weights } from './cluster-fleet.ts';
import { type ClusterLab, type Member, openClusterLab } from './cluster-lab.ts';
import { service } from './harness.ts';

const question = { service: 'web', from: 'ams', realServer: undefined, changedSinceMs: undefined };

const opened = (etcd: EtcdCluster) => openClusterLab(() => openQuick(etcd.endpoints));

interface Before {
  readonly weights: Record<string, number>;
  readonly sent: number;
}

const stateOf = ({ ams }: Fleet): Before => ({ weights: weights(ams), sent: ams.snapshots.length });

/** Every agent is back with whoever serves its site, and nothing has changed for it. */
async function expectAsBefore(fleet: Fleet, asked: Member, before: Before): Promise<void> {
  await expect
    .poll(async () => {
      sayAgain(fleet);
      const status = await asked.admin.status().catch(() => undefined);
      return status && connectedIn(status).sort();
    }, patient)
    .toEqual(['ams-d1', 'ams-r1', 'fra-d1', 'fra-r1']);
  expect(stateOf(fleet)).toEqual(before);
}

describe.skipIf(etcdPrograms === undefined)('several coordinators on an etcd of three members', () => {
  let etcd: EtcdCluster;
  let lab: ClusterLab;
  beforeEach(async () => {
    etcd = await startEtcd({ size: 3 });
    lab = await opened(etcd);
  });
  afterEach(async () => {
    for (const member of etcd.members) member.goOn();
    await lab.dispose();
    await etcd.dispose();
  });

  it('write nothing while nothing changes', async () => {
    const [fraC, amsC] = [await lab.start('fra-c1', 'fra'), await lab.start('ams-c1', 'ams')];
    const fleet = await openFleet(lab, fraC);
    await atRest(lab, fleet, [fraC, amsC]);
  });

  it('are not disturbed by the death of a member', async () => {
    const [fraC, amsC] = [await lab.start('fra-c1', 'fra'), await lab.start('ams-c1', 'ams')];
    const fleet = await openFleet(lab, fraC);
    await atRest(lab, fleet, [fraC, amsC]);
    const before = stateOf(fleet);
    await etcd.members[0]?.kill();
    await expectAsBefore(fleet, amsC, before);
    const apply = () =>
      amsC.admin.apply([service('api', { vips: ['192.0.2.11'], selector: { app: 'api' } })]);
    await expect
      .poll(
        () =>
          apply().then(
            ({ problems }) => problems,
            () => undefined,
          ),
        patient,
      )
      .toEqual([]);
  });

  it('change nothing while it stands still, for longer than every lease, and when it goes on', async () => {
    const [fraC, amsC] = [await lab.start('fra-c1', 'fra'), await lab.start('ams-c1', 'ams')];
    const fleet = await openFleet(lab, fraC);
    await atRest(lab, fleet, [fraC, amsC]);
    const before = stateOf(fleet);
    for (const member of etcd.members) member.stop();
    // The leader knows by its own clock that its time is over, and says so to whoever asks why.
    await expect
      .poll(() => {
        sayAgain(fleet);
        return amsC.admin.explain(question).then(
          () => 'answered',
          ({ code }) => code,
        );
      }, patient)
      .toBe('unavailable');
    // Agents stay where they were, or come back to it.
    await expectAsBefore(fleet, amsC, before);
    await expect.poll(() => fleet.ams.connections.length, { ...patient, timeout: 40_000 }).toBeGreaterThan(2);
    await expectAsBefore(fleet, amsC, before);
    for (const member of etcd.members) member.goOn();
    await expectAsBefore(fleet, amsC, before);
  });
});

describe.skipIf(etcdPrograms === undefined)('an etcd that is put back to an older snapshot', () => {
  let etcd: EtcdCluster;
  let lab: ClusterLab;
  beforeEach(async () => {
    etcd = await startEtcd();
    lab = await opened(etcd);
  });
  afterEach(async () => {
    await lab.dispose();
    await etcd.dispose();
  });

  it('takes no service from anybody, by coordinators that live as by one that begins anew', async () => {
    const fraC = await lab.start('fra-c1', 'fra');
    const snapshot = join(etcd.folder, 'snapshot');
    const fleet = await openFleet(lab, fraC);
    await etcdctl(etcd, ['snapshot', 'save', snapshot]);
    await fraC.admin.apply([service('api', { vips: ['192.0.2.11'], placement: 'local' })]);
    const services = () => {
      const held = fleet.fra.snapshots.at(-1);
      return held?.kind === 'director' ? held.services.map(({ name }) => name).sort() : [];
    };
    await expect.poll(services, patient).toEqual(['api', 'web']);
    // So far that what begins anew on the older copy does not reach it at once.
    for (let turn = 0; turn < 60; turn++)
      await fraC.admin.apply([service('api', { vips: [`192.0.2.${20 + turn}`], placement: 'local' })]);
    await expect.poll(() => fleet.fra.snapshots.at(-1)?.revision ?? 0, patient).toBeGreaterThan(60);
    await expect.poll(services, patient).toEqual(['api', 'web']);
    await etcd.members[0]?.kill();
    await etcd.members[0]?.restore(snapshot);
    await etcd.members[0]?.start();
    await expect
      .poll(async () => (await fraC.admin.status()).troubles.join(), patient)
      .toMatch(/it was emptied, or an old copy was put in its place/);
    expect(services()).toEqual(['api', 'web']);
    await lab.kill(fraC);
    await lab.start('fra-c1', 'fra', fraC.coordinator.port);
    await expect
      .poll(() => {
        sayAgain(fleet);
        return fleet.fra.refusals.at(-1);
      }, patient)
      .toMatch(/would go, by the word of a store that is older/);
    expect(services()).toEqual(['api', 'web']);
  });
});
