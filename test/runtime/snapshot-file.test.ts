import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { snapshotChecksum } from '../../src/api/checksum.ts';
import { manifestChecksum } from '../../src/api/manifest.ts';
import { snapshotToText } from '../../src/api/stored-snapshot.ts';
import type { DirectorSnapshot, Snapshot } from '../../src/domain/snapshot.ts';
import { atOnce } from '../../src/domain/steps.ts';
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
  ['half of it', () => saved().slice(0, 300)],
  ['another kind', () => saved(realServerSnapshot())],
  ['a null', () => 'null'],
  ['a list', () => '[]'],
  ['a list in the place of a mapping', () => JSON.stringify({ ...JSON.parse(saved()), probe: [] })],
  ['a text in the place of a list', () => saved().replace('"vips":["192.0.2.10"]', '"vips":"192.0.2.10"')],
  ['a mapping in the place of a list', () => saved().replace('"vips":["192.0.2.10"]', '"vips":{"a":1}')],
  ['a word that is none', () => saved().replace('"wlc"', '"best"')],
  ['a changed content', () => saved().replace('"weight":50', '"weight":51')],
])('%s is not used, but kept beside', async (_, content) => {
  const path = join(folder, 'snapshot.json');
  const text = content();
  writeFileSync(path, text);
  const file = createSnapshotFile(path, 'director');
  await expect(file.load()).rejects.toThrow(
    `read snapshot ${path}: it is damaged and will not be used; the coordinator sends a new one`,
  );
  expect(readFileSync(`${path}.set-aside`, 'utf8')).toBe(text);
  expect(await file.load()).toBeUndefined();
});

test.each([
  ['as an older version wrote it', (snapshot: DirectorSnapshot) => JSON.stringify(older(snapshot))],
  [
    'of an older version that lacks lists and numbers at their defaults',
    (snapshot: DirectorSnapshot) => {
      const { deletedServices: _, force: __, ...lacking } = older(snapshot);
      const services = lacking.services.map(({ withdrawn, drainSeconds, persistenceSeconds, ...one }) => one);
      return JSON.stringify({ ...lacking, services });
    },
  ],
  [
    'with a key that this version does not know',
    (snapshot: DirectorSnapshot) => saved(snapshot).replace('{', '{"hologram":{"on":true},'),
  ],
])('%s it is read', async (_, write) => {
  const path = join(folder, 'snapshot.json');
  writeFileSync(path, write(directorSnapshot()));
  expect(await createSnapshotFile(path, 'director').load()).toEqual(directorSnapshot());
});

test.each(['director', 'realserver'] as const)(
  "a %s's file of the version before, and this version's as that one reads it",
  async (kind) => {
    const path = join(folder, 'snapshot.json');
    const recorded = join(import.meta.dirname, '..', 'api', 'recorded', `disk-${kind}.snapshot`);
    const text = readFileSync(recorded, 'utf8');
    writeFileSync(path, text);
    const file = createSnapshotFile<Snapshot['kind']>(path, kind);
    const snapshot = await file.load();
    if (snapshot === undefined) throw new Error('nothing was read');
    expect(snapshot.checksum).toBe(manifestChecksum(snapshot));
    await file.save({ ...snapshot, epoch: 7 });
    expect(await file.load()).toEqual({ ...snapshot, epoch: 7 });
    // What that version reads is just what it wrote.
    const { epoch, denied, ...readBefore } = JSON.parse(readFileSync(path, 'utf8'));
    expect(readBefore).toEqual(JSON.parse(text));
    // It passes over what came later.
    expect({ epoch, denied }).toEqual({ epoch: 7, denied: [] });
  },
);

test('what a version of before knows nothing of is kept, and makes that one refuse nothing', async () => {
  const path = join(folder, 'snapshot.json');
  const keys = [{ name: '', epoch: 7, keyHex: 'ab'.repeat(32) }];
  const alsoPorts = [{ address: '192.0.2.10', protocol: 'tcp', port: 8080 }] as const;
  const snapshot = realServerSnapshot({ keys, alsoPorts });
  const file = createSnapshotFile<Snapshot['kind']>(path, 'realserver');
  await file.save(snapshot);
  expect(await file.load()).toEqual(snapshot);
  const { checksum, realServer } = JSON.parse(readFileSync(path, 'utf8'));
  expect(realServer).toMatchObject({ keys, alsoPorts });
  expect(checksum).toBe(snapshotChecksum(realServerSnapshot()));
});

test('a damaged file is told of without a word of what is in it', async () => {
  const path = join(folder, 'snapshot.json');
  const keyHex = 'c0ffee'.repeat(8);
  for (const damage of [`"${keyHex}"x`, `"${keyHex}`, `"${keyHex}",,`]) {
    writeFileSync(
      path,
      saved(realServerSnapshot({ keys: [{ name: '', epoch: 7, keyHex }] })).replace(`"${keyHex}"`, damage),
    );
    const error = await createSnapshotFile(path, 'realserver')
      .load()
      .catch((reason: Error) => reason);
    expect(error).toBeInstanceOf(Error);
    const { message, cause } = error as Error;
    expect(`${message} ${String(cause)}`).not.toContain('c0ffee');
  }
});

/** Its checksum was over the whole. */
function older(snapshot: DirectorSnapshot): DirectorSnapshot {
  return { ...snapshot, checksum: snapshotChecksum(snapshot) };
}

function saved(snapshot: Snapshot = directorSnapshot()): string {
  return atOnce(snapshotToText(snapshot));
}
