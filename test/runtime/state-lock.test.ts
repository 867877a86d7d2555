import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lockStateDir } from '../../src/runtime/state-lock.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'causeway-lock-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const module = new URL('../../src/runtime/state-lock.ts', import.meta.url).href;

/** Another process that holds the lock of the folder until it is killed. */
async function holder() {
  const script = `
    import { lockStateDir } from ${JSON.stringify(module)};
    lockStateDir(${JSON.stringify(folder)}, 'causeway-director');
    process.stdout.write('held');
    setInterval(() => {}, 1_000);`;
  const child = spawn(process.execPath, ['--no-warnings', '--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return child;
}

test('a second program is refused and told by whom; after a kill nothing is left to clean up', async () => {
  const child = await holder();
  expect(() => lockStateDir(folder, 'causeway-director')).toThrow(
    `lock state directory ${folder}: causeway-director (process ${child.pid}) is using it: stop that one`,
  );
  child.kill('SIGKILL');
  await once(child, 'exit');
  lockStateDir(folder, 'causeway-realserver').release();
  lockStateDir(folder, 'causeway-realserver').release();
}, 30_000);

test('it takes no room on the disk but for the line that names its holder', () => {
  const lock = lockStateDir(folder, 'causeway-director');
  expect(readdirSync(folder).toSorted()).toEqual(['lock', 'lock.holder']);
  expect(statSync(join(folder, 'lock')).size).toBe(0);
  lock.release();
});

test('a directory that is not there is made; what is none is said', () => {
  lockStateDir(join(folder, 'a', 'b'), 'causeway-director').release();
  writeFileSync(join(folder, 'file'), '');
  expect(() => lockStateDir(join(folder, 'file'), 'causeway-director')).toThrow(
    /^lock state directory .*file: .*--state-dir names another$/,
  );
});

test('two directories are two', () => {
  const one = lockStateDir(join(folder, 'one'), 'causeway-director');
  lockStateDir(join(folder, 'two'), 'causeway-director').release();
  one.release();
});
