import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createFileShare, parseShare } from '../../../agents/realserver/load-file.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'causeway-load-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test.each([
  ['0', 0],
  ['0.25\n', 0.25],
  [' 1 ', 1],
  ['.5', 0.5],
  ['2', 2],
  ['1e-1', 0.1],
  ['2.01', undefined],
  ['-0.1', undefined],
  ['0.5 0.6', undefined],
  ['50%', undefined],
  ['NaN', undefined],
  ['Infinity', undefined],
  ['0x1', undefined],
  ['', undefined],
  ['\n', undefined],
])('%j says %s', (text, expected) => {
  expect(parseShare(text)).toBe(expected);
});

function written(text: string, ageMs: number) {
  const path = join(folder, 'load');
  writeFileSync(path, text);
  return createFileShare(path, { nowMs: () => statSync(path).mtimeMs + ageMs });
}

test('a file says what a program wrote to it in the last half minute', async () => {
  expect(await written('0.7\n', 30_000)()).toBe(0.7);
  // Clocks of files and hosts differ.
  expect(await written('0.8\n', -1_000)()).toBe(0.8);
});

test('why it does not is told in one line', async () => {
  await expect(written('0.7', 30_001)()).rejects.toThrow(/load: it was last written more than 30 s ago$/);
  await expect(written('much', 0)()).rejects.toThrow(/load: it holds no number from 0 to 2$/);
  await expect(written('0'.repeat(300), 0)()).resolves.toBe(0);
  const absent = createFileShare(join(folder, 'absent'), { nowMs: () => 0 });
  await expect(absent()).rejects.toThrow(/^read load .*absent: ENOENT/);
  mkdirSync(join(folder, 'sub'));
  await expect(createFileShare(join(folder, 'sub'), { nowMs: () => 0 })()).rejects.toThrow(/EISDIR/);
});
