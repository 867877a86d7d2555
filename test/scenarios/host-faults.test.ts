/** What becomes of the hosts on which agents and a coordinator with a store of its own run, and what no kernel may notice of it. */
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, type TestContext } from 'vitest';
import type { Override } from '../../src/domain/resource.ts';
import { policy, service } from '../coordinator/harness.ts';
import { type Disk, disksMissing, mountDisk } from './disks.ts';
import { type Fleet, openFleet, webVip } from './fleet.ts';
import { until } from './until.ts';

const hourMs = 3_600_000;
const extra = service('extra', { vips: ['192.0.2.12'], sites: ['fra'] });

describe('faults of hosts, which no kernel notices', () => {
  const noDisks = disksMissing();
  const disks = new Map<string, Disk>();
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await openFleet(['fra'], {
      members: 0,
      prepare(folder) {
        if (noDisks !== undefined) return () => {};
        const sizesKb = { 'agent-fra-d1': 256, 'agent-fra-r1': 256, 'coordinator-c1': 4_096 };
        for (const [name, sizeKb] of Object.entries(sizesKb))
          disks.set(name, mountDisk(join(folder, name), sizeKb));
        return () => {
          for (const disk of disks.values()) disk.dispose();
        };
      },
    });
  });
  afterAll(() => fleet?.dispose());
  beforeEach(() => fleet.mark());
  // What a failed test leaves as it was is none of the next one's faults.
  afterEach(() => {
    for (const disk of disks.values()) disk.empty();
    for (const one of [...fleet.agents, ...fleet.coordinators]) one.stepClock(0);
    expect(fleet.harm()).toEqual([]);
  });

  const coordinator = () => {
    const [first] = fleet.coordinators;
    if (first === undefined) throw new Error('a fleet without a coordinator');
    return first;
  };
  const director = () => {
    const [first] = fleet.directors;
    if (first === undefined) throw new Error('a fleet without a director');
    return first;
  };
  const diskOf = (name: string, { skip }: TestContext): Disk => {
    if (noDisks !== undefined) skip(noDisks);
    const found = disks.get(name);
    if (found === undefined) throw new Error(`no disk ${name}`);
    return found;
  };
  const weighs = (address: string, weight: number | undefined) =>
    until(() => {
      const found = director().weights(webVip)[address];
      return found === weight ? [] : [`${address} with ${weight}, not ${found}`];
    });

  it.for(['agent-fra-d1', 'agent-fra-r1'])(
    'the disk of %s is full: it goes on, takes no new VIP, says why, and takes it when there is room',
    async (name, context) => {
      const disk = diskOf(name, context);
      disk.fill();
      await coordinator().admin.apply([policy('fra-r2', 50)]);
      // What steers needs no disk.
      await weighs('10.1.0.12', 50);
      await coordinator().admin.apply([extra]);
      // What would have to be undone one day is not done before it is noted.
      await fleet.said(/ENOSPC/);
      disk.empty();
      await until(() =>
        Object.keys(director().weights('192.0.2.12')).length === 2 ? [] : ['extra carries'],
      );
      await fleet.settled({ 'fra-r2': 50 });
      for (const agent of fleet.agents)
        expect([agent.name, agent.healthy()]).toEqual([agent.name, undefined]);
      await coordinator().admin.remove([
        { kind: 'Service', name: 'extra' },
        { kind: 'RealServer', name: 'fra-r2' },
      ]);
      await fleet.settled();
    },
  );

  it('the disk of the coordinator is full: it refuses changes and says why, serves its agents, and takes changes when there is room', async (context) => {
    const disk = diskOf('coordinator-c1', context);
    const [, dying] = fleet.realServers;
    disk.fill();
    await expect(fillStore()).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(/full/),
    });
    await fleet.said(/full/);
    dying?.die();
    await weighs('10.1.0.12', undefined);
    if (dying !== undefined) dying.machine.isThere = true;
    await dying?.start();
    await weighs('10.1.0.12', 100);
    expect(fleet.writes().filter((line) => !line.includes('10.1.0.12'))).toEqual([]);
    disk.empty();
    await until(async () => {
      await coordinator().admin.apply([policy('fra-r1', 50)]);
      return [];
    });
    await fleet.settled({ 'fra-r1': 50 });
    await coordinator().admin.remove([{ kind: 'RealServer', name: 'fra-r1' }]);
    await fleet.settled();
  });

  /** What is written ahead has room for the first few. */
  async function fillStore(): Promise<void> {
    for (let round = 0; round < 1_000; round++)
      await coordinator().admin.apply([policy(`nobody-${round % 50}`, 1 + (round % 100))]);
  }

  /** Everybody has looked at his kernel, reported and planned more than once since. */
  async function timePasses(): Promise<void> {
    const { table } = director().kernel;
    const before = table.reads;
    await until(() => (table.reads >= before + 3 ? [] : [`${table.reads - before} of 3 readings`]));
  }

  it.each([hourMs, -hourMs])(
    'the clocks of agents are stepped by %i ms, and back: nothing is written',
    async (ms) => {
      for (const steppedMs of [ms, 0]) {
        for (const agent of fleet.agents) agent.stepClock(steppedMs);
        await timePasses();
        await fleet.settled();
      }
      expect(fleet.writes()).toEqual([]);
    },
  );

  it.each([hourMs, -hourMs])(
    'the clock of the coordinator is stepped by %i ms and back: a drain of half an hour lasts, and it says that the clock was stepped',
    async (ms) => {
      const drain: Override = {
        ...{ kind: 'Override', name: 'drain', order: { kind: 'drain' }, services: [] },
        ...{ subject: { kind: 'realServer', name: 'fra-r2' }, owner: 'ann', reason: 'works' },
        expiresAtMs: Date.now() + hourMs / 2,
      };
      await coordinator().admin.apply([drain]);
      // It has no connections: it leaves for as long as that lasts.
      await until(() =>
        fleet.directors.flatMap(({ name, kernel }) =>
          kernel.table.lines().some((line) => line.startsWith('tcp') && line.includes('10.1.0.12:'))
            ? [`${name} without fra-r2`]
            : [],
        ),
      );
      fleet.mark();
      coordinator().stepClock(ms);
      await fleet.said('was stepped');
      await timePasses();
      await fleet.said('was stepped');
      coordinator().stepClock(0);
      await until(async () => {
        const { troubles } = await fleet.status();
        return troubles.filter((one) => one.includes('was stepped'));
      });
      await timePasses();
      expect(fleet.writes()).toEqual([]);
      await coordinator().admin.remove([{ kind: 'Override', name: 'drain' }]);
      await fleet.settled();
    },
  );
});
