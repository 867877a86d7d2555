import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { realClock } from '../../src/runtime/system-clock.ts';
import { openEmbeddedStore } from '../../src/store/embedded.ts';
import { createManualClock } from '../agents/manual-clock.ts';
import { storeContract } from './contract.ts';
import { write } from './writing.ts';

const historyRevisions = 20;

storeContract('embedded', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'causeway-store-'));
  return {
    open: async (options) =>
      openEmbeddedStore({ file: join(folder, 'store.db'), clock: realClock, historyRevisions, ...options }),
    async forget(store) {
      for (let index = 0; index < historyRevisions; index++)
        await write(store, { kind: 'put', key: 'forget', value: `${index}` });
    },
    dispose: () => rm(folder, { recursive: true }),
  };
});

describe('a lease of the embedded store', () => {
  it('goes on by its clock, and is over where nobody had his turn for its whole time', async () => {
    const clock = createManualClock();
    const store = openEmbeddedStore({ file: ':memory:', clock });
    const lease = await store.lease(3_000);
    await write(store, { kind: 'put', key: 'live/a', value: 'x', lease: lease.id });
    await clock.advance(60_000);
    expect(lease.lost.aborted).toBe(false);
    expect((await store.read({ prefix: '' })).entries).toHaveLength(1);
    clock.stop(3_000);
    // Before any timer had its turn.
    expect((await store.read({ prefix: '' })).entries).toEqual([]);
    expect(lease.lost.aborted).toBe(true);
    await store.close();
  });

  it('whose keys a full disk does not let go of ends all the same: nothing that rests on it holds', async () => {
    const store = openEmbeddedStore({ file: ':memory:', clock: realClock, pagesAtMost: 16 });
    const lease = await store.lease(10_000);
    const modRevision = await write(store, { kind: 'put', key: 'live/a', value: 'x', lease: lease.id });
    const fence = { name: 'a', epoch: 1, key: 'live/a', modRevision };
    const put = (value: string) =>
      store.commit({ conditions: [{ fence }], writes: [{ kind: 'put', key: 'k', value }] });
    expect((await put('1')).outcome).toBe('committed');
    await lease.end();
    expect((await put('2')).outcome).toBe('conflict');
    await store.close();
  });
});

describe('the file of the embedded store', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'causeway-store-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('is durable: WAL, synchronous FULL', async () => {
    const file = join(folder, 'store.db');
    const store = openEmbeddedStore({ file, clock: realClock });
    await store.commit({ conditions: [], writes: [{ kind: 'put', key: 'k', value: 'v' }] });
    await store.close();
    const database = new DatabaseSync(file);
    expect(database.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
    database.close();
  });

  it('on a full disk says so, keeps what it had, and goes on when there is room', async () => {
    const store = openEmbeddedStore({ file: join(folder, 'store.db'), clock: realClock, pagesAtMost: 16 });
    const put = (key: string, value: string) => write(store, { kind: 'put', key, value });
    await put('a', 'small');
    const revision = await put('b', 'x'.repeat(10_000));
    for (const key of ['c', 'd']) {
      await expect(put(key, 'x'.repeat(200_000))).rejects.toMatchObject({
        code: 'unavailable',
        message: expect.stringMatching(/^write .*store\.db: the disk refuses \(database or disk is full\)/),
      });
    }
    const { entries } = await store.read({ prefix: '' });
    expect([entries.map(({ key }) => key), (await store.read({ prefix: '' })).revision]).toEqual([
      ['a', 'b'],
      revision,
    ]);
    expect(await put('a', 'smaller')).toBe(revision + 1);
    await store.close();
  });

  it('that has lost the row which says how far it is, is as far as its entries', async () => {
    const file = join(folder, 'store.db');
    const store = openEmbeddedStore({ file, clock: realClock });
    for (const key of ['a', 'b', 'c']) await write(store, { kind: 'put', key, value: 'v' });
    await store.close();
    const database = new DatabaseSync(file);
    database.exec('DELETE FROM position');
    database.close();
    const again = openEmbeddedStore({ file, clock: realClock });
    expect((await again.read({ prefix: '' })).revision).toBe(3);
    expect(await write(again, { kind: 'put', key: 'd', value: 'v' })).toBe(4);
    await again.close();
  });

  it('that is no database is named, with what to do', async () => {
    const file = join(folder, 'store.db');
    await writeFile(
      file,
      'this is a text of more than a hundred bytes, as SQLite wants to see its header whole. '.repeat(3),
    );
    expect(() => openEmbeddedStore({ file, clock: realClock })).toThrow(
      `open store ${file}: the file is damaged`,
    );
  });

  it('in a folder that does not exist is a permission error with the remedy', () => {
    expect(() => openEmbeddedStore({ file: join(folder, 'none', 'store.db'), clock: realClock })).toThrow(
      /does its folder exist/,
    );
  });

  it('written by a newer version is refused', async () => {
    const file = join(folder, 'store.db');
    const database = new DatabaseSync(file);
    database.exec('PRAGMA user_version = 7');
    database.close();
    expect(() => openEmbeddedStore({ file, clock: realClock })).toThrow(/format 7, this one knows 1/);
  });
});
