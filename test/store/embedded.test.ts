import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openEmbeddedStore } from '../../src/store/embedded.ts';
import { storeContract } from './contract.ts';

storeContract('embedded', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'causeway-store-'));
  return {
    open: async (options) => openEmbeddedStore({ file: join(folder, 'store.db'), ...options }),
    dispose: () => rm(folder, { recursive: true }),
  };
});

describe('the file of the embedded store', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'causeway-store-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('is durable: WAL, synchronous FULL', async () => {
    const file = join(folder, 'store.db');
    const store = openEmbeddedStore({ file });
    await store.commit({ conditions: [], writes: [{ kind: 'put', key: 'k', value: 'v' }] });
    await store.close();
    const database = new DatabaseSync(file);
    expect(database.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
    database.close();
  });

  it('on a full disk says so, keeps what it had, and goes on when there is room', async () => {
    const store = openEmbeddedStore({ file: join(folder, 'store.db'), pagesAtMost: 16 });
    const put = (key: string, value: string) =>
      store.commit({ conditions: [], writes: [{ kind: 'put', key, value }] });
    await put('a', 'small');
    const { revision } = await put('b', 'x'.repeat(10_000));
    for (const key of ['c', 'd']) {
      await expect(put(key, 'x'.repeat(200_000))).rejects.toMatchObject({
        code: 'unavailable',
        message: expect.stringMatching(/^write .*store\.db: the disk refuses \(database or disk is full\)/),
      });
    }
    const { entries } = await store.list('');
    expect([entries.map(({ key }) => key), (await store.list('')).revision]).toEqual([['a', 'b'], revision]);
    expect(await put('a', 'smaller')).toEqual({ committed: true, revision: revision + 1 });
    await store.close();
  });

  it('that has lost the row which says how far it is, is as far as its entries', async () => {
    const file = join(folder, 'store.db');
    const store = openEmbeddedStore({ file });
    for (const key of ['a', 'b', 'c'])
      await store.commit({ conditions: [], writes: [{ kind: 'put', key, value: 'v' }] });
    await store.close();
    const database = new DatabaseSync(file);
    database.exec('DELETE FROM position');
    database.close();
    const again = openEmbeddedStore({ file });
    expect((await again.list('')).revision).toBe(3);
    const written = await again.commit({ conditions: [], writes: [{ kind: 'put', key: 'd', value: 'v' }] });
    expect(written.revision).toBe(4);
    await again.close();
  });

  it('that is no database is named, with what to do', async () => {
    const file = join(folder, 'store.db');
    await writeFile(
      file,
      'this is a text of more than a hundred bytes, as SQLite wants to see its header whole. '.repeat(3),
    );
    expect(() => openEmbeddedStore({ file })).toThrow(`open store ${file}: the file is damaged`);
  });

  it('in a folder that does not exist is a permission error with the remedy', () => {
    expect(() => openEmbeddedStore({ file: join(folder, 'none', 'store.db') })).toThrow(
      /does its folder exist/,
    );
  });

  it('written by a newer version is refused', async () => {
    const file = join(folder, 'store.db');
    const database = new DatabaseSync(file);
    database.exec('PRAGMA user_version = 7');
    database.close();
    expect(() => openEmbeddedStore({ file })).toThrow(/format 7, this one knows 1/);
  });
});
