/** What becomes of agents, and what no kernel may notice of it. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { service } from '../../coordinator/harness.ts';
import { etcdPrograms } from '../../etcd/cluster.ts';
import type { ScenarioAgent } from '../agents.ts';
import { apiVip, type Fleet, openFleet, webVip } from '../fleet.ts';
import { until } from '../until.ts';

/** Of the first life after a start, in which it takes back what it had, connects and carries out a change. */
const changeMs = 500;
const deaths = [0, 1, 2, 3, 5, 8, 13, 21, 34];

describe.skipIf(etcdPrograms === undefined)('faults of agents, which no kernel notices', () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await openFleet(['fra']);
  });
  afterAll(() => fleet?.dispose());
  beforeEach(() => fleet.mark());

  const admin = () => {
    const [coordinator] = fleet.coordinators;
    if (coordinator === undefined) throw new Error('a fleet without a coordinator');
    return coordinator.admin;
  };
  const extra = service('extra', { vips: ['192.0.2.12'], sites: ['fra'] });
  let isExtra = false;
  async function change(): Promise<void> {
    isExtra = !isExtra;
    if (isExtra) await admin().apply([extra]);
    else await admin().remove([{ kind: 'Service', name: 'extra' }]);
  }

  /** One life after the other, each killed at another step of what has just been asked for. */
  async function dieAgainAndAgain(agent: ScenarioAgent): Promise<void> {
    agent.kill();
    for (const lastStep of deaths) {
      await change();
      const life = await agent.start(lastStep);
      await until(async () => {
        if (life.isOver) return [];
        // It had less to do than that.
        await change();
        await pause(changeMs);
        return [`the end of ${agent.name} after ${lastStep} steps, of which it has made ${life.steps}`];
      });
    }
    await agent.start();
    await fleet.settled();
  }

  it.each([
    ['a director', () => fleet.directors[0]],
    ['a real server', () => fleet.realServers[0]],
  ])('%s is killed at any step of a change: the next life goes on where it was', async (_, find) => {
    const agent = find();
    if (agent === undefined) throw new Error('a fleet without it');
    await dieAgainAndAgain(agent);
    expect(fleet.harm()).toEqual([]);
    const others = fleet.writes().filter((line) => line.includes(webVip) || line.includes(apiVip));
    expect(others).toEqual([]);
  });
});
