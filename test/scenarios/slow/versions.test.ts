/** A coordinator of an earlier version beside one of this, on one etcd, as while they are upgraded one after the other. */
import { afterEach, describe, expect, it } from 'vitest';
import { policy } from '../../coordinator/harness.ts';
import { etcdPrograms } from '../../etcd/cluster.ts';
import type { CoordinatorProcess } from '../coordinators.ts';
import { type Fleet, openFleet, webVip } from '../fleet.ts';
import { type Previous, unpackPrevious } from '../previous.ts';
import { until } from '../until.ts';

describe.skipIf(etcdPrograms === undefined)('versions side by side, which no kernel notices', () => {
  let fleet: Fleet | undefined;
  let previous: Previous | undefined;
  afterEach(async () => {
    await fleet?.dispose();
    previous?.dispose();
  });

  it('the earlier one serves a site, then leads and takes a change, then goes: nothing else is written', async ({
    skip,
  }) => {
    try {
      previous = unpackPrevious();
    } catch (error) {
      return skip(String(error));
    }
    fleet = await openFleet(['fra', 'lon']);
    const { agents, directors, settled } = fleet;
    const [fra, lon] = fleet.coordinators;
    if (fra === undefined || lon === undefined) throw new Error('a fleet without them');
    const old = await fleet.addCoordinator('old', 'lon', previous.root);
    const serves = (one: CoordinatorProcess, site: string) =>
      until(() =>
        agents.flatMap(({ name, coordinator }) =>
          name.startsWith(site) && coordinator() !== one.address ? [`${name} at ${one.name}`] : [],
        ),
      );
    fleet.mark();
    await old.start();
    await lon.kill();
    await serves(old, 'lon');
    await settled();
    await fra.kill();
    await serves(old, 'fra');
    await until(() => (old.leads() === undefined ? ['the earlier one leads'] : []));
    expect(fleet.writes()).toEqual([]);
    await old.admin.apply([policy('fra-r1', 50)]);
    const [director] = directors;
    await until(() => (director?.weights(webVip)['10.1.0.11'] === 50 ? [] : ['its change is carried out']));

    await fra.start();
    await serves(fra, 'fra');
    await settled({ 'fra-r1': 50 });
    await old.kill();
    await lon.start();
    await serves(lon, 'lon');
    await fra.admin.remove([{ kind: 'RealServer', name: 'fra-r1' }]);
    await settled();
    expect(fleet.harm()).toEqual([]);
    expect(fleet.writes().filter((line) => !line.includes('10.1.0.11'))).toEqual([]);
  });
});
