import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Override } from '../../src/domain/resource.ts';
import { resourceKey } from '../../src/store/keys.ts';
import { encodeRecord } from '../../src/store/record.ts';
import type { Store } from '../../src/store/store.ts';
import { override } from '../plan/fixtures.ts';
import { write } from '../store/writing.ts';
import { type Lab, openLab, service, site } from './harness.ts';

const dayMs = 24 * 3_600_000;

/** An override whose time ends so long from now. */
function ending(inMs: number, changes: Partial<Override> = {}): Override {
  return override({ expiresAtMs: Date.now() + inMs, ...changes });
}

/** As an earlier coordinator left it. */
function keep(store: Store, ...kept: readonly Override[]) {
  const writes = kept.map((value) => ({
    kind: 'put' as const,
    key: resourceKey(value),
    value: encodeRecord({ kind: 'resource', value }),
  }));
  return write(store, ...writes);
}

describe('overrides', () => {
  let lab: Lab;
  beforeEach(async () => {
    lab = await openLab();
  });
  afterEach(() => lab.dispose());

  const names = async () => (await lab.admin.list('Override')).resources.map(({ name }) => name);

  it('are kept, listed, watched and deleted like any resource', async () => {
    const drain = ending(dayMs);
    const applied = await lab.admin.apply([site('fra'), drain]);
    expect(applied).toMatchObject({ problems: [], outcomes: ['created', 'created'] });
    expect((await lab.admin.apply([drain])).outcomes).toEqual(['unchanged']);
    expect(await lab.admin.get(drain)).toEqual(drain);
    const events: string[] = [];
    const abort = new AbortController();
    const watching = lab.admin.watch(
      'Override',
      (event) => events.push(event.type === 'synced' ? event.type : `${event.type} ${event.resource.name}`),
      abort.signal,
    );
    await expect.poll(() => events).toEqual(['put drain-fra', 'synced']);
    await lab.admin.remove([drain]);
    await expect.poll(() => events.at(-1)).toBe('delete drain-fra');
    abort.abort();
    await watching;
    expect(await names()).toEqual([]);
  });

  it('that nobody can obey are refused whole', async () => {
    await lab.admin.apply([site('fra')]);
    const { problems } = await lab.admin.apply([
      ending(91 * dayMs, { services: ['web'], subject: { kind: 'realServer', name: 'r1' } }),
    ]);
    expect(problems.map(({ path }) => path)).toEqual(['spec.realServer', 'spec.services[0]', 'spec.expires']);
    expect((await lab.admin.plan([ending(91 * dayMs)])).problems.map(({ path }) => path)).toEqual([
      'spec.expires',
    ]);
    expect(await names()).toEqual([]);
  });

  it('about a site go with it, others stay', async () => {
    const lon = ending(dayMs, { name: 'drain-lon', subject: { kind: 'site', name: 'lon' } });
    await lab.admin.apply([site('fra'), site('lon'), ending(dayMs), lon]);
    await lab.admin.remove([{ kind: 'Site', name: 'fra' }]);
    expect(await names()).toEqual(['drain-lon']);
  });

  it('keep no service and no real server from being deleted', async () => {
    const agent = await lab.realServer('r1');
    const about = { subject: { kind: 'realServer', name: 'r1' }, services: ['web'] } as const;
    await lab.admin.apply([site('fra'), service('web'), ending(dayMs, about)]);
    await lab.admin.remove([{ kind: 'Service', name: 'web' }]);
    await agent.link.close();
    await expect
      .poll(async () => (await lab.admin.status()).agents.map(({ connected }) => connected))
      .toEqual([false]);
    await lab.admin.remove([{ kind: 'RealServer', name: 'r1' }]);
    expect(await names()).toEqual(['drain-fra']);
  });
});

it('a coordinator that starts sweeps in one write what expired more than a day ago', async () => {
  let before = 0;
  const lab = await openLab({
    prepare: async (store) => {
      const revision = await keep(
        store,
        ending(-dayMs - 60_000, { name: 'a' }),
        ending(-dayMs - 60_000, { name: 'b' }),
        ending(-dayMs + 60_000, { name: 'c' }),
        ending(dayMs, { name: 'd' }),
      );
      before = revision;
    },
  });
  const kept = async () => (await lab.admin.list('Override')).resources.map(({ name }) => name);
  await expect.poll(kept).toEqual(['c', 'd']);
  // The other write is the key of the probes.
  expect((await lab.admin.list()).revision).toBe(before + 2);
  await lab.dispose();
});
