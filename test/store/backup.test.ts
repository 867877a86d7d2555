import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { realClock } from '../../src/runtime/system-clock.ts';
import { formatBackup, parseBackup } from '../../src/store/backup.ts';
import { openEmbeddedStore } from '../../src/store/embedded.ts';
import { revisionKey } from '../../src/store/keys.ts';
import { openStateStore } from '../../src/store/mark.ts';
import { restoreStore } from '../../src/store/restore.ts';
import type { Store } from '../../src/store/store.ts';
import { write } from './writing.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'causeway-backup-'));
});
afterEach(() => rm(folder, { recursive: true }));

const put = (store: Store, key: string, value: string) => write(store, { kind: 'put', key, value });

/** Its timers run when they are told to. */
function open(due: (() => void)[] = []): Promise<Store> {
  return openStateStore({
    folder,
    clock: {
      ...realClock,
      after: (_, run) => {
        due.push(run);
        return { cancel: () => void due.splice(due.indexOf(run), 1) };
      },
    },
    onUnmarked: (error) => {
      throw error;
    },
  });
}

describe('a backup', () => {
  it('restored is the store as it was, revisions included; the one that was there is kept', async () => {
    const store = await open();
    await put(store, 'a', 'one\n"two" \u{1f600}');
    await put(store, 'b', 'x');
    await put(store, 'a', 'y');
    const before = await store.read({ prefix: '' });
    const text = formatBackup(before);
    await put(store, 'c', 'later');
    await store.close();

    const aside = await restoreStore(folder, parseBackup(text, 'f'), '2030-01-31');
    expect(aside).toBe(join(folder, 'store.db.before-2030-01-31'));
    const restored = await open();
    expect(await restored.read({ prefix: '' })).toEqual(before);
    expect(await put(restored, 'd', 'z')).toBe(before.revision + 1);
    await restored.close();
    const old = openEmbeddedStore({ file: aside ?? '', clock: realClock });
    expect((await old.read({ prefix: '' })).entries.map(({ key }) => key)).toEqual(['a', 'b', 'c']);
    await old.close();
    expect(await readdir(folder)).not.toContain('store.db.restoring');
  });

  it('leaves out what lives by a lease', async () => {
    const store = await open();
    await put(store, 'a', 'x');
    const { id } = await store.lease(60_000);
    await write(store, { kind: 'put', key: 'live/b', value: 'y', lease: id });
    const text = formatBackup(await store.read({ prefix: '' }));
    expect(parseBackup(text, 'f').entries.map(({ key }) => key)).toEqual(['a']);
    await store.close();
  });

  it('of an empty store, into an empty directory', async () => {
    const text = formatBackup({ entries: [], revision: 0 });
    expect(await restoreStore(folder, parseBackup(text, 'f'), 'now')).toBeUndefined();
    const store = await open();
    expect(await store.read({ prefix: '' })).toEqual({ entries: [], revision: 0 });
    await store.close();
  });

  const entries = [{ key: 'a', value: 'b', createRevision: 1, modRevision: 2 }];
  const whole = formatBackup({ entries, revision: 2 });
  it.each<[string, string, string]>([
    ['nothing', '', 'it is no backup of Causeway'],
    ['another file', '{"a":1}\n', 'it is no backup of Causeway'],
    ['cut off', whole.slice(0, -5), 'it is damaged or cut off'],
    ['changed', whole.replace('"b"', '"c"'), 'it is damaged or cut off'],
    ['without its entries', `${whole.split('\n')[0]}\n`, 'it is damaged or cut off'],
    [
      'of a newer version',
      whole.replace('"causewayBackup":1', '"causewayBackup":9'),
      'format 9, this one knows 1',
    ],
  ])('%s is refused', (_, text, reason) => {
    expect(() => parseBackup(text, 'b.txt')).toThrow(`read backup b.txt: `);
    expect(() => parseBackup(text, 'b.txt')).toThrow(reason);
  });
});

describe('a store that holds less than it did', () => {
  const settle = async (due: (() => void)[]) => {
    for (const run of due.splice(0)) run();
    await expect.poll(() => readFile(join(folder, 'store.mark'), 'utf8').catch(() => '')).not.toBe('');
  };
  async function filled(): Promise<void> {
    const store = await open();
    for (const key of ['a', 'b', 'c']) await put(store, key, 'x');
    await store.close();
    expect(await readFile(join(folder, 'store.mark'), 'utf8')).toBe('{"revision":3}\n');
  }

  it.each<[string, () => Promise<unknown>, string]>([
    ['that is gone', () => rm(join(folder, 'store.db')), 'it is empty'],
    ['that was emptied', () => writeFile(join(folder, 'store.db'), ''), 'it is empty'],
    [
      'of which an old copy was put back',
      async () => {
        const old = openEmbeddedStore({ file: join(folder, 'old.db'), clock: realClock });
        await put(old, 'a', 'x');
        await old.close();
        await writeFile(join(folder, 'store.db'), await readFile(join(folder, 'old.db')));
      },
      'it is of revision 1',
    ],
  ])('%s begins nothing, and says what to do', async (_, spoil, what) => {
    await filled();
    await spoil();
    await expect(open()).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining(`open store ${folder}/store.db: ${what}, and was at revision 3`),
    });
    await expect(open()).rejects.toThrow(`causeway restore FILE`);
    await rm(join(folder, 'store.mark'));
    await (await open()).close();
  });

  it('an old copy that has come to the revision of before is found out by the history that it lacks', async () => {
    const store = await open();
    for (const number of [1, 2]) await put(store, revisionKey(number), 'x');
    await store.close();
    const old = openEmbeddedStore({ file: join(folder, 'old.db'), clock: realClock });
    for (const key of [revisionKey(1), 'campaigns/a', 'campaigns/b']) await put(old, key, 'x');
    await old.close();
    await writeFile(join(folder, 'store.db'), await readFile(join(folder, 'old.db')));
    await expect(open()).rejects.toThrow(
      'it has the history up to change 1, and had it up to 2: it was emptied',
    );
  });

  it('its file alone holds what was written a moment ago, so that a copy of it is no empty store', async () => {
    const due: (() => void)[] = [];
    const store = await open(due);
    await put(store, 'a', 'x');
    await settle(due);
    const copy = join(folder, 'copy.db');
    await writeFile(copy, await readFile(join(folder, 'store.db')));
    const other = openEmbeddedStore({ file: copy, clock: realClock });
    expect((await other.read({ prefix: '' })).entries).toHaveLength(1);
    await other.close();
    await store.close();
  });

  it('a mark that takes longer to write than the next one waits is not overtaken by it', async () => {
    const due: (() => void)[] = [];
    const store = await open(due);
    for (let count = 0; count < 20; count += 1) {
      await put(store, 'a', String(count));
      for (const run of due.splice(0)) run();
    }
    await store.close();
    expect(await readFile(join(folder, 'store.mark'), 'utf8')).toBe('{"revision":20}\n');
  });

  it('a mark that can not be read is as none', async () => {
    await filled();
    await writeFile(join(folder, 'store.mark'), 'x');
    const store = await open();
    expect((await store.read({ prefix: '' })).revision).toBe(3);
    await store.close();
  });
});
