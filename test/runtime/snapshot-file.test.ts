import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createSnapshotFile } from '../../src/runtime/snapshot-file.ts';
import { directorSnapshot, realServerSnapshot } from '../agents/snapshots.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'causeway-snapshot-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('what was saved is loaded; none is none; removed is none', async () => {
  const file = createSnapshotFile(join(folder, 'state', 'snapshot.json'), 'director');
  expect(await file.load()).toBeUndefined();
  await file.save(directorSnapshot());
  expect(await file.load()).toEqual(directorSnapshot());
  await file.remove();
  await file.remove();
  expect(await file.load()).toBeUndefined();
});

test.each([
  ['no JSON', () => 'version: 1'],
  ['nothing', () => ''],
  ['another kind', () => JSON.stringify(realServerSnapshot())],
  ['a null', () => 'null'],
  ['a changed content', () => JSON.stringify({ ...directorSnapshot(), services: [] })],
])('%s is not used', async (_, content) => {
  const path = join(folder, 'snapshot.json');
  writeFileSync(path, content());
  await expect(createSnapshotFile(path, 'director').load()).rejects.toThrow(
    `read snapshot ${path}: it is damaged and will not be used; the coordinator sends a new one`,
  );
  expect(readFileSync(path, 'utf8')).toBe(content());
});
