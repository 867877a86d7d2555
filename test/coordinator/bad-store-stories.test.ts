import { afterEach, describe, expect, it } from 'vitest';
import { CausewayError } from '../../src/domain/error.ts';
import { memberKey, slotKey } from '../../src/store/keys.ts';
import type { Store } from '../../src/store/store.ts';
import { entryOf } from '../store/writing.ts';
import { type Lab, lastOf, openLab, service, site, weightsOf } from './harness.ts';

let lab: Lab;
afterEach(() => lab.dispose());

/** As an earlier, or a damaged, coordinator left it. */
const keep = (records: Readonly<Record<string, unknown>>) => (store: Store) =>
  store.commit({
    conditions: [],
    writes: Object.entries(records).map(([key, value]) => ({
      kind: 'put' as const,
      key,
      value: typeof value === 'string' ? value : JSON.stringify(value),
    })),
  });

const member = (name: string, address: string, probeSlot: number) => ({
  ...{ role: 'realserver', name, site: 'fra', address, prefixLength: 24, labels: { app: 'web' } },
  ...{ capacity: 100, probeSlot },
});

describe('a record that can not be used', () => {
  it('harms itself alone: it is named, and can be declared anew or deleted', async () => {
    lab = await openLab({
      prepare: keep({
        'resources/Site/fra': site('fra'),
        'resources/Service/broken': '{"kind":"Service","name":',
        'resources/Service/web': service('web'),
        'latency/fra/lon': { from: 'fra', to: 'lon', p50Us: 1, p90Us: 1, loss: 2 },
        [memberKey('director', 'old')]: '{}',
      }),
    });
    const director = await lab.director('d1');
    await lab.realServer('r1');
    await expect.poll(() => weightsOf(director, 'web')).toEqual({ r1: 100 });
    const { troubles } = await lab.admin.status();
    expect(troubles).toHaveLength(3);
    expect(troubles.join('\n')).toContain('record resources/Service/broken is set aside');
    expect(troubles.join('\n')).toContain('the record is damaged (it is no JSON)');
    const { values } = await lab.coordinator.metrics.recordsSetAside.get();
    expect(values.map(({ value }) => value)).toEqual([3]);
    expect(lab.coordinator.trouble()).toBeUndefined();

    const watched: string[] = [];
    const watching = new AbortController();
    const watch = lab.admin.watch(
      undefined,
      (event) => watched.push(event.type === 'synced' ? 'synced' : event.resource.name),
      watching.signal,
    );
    await expect.poll(() => watched).toEqual(['web', 'fra', 'synced']);
    watching.abort();
    await watch;

    await lab.admin.remove([{ kind: 'Director', name: 'old' }]);
    const { problems } = await lab.admin.apply([service('broken', { vips: ['192.0.2.11'] })]);
    expect(problems).toEqual([]);
    await expect.poll(() => weightsOf(director, 'broken')).toEqual({ r1: 100 });
    expect((await lab.admin.status()).troubles).toHaveLength(1);
  });

  it("of a real server is mended when its agent comes, and it keeps the probe's slot that is its own", async () => {
    lab = await openLab({
      prepare: keep({ [memberKey('realserver', 'r1')]: '{"name":"r1"}', [slotKey(7)]: { owner: 'r1' } }),
    });
    expect((await lab.admin.status()).troubles).toHaveLength(1);
    await lab.realServer('r1');
    expect((await lab.admin.status()).troubles).toEqual([]);
    const stored = await entryOf(lab.store, memberKey('realserver', 'r1'));
    expect(JSON.parse(stored?.value ?? '{}')).toMatchObject({ name: 'r1', probeSlot: 7 });
  });
});

describe('a real server at an impossible address', () => {
  it.each(['127.0.0.1', '0.0.0.0', '224.0.0.1', 'fe80::1', '192.0.2.10'])(
    '%s is left out of snapshots and named, and everybody else is served',
    async (address) => {
      lab = await openLab({
        prepare: keep({
          'resources/Site/fra': site('fra'),
          'resources/Service/web': service('web'),
          [memberKey('realserver', 'bad')]: member('bad', address, 9),
        }),
      });
      const director = await lab.director('d1');
      await lab.realServer('r1');
      await expect.poll(() => weightsOf(director, 'web')).toEqual({ r1: 100 });
      expect(JSON.stringify(lastOf(director))).not.toContain('"bad"');
      const bad = (await lab.admin.status()).agents.find(({ name }) => name === 'bad');
      expect(bad?.refusal).toContain(`it takes no part: `);
      expect(bad?.refusal).toContain(address);
    },
  );
});

describe('a disk that takes nothing more', () => {
  it('stops no weights: health reaches the directors, the cause stands in status and health, and goes with it', async () => {
    let isFull = false;
    lab = await openLab({
      planTickMs: 20,
      between: (store) => ({
        ...store,
        async commit(transaction) {
          if (!isFull) return store.commit(transaction);
          const message = 'the disk refuses (database or disk is full): is it full?';
          throw new CausewayError({ code: 'unavailable', operation: 'write', subject: 'store.db', message });
        },
      }),
    });
    const director = await lab.director('d1');
    const names = ['r1', 'r2', 'r3', 'r4'];
    const servers = await Promise.all(names.map((name) => lab.realServer(name)));
    await lab.admin.apply([site('fra'), service('web', { placement: 'optimal' })]);
    const say = (verdicts: readonly ('healthy' | 'unhealthy')[]) =>
      servers.forEach(({ link }, index) => {
        const verdict = verdicts[index] ?? 'healthy';
        link.report({
          ...{ paths: [], destinations: [], load: undefined, troubles: [], held: '' },
          applications: [{ service: 'web', verdict, sinceMs: 1, reason: '' }],
        });
      });
    say([]);
    director.link.report({
      ...{ destinations: [], applications: [], load: undefined, troubles: [], held: '' },
      paths: names.map((realServer) => ({
        ...{ realServer, state: 'up', sinceMs: 1, rttP50Us: 200, rttP90Us: 200, loss: 0, answered: 9 },
        ...{ agent: 'present', knock: 'works' },
      })) as never,
    });
    const carrying = () => {
      const snapshot = lastOf(director);
      const destinations = snapshot?.kind === 'director' ? (snapshot.services[0]?.destinations ?? []) : [];
      return destinations
        .filter(({ tier, weight }) => tier === 0 && weight > 0)
        .map(({ realServer }) => realServer);
    };
    await expect.poll(carrying).toEqual(names);

    isFull = true;
    await expect(lab.admin.apply([site('lon')])).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('the disk refuses (database or disk is full)'),
    });
    expect(lab.coordinator.trouble()).toContain('the disk refuses');
    expect((await lab.admin.status()).troubles[0]).toContain('the store cannot be written: write store.db');
    say(['healthy', 'unhealthy']);
    await expect.poll(carrying).toEqual(['r1', 'r3', 'r4']);

    isFull = false;
    await lab.admin.apply([site('lon')]);
    expect(lab.coordinator.trouble()).toBeUndefined();
    expect((await lab.admin.status()).troubles).toEqual([]);
  });
});
