/** What every store must do, written once: each implementation runs these stories. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { realClock } from '../../src/runtime/system-clock.ts';
import { campaign, resign } from '../../src/store/campaign.ts';
import type { Condition, Fence, Lease, Store, Write } from '../../src/store/store.ts';
import { reader } from './reader.ts';
import { entryOf, put, remove, write } from './writing.ts';

export interface StoreUnderTest {
  open(options?: { watchQueueLimit?: number }): Promise<Store>;
  /** The store forgets its history up to now. */
  forget(store: Store): Promise<void>;
  /** Takes everything away. */
  dispose(): Promise<void>;
}

export function storeContract(name: string, create: () => Promise<StoreUnderTest>): void {
  describe(`store contract: ${name}`, () => {
    let under: StoreUnderTest;
    let store: Store;

    beforeEach(async () => {
      under = await create();
      store = await under.open();
    });
    afterEach(async () => {
      await store.close();
      await under.dispose();
    });

    const valueAt = async (key: string) => (await entryOf(store, key))?.value;
    const tryTo = (conditions: readonly Condition[], ...writes: Write[]) =>
      store.commit({ conditions, writes });

    describe('keys', () => {
      it('gives each transaction one revision, which all its keys share', async () => {
        const first = await write(store, put('a/1', 'x'), put('a/2', 'y'));
        const second = await write(store, put('a/1', 'z'));
        expect(second).toBeGreaterThan(first);
        expect(await store.read({ prefix: 'a/' })).toEqual({
          revision: second,
          entries: [
            { key: 'a/1', value: 'z', createRevision: first, modRevision: second },
            { key: 'a/2', value: 'y', createRevision: first, modRevision: first },
          ],
        });
      });

      it('reads by prefix in the order of keys, and nothing beyond the prefix', async () => {
        await write(store, ...['b/é', 'b/a', 'b0', 'b', 'b/z', 'b/\u{1f600}'].map((key) => put(key, '1')));
        expect((await store.read({ prefix: 'b/' })).entries.map(({ key }) => key)).toEqual([
          'b/a',
          'b/z',
          'b/é',
          'b/\u{1f600}',
        ]);
        expect((await store.read({ prefix: '' })).entries).toHaveLength(6);
        expect((await store.read({ prefix: 'c' })).entries).toEqual([]);
      });

      it('reads single keys at one revision, those that are there, each once', async () => {
        const revision = await write(store, put('k/2', 'b'), put('k/1', 'a'));
        const { entries, revision: at } = await store.read({ keys: ['k/2', 'none', 'k/1', 'k/2'] });
        expect([entries.map(({ key, value }) => key + value), at]).toEqual([['k/1a', 'k/2b'], revision]);
        expect(await store.read({ keys: [] })).toEqual({ entries: [], revision });
      });

      it('reads a prefix of many large entries whole', async () => {
        const value = 'x'.repeat(10_000);
        for (let part = 0; part < 12; part++)
          await write(store, ...Array.from({ length: 50 }, (_, index) => put(`big/${part}/${index}`, value)));
        expect((await store.read({ prefix: 'big/' })).entries).toHaveLength(600);
      });

      it('deletes; what is absent is no error; a key made anew is created anew', async () => {
        await write(store, put('k', '1'));
        await write(store, remove('k'));
        expect(await entryOf(store, 'k')).toBeUndefined();
        await write(store, remove('k'));
        const again = await write(store, put('k', '2'));
        expect((await entryOf(store, 'k'))?.createRevision).toBe(again);
      });

      it.each<[string, Write[]]>([
        ['a key that is written twice', [put('k', '1'), remove('k')]],
        ['a lease outside its place', [{ kind: 'put', key: 'k', value: '1', lease: '1' }]],
        ['no lease in that place', [put('live/k', '1')]],
      ])('refuses %s, and writes nothing of the transaction', async (_, writes) => {
        await expect(tryTo([], put('other', '1'), ...writes)).rejects.toMatchObject({ code: 'invalid' });
        expect(await valueAt('other')).toBeUndefined();
      });

      it('refuses more at once than it says', async () => {
        const { operations, bytes } = store.limits;
        const many = Array.from({ length: operations + 1 }, (_, index) => put(`n/${index}`, ''));
        await expect(tryTo([], ...many)).rejects.toMatchObject({ code: 'invalid' });
        const conditions = many.map(({ key }) => ({ key, modRevision: 0 }));
        await expect(tryTo(conditions, put('n', ''))).rejects.toMatchObject({ code: 'invalid' });
        const halves = ['a', 'b'].map((key) => put(key, 'x'.repeat(bytes / 2)));
        await expect(tryTo([], ...halves)).rejects.toMatchObject({ code: 'invalid' });
        expect((await store.read({ prefix: '' })).entries).toEqual([]);
      });
    });

    describe('conditions', () => {
      it.each([
        { what: 'the revision read', exists: true, offset: 0, outcome: 'committed' },
        { what: 'an older revision', exists: true, offset: -1, outcome: 'conflict' },
        { what: 'create, absent', exists: false, offset: 0, outcome: 'committed' },
      ])('compares a key: $what → $outcome', async ({ exists, offset, outcome }) => {
        if (exists) await write(store, put('k', 'old'));
        const modRevision = ((await entryOf(store, 'k'))?.modRevision ?? 0) + offset;
        const result = await tryTo([{ key: 'k', modRevision }], put('k', 'new'));
        expect(result.outcome).toBe(outcome);
        expect(await valueAt('k')).toBe(outcome === 'committed' ? 'new' : 'old');
      });

      it('refuses to create what exists, and then writes nothing of the transaction', async () => {
        const revision = await write(store, put('k', 'old'));
        const result = await tryTo([{ key: 'k', modRevision: 0 }], put('k', 'new'), put('other', 'new'));
        expect(result).toEqual({ outcome: 'conflict', revision });
        expect(await valueAt('other')).toBeUndefined();
      });

      it('lets one of many concurrent creators win', async () => {
        const results = await Promise.all(
          Array.from({ length: 20 }, (_, index) =>
            tryTo([{ key: 'k', modRevision: 0 }], put('k', `${index}`)),
          ),
        );
        expect(results.filter(({ outcome }) => outcome === 'committed')).toHaveLength(1);
      });

      it.each<[string, string, Write, 'committed' | 'conflict']>([
        ['nothing', 'p/', put('q/9', ''), 'committed'],
        ['a key made under it', 'p/', put('p/9', ''), 'conflict'],
        ['a key of it changed', 'p/', put('p/1', 'y'), 'conflict'],
        ['a key of it deleted', 'p/', remove('p/1'), 'conflict'],
        ['a key deleted beside it', 'p/', remove('q/1'), 'committed'],
        ['a key deleted, of everything', '', remove('q/1'), 'conflict'],
        ['a key made, of everything', '', put('r', ''), 'conflict'],
        ['a key deleted, of half a name', 'p', remove('p/1'), 'conflict'],
        ['a key deleted, of a folder within', 'p/a/', remove('p/a/1'), 'conflict'],
      ])('a prefix is unchanged since it was read, but for %s (%s)', async (_, prefix, change, outcome) => {
        await write(store, put('p/1', 'x'), put('q/1', 'x'), put('p/a/1', 'x'));
        const { revision } = await store.read({ prefix });
        await write(store, change);
        const result = await tryTo([{ prefix, unchangedSince: revision }], put('own', 'x'));
        expect([result.outcome, await valueAt('own')]).toEqual([
          outcome,
          outcome === 'committed' ? 'x' : undefined,
        ]);
        const now = await store.read({ prefix });
        expect((await tryTo([{ prefix, unchangedSince: now.revision }], put('own', 'y'))).outcome).toBe(
          'committed',
        );
      });

      it('of two that read the same and write different keys, one wins', async () => {
        const { revision } = await store.read({ prefix: 'vips/' });
        const results = await Promise.all(
          ['a', 'b'].map((key) =>
            tryTo([{ prefix: 'vips/', unchangedSince: revision }], put(`vips/${key}`, 'x')),
          ),
        );
        expect(results.map(({ outcome }) => outcome).toSorted()).toEqual(['committed', 'conflict']);
      });
    });

    describe('a watch', () => {
      it('tells the present state, then each change once, in order', async () => {
        await write(store, put('w/1', 'a'), put('x', 'no'));
        const events = reader(store.watch('w/'));
        expect(await events.next()).toMatchObject({ kind: 'list', entries: [{ key: 'w/1', value: 'a' }] });
        await write(store, put('w/2', 'b'));
        await write(store, put('x', 'no'));
        const last = await write(store, remove('w/1'), put('w/2', 'c'));
        expect(await events.next()).toMatchObject({
          kind: 'changes',
          changes: [{ entry: { key: 'w/2', value: 'b' } }],
        });
        const { kind, changes, revision } = await events.changes();
        expect([kind, revision]).toEqual(['changes', last]);
        expect(changes).toHaveLength(2);
        expect(changes).toContainEqual({ kind: 'delete', key: 'w/1', revision: last });
        expect(changes).toContainEqual(
          expect.objectContaining({ kind: 'put', entry: expect.objectContaining({ value: 'c' }) }),
        );
        await events.end();
      });

      it('resumes after a revision without a gap, deletions included', async () => {
        const revision = await write(store, put('w/1', 'a'));
        await write(store, put('w/2', 'b'), put('x', 'no'));
        await write(store, remove('w/1'));
        const events = reader(store.watch('w/', { afterRevision: revision }));
        expect(await events.next()).toMatchObject({ kind: 'changes', changes: [{ entry: { key: 'w/2' } }] });
        expect(await events.next()).toMatchObject({
          kind: 'changes',
          changes: [{ kind: 'delete', key: 'w/1' }],
        });
        await write(store, put('w/3', 'c'));
        expect(await events.next()).toMatchObject({ kind: 'changes', changes: [{ entry: { key: 'w/3' } }] });
        await events.end();
      });

      it('begins with a list where the revision is forgotten, or not reached yet', async () => {
        const old = await write(store, put('w/1', '0'));
        for (let index = 1; index < 6; index++) await write(store, put('w/1', `${index}`));
        await under.forget(store);
        for (const afterRevision of [old, old + 1_000]) {
          const events = reader(store.watch('w/', { afterRevision }));
          expect(await events.next()).toMatchObject({ kind: 'list', entries: [{ value: '5' }] });
          await events.end();
        }
      });

      it('gives a reader that is too slow one list in place of what it missed', async () => {
        await store.close();
        store = await under.open({ watchQueueLimit: 4 });
        const events = reader(store.watch('w/'));
        expect(await events.next()).toMatchObject({ kind: 'list', entries: [] });
        for (let index = 0; index < 10; index++) await write(store, put(`w/${index}`, `${index}`));
        await expect.poll(() => events.catchUp()).toHaveLength(10);
        await write(store, put('w/after', 'x'));
        await expect.poll(() => events.catchUp()).toHaveLength(11);
        expect(events.kinds()).toContain('list');
        await events.end();
      });

      it('ends by its signal, and every watch when the store closes', async () => {
        const abort = new AbortController();
        const one = reader(store.watch('', { signal: abort.signal }));
        const other = reader(store.watch(''));
        await one.next();
        await other.next();
        const waiting = [one.next(), other.next()];
        abort.abort();
        expect(await waiting[0]).toBeUndefined();
        await store.close();
        expect(await waiting[1]).toBeUndefined();
        await expect(store.read({ keys: [] })).rejects.toMatchObject({ code: 'unavailable' });
        expect(await reader(store.watch('')).next()).toBeUndefined();
        store = await under.open();
      });
    });

    describe('a lease', () => {
      const live = (key: string, lease: Lease): Write => ({ kind: 'put', key, value: 'x', lease: lease.id });

      it('keeps its keys until it ends, tells those who watch, and then takes no more', async () => {
        const lease = await store.lease(10_000);
        await write(store, live('live/a', lease), live('live/b', lease), put('a', 'stays'));
        const events = reader(store.watch('live/'));
        expect(await events.next()).toMatchObject({ kind: 'list', entries: [{}, {}] });
        await lease.end();
        expect(lease.lost.aborted).toBe(true);
        await expect.poll(() => events.catchUp()).toHaveLength(0);
        expect((await store.read({ prefix: '' })).entries.map(({ key }) => key)).toEqual(['a']);
        expect((await tryTo([], live('live/c', lease))).outcome).toBe('conflict');
        await lease.end();
        await events.end();
      });

      it('ends when the store closes, and a store that is opened again knows nothing of it', async () => {
        const lease = await store.lease(10_000);
        await write(store, live('live/a', lease));
        await store.close();
        expect(lease.lost.aborted).toBe(true);
        store = await under.open();
        await expect.poll(async () => (await store.read({ prefix: 'live/' })).entries).toEqual([]);
      });
    });

    describe('a campaign', () => {
      const stand = (lease: Lease, signal?: AbortSignal): Promise<Fence> =>
        campaign(store, {
          ...{ name: 'site/fra', lease, told: 'c', clock: realClock, random: Math.random },
          ...(signal === undefined ? {} : { signal }),
        });

      it('is won in the order of arrival, with epochs that grow', async () => {
        const leases = [await store.lease(10_000), await store.lease(10_000), await store.lease(10_000)];
        const [first, second, third] = leases as [Lease, Lease, Lease];
        const won: string[] = [];
        const held = await stand(first);
        const waiting = stand(second).then((fence) => {
          won.push('second');
          return fence;
        });
        await expect.poll(async () => (await store.read({ prefix: 'live/' })).entries).toHaveLength(2);
        const last = stand(third).then((fence) => {
          won.push('third');
          return fence;
        });
        await expect.poll(async () => (await store.read({ prefix: 'live/' })).entries).toHaveLength(3);
        expect(won).toEqual([]);
        await first.end();
        const next = await waiting;
        expect(won).toEqual(['second']);
        await resign(store, next, {
          clock: realClock,
          random: Math.random,
          signal: AbortSignal.timeout(10_000),
        });
        expect((await last).epoch).toBeGreaterThan(next.epoch);
        expect(next.epoch).toBeGreaterThan(held.epoch);
        // At least the seconds of the clock: a store that begins anew goes on beyond what was told before.
        expect(held.epoch).toBeGreaterThan(1_600_000_000);
      });

      it('fences who has lost it', async () => {
        const first = await store.lease(10_000);
        const fence = await stand(first);
        expect((await tryTo([{ fence }], put('k', 'mine'))).outcome).toBe('committed');
        await first.end();
        expect((await tryTo([{ fence }], put('k', 'late'))).outcome).toBe('conflict');
        const again = await stand(await store.lease(10_000));
        expect((await tryTo([{ fence }], put('k', 'late'))).outcome).toBe('conflict');
        expect((await tryTo([{ fence: again }], put('k', 'next'))).outcome).toBe('committed');
        expect(await valueAt('k')).toBe('next');
      });

      it('is given up by its signal or with its lease, and then stands in nobody’s way', async () => {
        const held = await store.lease(10_000);
        await stand(held);
        const abort = new AbortController();
        const given = expect(stand(await store.lease(10_000), abort.signal)).rejects.toThrow('given up');
        const lost = await store.lease(10_000);
        const without = expect(stand(lost)).rejects.toThrow('the lease was lost');
        await expect.poll(async () => (await store.read({ prefix: 'live/' })).entries).toHaveLength(3);
        abort.abort();
        await given;
        await lost.end();
        await without;
        await held.end();
        await stand(await store.lease(10_000));
      });
    });

    it('keeps everything when it is closed and opened again', async () => {
      const revision = await write(store, put('k', 'v'));
      await write(store, put('k', 'w'));
      const before = await store.read({ prefix: '' });
      await store.close();
      store = await under.open();
      expect(await store.read({ prefix: '' })).toEqual(before);
      const events = reader(store.watch('', { afterRevision: revision }));
      expect(await events.next()).toMatchObject({ kind: 'changes', changes: [{ entry: { value: 'w' } }] });
      await events.end();
      expect(await write(store, put('k', 'x'))).toBeGreaterThan(before.revision);
    });
  });
}
