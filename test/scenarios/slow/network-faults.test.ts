/** What becomes of the ways between three sites, each with a coordinator and a member of etcd, and what no kernel may notice of it. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { policy } from '../../coordinator/harness.ts';
import { etcdPrograms } from '../../etcd/cluster.ts';
import { randomOf } from '../../store/workload.ts';
import type { ScenarioRealServer } from '../agents.ts';
import type { CoordinatorProcess } from '../coordinators.ts';
import { cutSite, heal, loseBetweenSites } from '../cuts.ts';
import { type Fleet, openFleet, sourceOf, webVip } from '../fleet.ts';
import { until } from '../until.ts';

/** Refused, or not answered while it is asked everywhere. */
const notTaken = { code: expect.stringMatching(/unavailable|deadline/) };

describe.skipIf(etcdPrograms === undefined)('faults of the network, which no kernel notices', () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await openFleet(['fra', 'lon', 'nyc'], { gates: true });
  });
  afterAll(() => fleet?.dispose());
  // What a failed test leaves as it was is none of the next one's faults.
  beforeEach(async () => {
    await until(async () => {
      const { admin } = coordinatorOf('fra');
      const { resources: declared } = await admin.list('RealServer');
      if (declared.length > 0)
        await admin.remove(declared.map(({ name }) => ({ kind: 'RealServer', name }) as const));
      return [];
    });
    await fleet.settled();
    fleet.mark();
  });
  afterEach(() => {
    heal(fleet);
    expect(fleet.harm()).toEqual([]);
  });

  const coordinatorOf = (site: string): CoordinatorProcess => {
    const found = fleet.coordinators.find((one) => one.site === site);
    if (found === undefined) throw new Error(`no coordinator in ${site}`);
    return found;
  };
  const realServer = (name: string): ScenarioRealServer => {
    const found = fleet.realServers.find((one) => one.name === name);
    if (found === undefined) throw new Error(`no ${name}`);
    return found;
  };
  const weightOf = (director: string, { address }: ScenarioRealServer): number | undefined =>
    fleet.directors.find(({ name }) => name === director)?.weights(webVip)[address];
  const weighs = (director: string, server: ScenarioRealServer, weight: number | undefined) =>
    until(() => {
      const found = weightOf(director, server);
      return found === weight ? [] : [`${server.name} at ${director} with ${weight}, not ${found}`];
    });
  /** Where it may be refused, or its answer lost. */
  const apply = (of: CoordinatorProcess, server: string, weight: number) =>
    until(async () => {
      const { problems } = await of.admin.apply([policy(server, weight)]);
      return problems.map((problem) => JSON.stringify(problem));
    });

  it.each(['lon', 'fra'])(
    '%s is cut off from all others: both sides go on by themselves, and are one again when it is healed',
    async (cut) => {
      const [here, there] = cut === 'lon' ? ['lon', 'fra'] : ['fra', 'lon'];
      const [inside, outside] = [coordinatorOf(here), coordinatorOf(there)];
      const [dying, changed] = [realServer(`${here}-r2`), realServer(`${there}-r1`)];
      cutSite(fleet, cut);
      await fleet.said('is not seen', inside);
      await until(async () => {
        const { agents } = await outside.admin.status();
        const seen = agents.filter(({ name, connected }) => connected && name.startsWith(here));
        return seen.map(({ name }) => `${name} absent for ${outside.name}`);
      });
      // The side that has the majority takes changes and carries them out; the other says that it does not.
      await apply(outside, changed.name, 50);
      await weighs(`${there}-d1`, changed, 50);
      // Of a name of its own: what is not taken in time may still be once the way is back, and the same again is no change.
      await expect(inside.admin.apply([policy(`nobody-${cut}`, 50)])).rejects.toMatchObject(notTaken);
      dying.die();
      await weighs(`${here}-d1`, dying, undefined);
      dying.machine.isThere = true;
      await dying.start();
      await weighs(`${here}-d1`, dying, 100);
      expect(weightOf(`${there}-d1`, changed)).toBe(50);
      heal(fleet);
      await fleet.settled({ [changed.name]: 50 });
      await outside.admin.remove([{ kind: 'RealServer', name: changed.name }]);
      await fleet.settled();
    },
  );

  it('the leader is not heard by another which hears it, and the other way round: it says of whom it does not hear', async () => {
    const leader = fleet.leader();
    const other = fleet.coordinators.find((one) => one !== leader);
    if (leader === undefined || other === undefined) throw new Error('no leader');
    const isLeader = (caller: string): boolean => caller === sourceOf(leader.site);
    for (const cut of ['mute', 'deafen'] as const) {
      other.callers[cut](isLeader);
      await fleet.said(`coordinator ${other.name}`, leader);
      expect(fleet.leader()).toBe(leader);
      expect(fleet.writes()).toEqual([]);
      heal(fleet);
      await fleet.settled();
    }
    expect(fleet.writes()).toEqual([]);
  });

  it('a coordinator hears nothing of its member of etcd, which hears it, and the other way round: it goes by another', async () => {
    const asked = fleet.leader() ?? coordinatorOf('fra');
    const [home] = asked.store;
    for (const [cut, weight] of [
      ['mute', 60],
      ['deafen', 30],
    ] as const) {
      home?.[cut]();
      await apply(asked, 'fra-r1', weight);
      await weighs('fra-d1', realServer('fra-r1'), weight);
      await fleet.settled({ 'fra-r1': weight });
      heal(fleet);
    }
    await asked.admin.remove([{ kind: 'RealServer', name: 'fra-r1' }]);
    await fleet.settled();
    expect(fleet.writes().filter((line) => !line.includes('10.1.0.11'))).toEqual([]);
  });

  it('a fifth of all packets between sites is lost: changes arrive, who dies is left, nobody else is', async () => {
    // What a program sees of it: pieces that come late, each lost one by its retransmission, and now and then a connection that ends.
    // Datagrams of probes are lost one by one. The kernel's own TCP, and IPVS, meet such a way in the lab.
    const loss = { share: 0.2, latencyMs: 20, againMs: 240, most: 5, random: randomOf(7) };
    loseBetweenSites(fleet, loss);
    const dying = realServer('lon-r2');
    for (let round = 0; round < 3; round++) {
      await apply(coordinatorOf('nyc'), 'fra-r1', 80 - 20 * round);
      await weighs('fra-d1', realServer('fra-r1'), 80 - 20 * round);
      if (round === 1) dying.die();
    }
    await weighs('lon-d1', dying, undefined);
    dying.machine.isThere = true;
    await dying.start();
    await weighs('lon-d1', dying, 100);
    heal(fleet);
    await until(async () => {
      await coordinatorOf('fra').admin.remove([{ kind: 'RealServer', name: 'fra-r1' }]);
      return [];
    });
    await fleet.settled();
    // Who has died in earnest is held down when it is back, and that may be heard of late.
    expect(fleet.harm().filter((line) => !line.includes(`${dying.address}:`))).toEqual([]);
    fleet.mark();
  });
});
