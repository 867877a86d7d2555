import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type AppendedFile, openLineFile } from '../../src/runtime/line-file.ts';
import { createManualClock } from '../agents/manual-clock.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'causeway-lines-'));
  path = join(folder, 'audit.log');
});
afterEach(() => rmSync(folder, { recursive: true }));

const text = (name = path): string => readFileSync(name, 'utf8');

/** The real file, some of whose calls go another way. */
function opening(
  change: (handle: FileHandle) => Partial<AppendedFile>,
): (path: string) => Promise<AppendedFile> {
  return async (name) => {
    const handle = await open(name, 'a+', 0o600);
    return {
      stat: () => handle.stat(),
      read: (into, offset, length, position) => handle.read(into, offset, length, position),
      write: (bytes, offset) => handle.write(bytes, offset),
      datasync: () => handle.datasync(),
      close: () => handle.close(),
      ...change(handle),
    };
  };
}

test('lines are added to what is there, in order, for the owner alone', async () => {
  const file = openLineFile({ path, clock: createManualClock() });
  expect(await Promise.all(['a', 'b', 'c'].map((line) => file.write(line)))).toEqual([true, true, true]);
  await file.close();
  expect(text()).toBe('a\nb\nc\n');
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const next = openLineFile({ path, clock: createManualClock() });
  await next.write('d');
  await next.close();
  expect(text()).toBe('a\nb\nc\nd\n');
  expect(await next.write('e')).toBe(false);
});

test.each([
  ['renamed', () => renameSync(path, `${path}.1`)],
  ['deleted', () => renameSync(path, join(folder, 'gone'))],
])('where it was %s, the next line begins a new one', async (_, rotate) => {
  const file = openLineFile({ path, clock: createManualClock() });
  await file.write('before');
  rotate();
  await file.write('after');
  expect(text()).toBe('after\n');
  await file.close();
});

test('rotated by copying and cutting, or with a word to reopen, no line is lost', async () => {
  const file = openLineFile({ path, clock: createManualClock() });
  await file.write('before');
  writeFileSync(path, '');
  await file.write('cut');
  expect(text()).toBe('cut\n');
  file.reopen();
  await file.write('reopened');
  expect(text()).toBe('cut\nreopened\n');
  await file.close();
});

test('a line that somebody left unfinished keeps its place, and the next is a line of its own', async () => {
  appendFileSync(path, '{"half":');
  const file = openLineFile({ path, clock: createManualClock() });
  await file.write('whole');
  expect(text()).toBe('{"half":\nwhole\n');
  await file.close();
});

test('what can not be written is told, waits, and is written in order when it can', async () => {
  const clock = createManualClock();
  let room = 6;
  const file = openLineFile({
    path,
    clock,
    // A disk with room for so many bytes: a write is cut short, the next one fails.
    open: opening((handle) => ({
      async write(bytes, offset) {
        const fits = Math.min(room, bytes.length - offset);
        if (fits === 0) throw new Error('ENOSPC: no space left on device');
        room -= fits;
        return handle.write(bytes, offset, fits);
      },
    })),
  });
  const written = ['one', 'two', 'three'].map((line) => file.write(line));
  // The first was written, whether or not it is on the disk.
  await expect.poll(() => file.trouble()).toBe(`${path}: ENOSPC: no space left on device; 2 lines wait`);
  await clock.advance(1_000);
  // Nobody waits for longer.
  expect(await Promise.all(written)).toEqual([false, false, false]);
  room = 1_000;
  await clock.advance(5_000);
  await expect.poll(() => file.trouble()).toBeUndefined();
  expect(text()).toBe('one\ntw\ntwo\nthree\n');
  await file.close();
});

test('closed in the middle of a write, it closes behind all that was said until then', async () => {
  let isClosed = false;
  const open = opening((handle) => ({
    write: async (bytes, offset) => {
      expect(isClosed).toBe(false);
      return await handle.write(bytes, offset);
    },
    close: async () => {
      isClosed = true;
      await handle.close();
    },
  }));
  const file = openLineFile({ path, clock: createManualClock(), open });
  const written = [file.write('changed'), file.write('stopped')];
  await file.close();
  expect(await Promise.all(written)).toEqual([true, true]);
  expect({ isClosed, text: text() }).toEqual({ isClosed: true, text: 'changed\nstopped\n' });
});

test('a disk that does not answer holds nobody up, and is told', async () => {
  let answer = (): void => {};
  const hanging = () => ({
    datasync: () =>
      new Promise<void>((resolve) => {
        answer = resolve;
      }),
  });
  const clock = createManualClock();
  const file = openLineFile({ path, clock, open: opening(hanging) });
  const written = file.write('a');
  await expect.poll(() => text()).toBe('a\n');
  await clock.advance(6_000);
  expect(await written).toBe(false);
  expect(file.trouble()).toBe(`${path}: no answer for 6 s; 1 lines wait`);
  const big = 'x'.repeat(1 << 20);
  for (let lines = 0; lines < 20; lines += 1) void file.write(big);
  expect(file.trouble()).toContain('8 lines wait, 13 are lost');
  const closed = file.close();
  await clock.advance(1_000);
  await closed;
  answer();
});

test.each([
  ['a folder', () => folder, /EISDIR/],
  ['in no folder', () => join(folder, 'none', 'audit.log'), /ENOENT/],
  ['a device', () => '/dev/null', /it is no file/],
])('a path that is %s is told', async (_, wrong, reason) => {
  const clock = createManualClock();
  const file = openLineFile({ path: wrong(), clock });
  const written = file.write('a');
  await expect.poll(() => file.trouble()).toMatch(reason);
  await clock.advance(1_000);
  expect(await written).toBe(false);
  await file.close();
});
