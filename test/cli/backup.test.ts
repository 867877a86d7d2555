import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lockStateDir } from '../../src/runtime/state-lock.ts';
import { realClock } from '../../src/runtime/system-clock.ts';
import { formatBackup } from '../../src/store/backup.ts';
import { openEmbeddedStore } from '../../src/store/embedded.ts';
import { fakeCoordinator } from './fake-coordinator.ts';
import { run } from './fake-io.ts';
import { status } from './status.fixture.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'causeway-restore-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const admin = fakeCoordinator(status);
const entries = [{ key: 'resources/Site/fra', value: '{}', createRevision: 1, modRevision: 1 }];
const text = formatBackup({ entries, revision: 4 });

test('a backup is one file, and overwrites none unasked', async () => {
  expect(await run('backup all.causeway', { admin })).toMatchObject({
    status: 0,
    out: 'Backup of 11 bytes written to all.causeway.\n',
    written: { 'all.causeway': 'everything\n' },
  });
  const files = { 'all.causeway': 'old' };
  expect(await run('backup all.causeway', { admin, files })).toMatchObject({
    status: 1,
    err: 'all.causeway: is there already; --force overwrites it\n',
    written: {},
  });
  expect((await run('backup all.causeway --force', { admin, files })).written).toEqual({
    'all.causeway': 'everything\n',
  });
});

test('a restore needs no coordinator, and keeps what was there', async () => {
  const files = { 'all.causeway': text };
  const first = await run(`restore all.causeway --state-dir ${folder}`, { admin, files });
  expect(first).toMatchObject({ status: 0, connections: [] });
  expect(first.out).toBe(`1 records of revision 4 restored into ${folder}. Start the coordinator.\n`);
  const second = await run(`restore all.causeway --state-dir ${folder}`, { admin, files });
  expect(second.out).toContain(
    `the store that was there is now ${folder}/store.db.before-1970-01-01T00-16-40-000Z`,
  );
  const store = openEmbeddedStore({ file: join(folder, 'store.db'), clock: realClock });
  expect(await store.read({ prefix: '' })).toEqual({ entries, revision: 4 });
  await store.close();
});

test('a damaged file changes nothing', async () => {
  const files = { 'all.causeway': text.slice(0, -3) };
  const { status, err } = await run(`restore all.causeway --state-dir ${folder}`, { admin, files });
  expect([status, err]).toEqual([
    1,
    'causeway: read backup all.causeway: it is damaged or cut off: its checksum is not what its first line says\n',
  ]);
  expect(readdirSync(folder)).toEqual([]);
  expect((await run(`restore none --state-dir ${folder}`, { admin })).err).toContain('none: cannot be read');
});

test('a coordinator whose store is an etcd is restored there', async () => {
  writeFileSync(join(folder, 'etcd.mark'), '{"revision":7}\n');
  const files = { 'all.causeway': text };
  const { status, err } = await run(`restore all.causeway --state-dir ${folder}`, { admin, files });
  expect(status).toBe(1);
  expect(err).toContain(
    'the store of this coordinator is an etcd, which is restored by its own means: etcdutl',
  );
  expect(readdirSync(folder)).toEqual(['etcd.mark']);
});

test('a directory that a coordinator uses is left alone', async () => {
  const files = { 'all.causeway': text };
  const lock = lockStateDir(folder, 'causeway-coordinator');
  const { status, err } = await run(`restore all.causeway --state-dir ${folder}`, { admin, files });
  expect(status).toBe(1);
  expect(err).toContain(`causeway-coordinator (process ${process.pid}) is using it`);
  lock.release();
}, 20_000);
