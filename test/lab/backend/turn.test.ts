import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { takeTurn } from '../../../src/lab/backend/turn.ts';

let cache: string;
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'causeway-turn-'));
});
afterEach(() => rmSync(cache, { recursive: true }));

const silent = (): void => {};

describe('one lab machine at a time', () => {
  test('a turn taken leaves one file, a turn ended none', async () => {
    const end = await takeTurn(cache, silent);
    expect(readdirSync(cache)).toEqual(['turn']);
    end();
    expect(readdirSync(cache)).toEqual([]);
  });

  test('the turn of a process that is dead is over', async () => {
    writeFileSync(join(cache, 'turn'), '999999999 1');
    const end = await takeTurn(cache, silent);
    end();
    expect(readdirSync(cache)).toEqual([]);
  });

  test.each([
    ['the turn of a live process is waited for', 'turn'],
    ['whoever has waited for longer goes first', 'turn.1'],
  ])('%s, and said so once; an abort ends the wait', async (_, file) => {
    // Process 1 lives as long as the machine; its start stands in field 22 of stat.
    const stat = readFileSync('/proc/1/stat', 'utf8');
    const start = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    writeFileSync(join(cache, file), `1 ${start}`);
    utimesSync(join(cache, file), 1, 1);
    const said: string[] = [];
    const stop = new AbortController();
    const turn = takeTurn(
      cache,
      (line) => {
        said.push(line);
        stop.abort();
      },
      stop.signal,
    );
    await expect(turn).rejects.toThrow();
    expect(said).toEqual(['waiting: process 1 runs a lab on this machine']);
  });

  test('whoever waited and died, or came later, is waited for by nobody', async () => {
    writeFileSync(join(cache, 'turn.999999999'), '999999999 1');
    utimesSync(join(cache, 'turn.999999999'), 1, 1);
    const end = await takeTurn(cache, silent);
    expect(readdirSync(cache).sort()).toEqual(['turn', 'turn.999999999']);
    end();
  });
});
