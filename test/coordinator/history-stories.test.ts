import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { connectAdmin } from '../../src/api/admin-client.ts';
import { startCoordinator } from '../../src/coordinator/coordinator.ts';
import { createLog } from '../../src/runtime/log.ts';
import { realClock } from '../../src/runtime/system-clock.ts';
import { revisionKey, revisionPartKey } from '../../src/store/keys.ts';
import { type Lab, openLab, policy, service, site } from './harness.ts';

describe('the history of a coordinator', () => {
  let lab: Lab;
  afterEach(() => lab.dispose());

  const numbers = async () => (await lab.admin.history({ limit: 100 })).revisions.map(({ number }) => number);

  it('survives a restart, and is written with the change or not at all', async () => {
    lab = await openLab();
    const first = await lab.admin.apply([site('fra')], { author: 'ann', message: 'begin' });
    expect(first.number).toBe(1);
    const writes = await lab.storeWrites();
    await lab.admin.apply([site('lon')]);
    expect(await lab.storeWrites()).toBe(writes + 1);
    await expect(lab.admin.remove([{ kind: 'Site', name: 'nyc' }])).rejects.toMatchObject({
      code: 'not-found',
    });
    expect((await lab.admin.apply([service('web', { sites: ['nyc'] })])).problems).not.toEqual([]);
    expect(await lab.storeWrites()).toBe(writes + 1);
    await lab.restart();
    await lab.admin.apply([site('lon', 'gre')]);
    expect(await numbers()).toEqual([3, 2, 1]);
    const { revisions } = await lab.admin.history({ limit: 1, of: { kind: 'Site', name: 'fra' } });
    expect(revisions).toMatchObject([
      { number: 1, author: { name: 'ann', isTold: true }, message: 'begin', touchedCount: 1 },
    ]);
  });

  it('a damaged revision is set aside and named; those after it are as they were, and the next has a number of its own', async () => {
    lab = await openLab();
    for (const tunnel of ['ipip', 'gre', 'ipip'] as const) await lab.admin.apply([site('fra', tunnel)]);
    await lab.store.commit({
      conditions: [],
      writes: [
        { kind: 'put', key: revisionKey(3), value: '{' },
        { kind: 'put', key: revisionPartKey(1, 1), value: '{' },
      ],
    });
    await lab.restart();
    await lab.admin.apply([site('fra', 'gre')]);
    expect(await numbers()).toEqual([4, 2, 1]);
    expect((await lab.admin.status()).troubles.join('\n')).toContain('history/0000000003');
    await expect(lab.admin.difference(2, undefined)).rejects.toThrow(
      "revision 3, which came later, can't be read",
    );
    expect(await lab.admin.difference(3, undefined)).toMatchObject([{ name: 'fra', outcome: 'changed' }]);
    await expect(lab.admin.rollback(0)).rejects.toMatchObject({ code: 'not-found' });
    await expect(lab.admin.apply([site('fra')], { ifRevision: 2 })).rejects.toMatchObject({
      code: 'conflict',
    });
  });

  it('names members that were taken out, and what was insisted on without a change', async () => {
    lab = await openLab();
    await lab.admin.apply([site('fra')]);
    const server = await lab.realServer('r1');
    await lab.admin.apply([policy('r1', 50)]);
    await lab.admin.apply([site('fra'), policy('r1', 50)], { force: true });
    await lab.kill(server);
    await expect.poll(async () => (await lab.admin.status()).agents[0]?.connected).toBe(false);
    await lab.admin.remove([{ kind: 'RealServer', name: 'r1' }]);
    const { revisions } = await lab.admin.history({ limit: 2 });
    expect(
      revisions.map(({ touched, isForced }) => [isForced, touched.map(({ outcome }) => outcome)]),
    ).toEqual([
      [false, ['deleted', 'deregistered']],
      [true, ['insisted', 'insisted']],
    ]);
    // It takes no member back that is gone, and says nothing of it.
    expect(await lab.admin.rollback(3)).toMatchObject({
      resources: [{ kind: 'RealServer', name: 'r1' }],
      outcomes: ['created'],
      removals: [],
    });
  });

  it('a site and all that stands in it, in one change', async () => {
    lab = await openLab();
    await lab.admin.apply([site('fra'), site('lon')]);
    const server = await lab.realServer('r1', { site: 'lon' });
    await lab.kill(server);
    await expect.poll(async () => (await lab.admin.status()).agents[0]?.connected).toBe(false);
    const both = [
      { kind: 'Site', name: 'lon' },
      { kind: 'RealServer', name: 'r1' },
    ] as const;
    await expect(lab.admin.remove(both.slice(0, 1))).rejects.toMatchObject({ code: 'refused' });
    await lab.admin.remove(both);
    expect((await lab.admin.status()).agents).toEqual([]);
    expect((await lab.admin.list()).resources).toEqual([site('fra')]);
  });

  it('two coordinators on one store: of two changes that can not both be, one is made; numbers have no gap', async () => {
    lab = await openLab();
    await lab.admin.apply([site('fra')]);
    const second = await startCoordinator({
      ...{ name: 'second', listen: '127.0.0.1:0', store: lab.store, clock: realClock, randomBytes },
      log: createLog('test', 'silent'),
    });
    const other = connectAdmin({ address: `127.0.0.1:${second.port}` });
    try {
      // One VIP, two services: each alone would do.
      const both = await Promise.all([lab.admin.apply([service('a')]), other.apply([service('b')])]);
      expect(both.filter(({ problems }) => problems.length === 0)).toHaveLength(1);
      const many = Array.from({ length: 6 }, (_, index) =>
        [lab.admin, other][index % 2]?.apply([site(`s${index}`)]),
      );
      const numbered = (await Promise.all(many)).map((one) => one?.number ?? 0);
      expect(numbered.toSorted((a, b) => a - b)).toEqual([3, 4, 5, 6, 7, 8]);
      expect(await numbers()).toEqual([8, 7, 6, 5, 4, 3, 2, 1]);
    } finally {
      other.close();
      await second.close();
    }
  });

  it('whose word is too long is refused', async () => {
    lab = await openLab();
    await expect(lab.admin.apply([site('fra')], { message: 'x'.repeat(1_025) })).rejects.toThrow(
      'apply: found the message of 1025 characters, expected at most 1024',
    );
    await expect(lab.admin.apply([site('fra')], { author: 'x'.repeat(254) })).rejects.toMatchObject({
      code: 'invalid',
    });
    expect(await numbers()).toEqual([]);
  });
});
