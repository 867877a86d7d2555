/** An etcd whose data, or whose certificates, are replaced under its coordinators, and what no kernel may notice of it. */
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { service } from '../../coordinator/harness.ts';
import { writeCertificates } from '../../etcd/certificates.ts';
import { etcdPrograms } from '../../etcd/cluster.ts';
import { etcdctl } from '../../etcd/etcdctl.ts';
import { type Fleet, openFleet } from '../fleet.ts';
import { until } from '../until.ts';

const late = service('late', { vips: ['192.0.2.12'], sites: ['fra'] });

describe.skipIf(etcdPrograms === undefined)('an etcd is replaced, which no kernel notices', () => {
  let fleet: Fleet;
  afterEach(async () => {
    expect(fleet.harm()).toEqual([]);
    await fleet.dispose();
  });
  const carriesLate = () =>
    Object.keys(fleet.directors[0]?.weights('192.0.2.12') ?? {}).length === 2 ? [] : ['late carries'];

  it('by an older snapshot: nothing of it is believed; put back as the page says, what is missing is applied again', async () => {
    fleet = await openFleet(['fra'], { members: 1 });
    const [coordinator] = fleet.coordinators;
    const [member] = fleet.etcd.members;
    if (coordinator === undefined || member === undefined) throw new Error('a fleet without them');
    const snapshot = join(fleet.etcd.folder, 'snapshot');
    await etcdctl(fleet.etcd, ['snapshot', 'save', snapshot]);
    await coordinator.admin.apply([late]);
    await until(carriesLate);
    await fleet.settled();
    // Its note on how far etcd is follows by two seconds.
    const note = () => readFileSync(join(coordinator.folder, 'etcd.mark'), 'utf8');
    await until(() => (note().includes('"change":2') ? [] : [`noted: ${note()}`]));
    fleet.mark();

    await member.kill();
    await member.restore(snapshot);
    await member.start();
    await fleet.said('an old copy was put in its place');
    // Not even one that begins anew takes it for the truth: it does not begin.
    await coordinator.kill();
    await expect(coordinator.start(1)).rejects.toThrow(/restored from an older snapshot/);
    expect(fleet.writes()).toEqual([]);

    await member.kill();
    await member.restore(snapshot, ['--bump-revision', '1000000000', '--mark-compacted']);
    await member.start();
    await coordinator.start();
    await until(async () =>
      (await coordinator.admin.apply([late])).problems.length === 0 ? [] : ['applied'],
    );
    await until(carriesLate);
    await fleet.settled();
    expect(fleet.writes().filter((line) => /192\.0\.2\.1[01]\b/.test(line))).toEqual([]);
  });

  it('by the same one with new certificates of another CA: it is said why it is not seen, until coordinators have theirs', async () => {
    fleet = await openFleet(['fra'], { secure: true });
    const { etcd, tls } = fleet;
    fleet.mark();
    await writeCertificates(tls.etcd);
    for (const member of etcd.members) await member.kill();
    await Promise.all(etcd.members.map((member) => member.start()));
    await fleet.said('is not seen');
    await fleet.said('does the CA file hold the one that signed etcd’s certificate?');
    expect(fleet.writes()).toEqual([]);
    // Nobody is started anew for it.
    cpSync(tls.etcd, tls.coordinators, { recursive: true });
    await fleet.settled();
    expect(fleet.writes()).toEqual([]);
  });
});
