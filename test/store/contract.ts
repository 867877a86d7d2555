/** What every store must do, written once: each implementation runs these stories. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Store, WatchEvent } from '../../src/store/store.ts';

export interface StoreUnderTest {
  open(options?: { historyRevisions?: number; watchQueueLimit?: number }): Promise<Store>;
  /** Takes everything away. */
  dispose(): Promise<void>;
}

const put = (key: string, value: string) => ({ kind: 'put', key, value }) as const;
const remove = (key: string) => ({ kind: 'delete', key }) as const;

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

    const write = (...writes: (ReturnType<typeof put> | ReturnType<typeof remove>)[]) =>
      store.commit({ conditions: [], writes });

    it('gives each transaction one revision, which all its keys share', async () => {
      const first = await write(put('a/1', 'x'), put('a/2', 'y'));
      const second = await write(put('a/1', 'z'));
      expect(second.revision).toBe(first.revision + 1);
      expect(await store.list('a/')).toEqual({
        revision: second.revision,
        entries: [
          { key: 'a/1', value: 'z', createRevision: first.revision, modRevision: second.revision },
          { key: 'a/2', value: 'y', createRevision: first.revision, modRevision: first.revision },
        ],
      });
    });

    it('lists by prefix in the order of keys, and nothing beyond the prefix', async () => {
      await write(put('b/é', '1'), put('b/a', '2'), put('b0', '3'), put('b', '4'), put('b/z', '5'));
      expect((await store.list('b/')).entries.map((entry) => entry.key)).toEqual(['b/a', 'b/z', 'b/é']);
      expect((await store.list('')).entries).toHaveLength(5);
      expect((await store.list('c')).entries).toEqual([]);
    });

    it.each([
      { what: 'the revision read', exists: true, offset: 0, committed: true },
      { what: 'an older revision', exists: true, offset: -1, committed: false },
      { what: 'create, absent', exists: false, offset: 0, committed: true },
    ])('compares: $what → $committed', async ({ exists, offset, committed }) => {
      if (exists) await write(put('k', 'old'));
      const modRevision = ((await store.get('k'))?.modRevision ?? 0) + offset;
      const result = await store.commit({
        conditions: [{ key: 'k', modRevision }],
        writes: [put('k', 'new')],
      });
      expect(result.committed).toBe(committed);
      expect((await store.get('k'))?.value).toBe(committed ? 'new' : 'old');
    });

    it('refuses to create what exists, and then writes nothing of the transaction', async () => {
      const { revision } = await write(put('k', 'old'));
      const result = await store.commit({
        conditions: [{ key: 'k', modRevision: 0 }],
        writes: [put('k', 'new'), put('other', 'new')],
      });
      expect(result).toEqual({ committed: false, revision });
      expect(await store.get('other')).toBeUndefined();
    });

    it('deletes; what is absent is no error and no revision; a key made anew is created anew', async () => {
      await write(put('k', '1'));
      const gone = await write(remove('k'));
      expect(await store.get('k')).toBeUndefined();
      expect(await write(remove('k'))).toEqual({ committed: true, revision: gone.revision });
      const again = await write(put('k', '2'));
      expect((await store.get('k'))?.createRevision).toBe(again.revision);
    });

    it('refuses a key that is written twice in one transaction', async () => {
      await expect(write(put('k', '1'), remove('k'))).rejects.toMatchObject({ code: 'invalid' });
      expect(await store.get('k')).toBeUndefined();
    });

    it('lets one of many concurrent creators win', async () => {
      const results = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          store.commit({ conditions: [{ key: 'k', modRevision: 0 }], writes: [put('k', `${index}`)] }),
        ),
      );
      expect(results.filter((result) => result.committed)).toHaveLength(1);
    });

    it('watches: the present state, then each change once, in order', async () => {
      await write(put('w/1', 'a'), put('x', 'no'));
      const events = reader(store.watch('w/'));
      expect(await events.next()).toMatchObject({ kind: 'list', entries: [{ key: 'w/1', value: 'a' }] });
      await write(put('w/2', 'b'));
      await write(put('x', 'no'));
      const last = await write(remove('w/1'), put('w/2', 'c'));
      expect(await events.next()).toMatchObject({
        kind: 'changes',
        changes: [{ entry: { key: 'w/2', value: 'b' } }],
      });
      expect(await events.next()).toEqual({
        kind: 'changes',
        revision: last.revision,
        changes: [
          { kind: 'delete', key: 'w/1', revision: last.revision },
          expect.objectContaining({ kind: 'put', entry: expect.objectContaining({ value: 'c' }) }),
        ],
      });
      await events.end();
    });

    it('resumes a watch after a revision without a gap, deletions included', async () => {
      const { revision } = await write(put('w/1', 'a'));
      await write(put('w/2', 'b'), put('x', 'no'));
      await write(remove('w/1'));
      const events = reader(store.watch('w/', { afterRevision: revision }));
      expect(await events.next()).toMatchObject({ kind: 'changes', changes: [{ entry: { key: 'w/2' } }] });
      expect(await events.next()).toMatchObject({
        kind: 'changes',
        changes: [{ kind: 'delete', key: 'w/1' }],
      });
      await write(put('w/3', 'c'));
      expect(await events.next()).toMatchObject({ kind: 'changes', changes: [{ entry: { key: 'w/3' } }] });
      await events.end();
    });

    it('begins with a list where the revision is forgotten, or not reached yet', async () => {
      await store.close();
      store = await under.open({ historyRevisions: 3 });
      for (let index = 0; index < 6; index++) await write(put('w/1', `${index}`));
      for (const afterRevision of [1, 1_000]) {
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
      for (let index = 0; index < 10; index++) await write(put(`w/${index}`, `${index}`));
      const list = await events.next();
      expect(list).toMatchObject({ kind: 'list' });
      expect((list as Extract<WatchEvent, { kind: 'list' }>).entries).toHaveLength(10);
      await write(put('w/after', 'x'));
      expect(await events.next()).toMatchObject({
        kind: 'changes',
        changes: [{ entry: { key: 'w/after' } }],
      });
      await events.end();
    });

    it('ends a watch by its signal, and every watch when it closes', async () => {
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
      await expect(store.get('k')).rejects.toMatchObject({ code: 'unavailable' });
      store = await under.open();
    });

    it('keeps everything when it is closed and opened again', async () => {
      const { revision } = await write(put('k', 'v'));
      await write(put('k', 'w'));
      const before = await store.list('');
      await store.close();
      store = await under.open();
      expect(await store.list('')).toEqual(before);
      const events = reader(store.watch('', { afterRevision: revision }));
      expect(await events.next()).toMatchObject({ kind: 'changes', changes: [{ entry: { value: 'w' } }] });
      await events.end();
      expect((await write(put('k', 'x'))).revision).toBe(before.revision + 1);
    });
  });
}

function reader(events: AsyncIterable<WatchEvent>) {
  const iterator = events[Symbol.asyncIterator]();
  return {
    async next(): Promise<WatchEvent | undefined> {
      const result = await iterator.next();
      return result.done === true ? undefined : result.value;
    },
    end: async () => {
      await iterator.return?.();
    },
  };
}
