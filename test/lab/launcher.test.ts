import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Launcher } from '../../src/lab/launcher.ts';

let folder: string;
let launcher: Launcher;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'causeway-launcher-'));
  launcher = new Launcher(join(folder, 'commands'));
});
afterAll(() => {
  launcher.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('the launcher', () => {
  it('runs a command and gives its output, words as they are', async () => {
    const words = `it's "$HOME" & \`so\`\n and \\n another line \n`;
    expect(await launcher.run(['printf', '%s', words])).toBe(words);
    expect(await launcher.run(['cat'], { input: 'in\n' })).toBe('in\n');
  });

  it('says what a command said when it failed', async () => {
    const failing = launcher.run(['sh', '-c', 'echo reason >&2; exit 3']);
    await expect(failing).rejects.toMatchObject({
      code: 'kernel',
      message: expect.stringContaining('reason'),
    });
  });

  it('ends a command that takes too long', async () => {
    const endless = launcher.run(['sleep', '1000'], { timeoutMs: 20 });
    await expect(endless).rejects.toMatchObject({ code: 'deadline' });
  });

  it('wakes, and says so', async () => {
    await launcher.wake();
    const gone = new Launcher(join(folder, 'gone'));
    gone.close();
    await gone.wake();
    await gone.wake();
  });

  it('feeds a program line by line, and tells its end', async () => {
    const log = join(folder, 'cat.log');
    const cat = launcher.start(['cat'], { input: true, log });
    cat.write('one\n');
    await cat.pid;
    cat.write('two\n');
    cat.closeInput();
    expect(await cat.ended).toBe(0);
    expect(readFileSync(log, 'utf8')).toBe('one\ntwo\n');
  });

  it('knows the process, and how it ended', async () => {
    const sleeper = launcher.start(['sleep', '1000']);
    expect(sleeper.status()).toBeUndefined();
    process.kill(await sleeper.pid, 'SIGKILL');
    expect(await sleeper.ended).toBe(137);
    expect(sleeper.status()).toBe(137);
  });
});
