// What stands in an agent's way is said at its start, in one line with the remedy.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runHere } from './namespace.ts';
import { deadline } from './pace.ts';

const folder = mkdtempSync(join(tmpdir(), 'causeway-start-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const slowMs = deadline(120_000);
/** An agent looks for its address before anything else. */
const underlay = { device: 'cause-under', address: '198.51.100.9' };

function start(
  role: 'director' | 'realserver',
  ...more: string[]
): Promise<{ status: unknown; words: string }> {
  const bundle = fileURLToPath(new URL(`../../dist/causeway-${role}.mjs`, import.meta.url));
  const own = [
    '--site',
    'fra',
    '--name',
    'a',
    '--address',
    underlay.address,
    '--coordinators',
    '127.0.0.1:1',
  ];
  const argv = [bundle, ...own, '--state-dir', join(folder, role), '--http', 'off', ...more];
  return new Promise((resolve) => {
    execFile(process.execPath, argv, { timeout: slowMs }, (error, _stdout, stderr) =>
      resolve({ status: error === null ? 0 : error.code, words: stderr }),
    );
  });
}

beforeAll(async () => {
  await runHere(['ip', 'link', 'add', underlay.device, 'type', 'dummy']);
  await runHere(['ip', 'address', 'add', `${underlay.address}/24`, 'dev', underlay.device]);
  await runHere(['ip', 'link', 'set', underlay.device, 'up']);
});
afterAll(() => runHere(['ip', 'link', 'del', underlay.device]));

test("a device of our name that is somebody else's", { timeout: slowMs }, async () => {
  await runHere(['ip', 'link', 'add', 'cw-gre', 'type', 'dummy']);
  const { status, words } = await start('realserver');
  await runHere(['ip', 'link', 'del', 'cw-gre']);
  expect(words).toMatch(
    /^causeway-realserver: take over link cw-gre: a device of that name exists.*ip link delete cw-gre.*\n$/,
  );
  expect(status).toBe(1);
});

test("a table of our name that is somebody else's", { timeout: slowMs }, async () => {
  await runHere(['nft', 'add', 'table', 'inet', 'causeway_director']);
  const { status, words } = await start('director');
  await runHere(['nft', 'delete', 'table', 'inet', 'causeway_director']);
  expect(words).toMatch(
    /^causeway-director: take over nft table causeway_director: .*nft delete table inet causeway_director.*\n$/,
  );
  expect(status).toBe(1);
});

test('cleaning up where nothing is', { timeout: slowMs }, async () => {
  const ends = await Promise.all([start('realserver', '--cleanup'), start('director', '--cleanup')]);
  expect(ends).toEqual([
    { status: 0, words: '' },
    { status: 0, words: '' },
  ]);
});
