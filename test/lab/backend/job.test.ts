import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { jobScript } from '../../../src/lab/backend/job.ts';

function runScript(argv: readonly string[], cwd = '/', env: Record<string, string> = {}): string {
  return execFileSync('sh', ['-c', jobScript(argv, cwd, env)], { encoding: 'utf8' });
}

describe('jobScript', () => {
  it.each([["it's"], ['a "b" `c`'], ['$HOME'], ['two\nlines'], [''], ['*'], ['\\'], ['ünï']])(
    'hands over %j whole',
    (word) => {
      expect(runScript(['printf', '[%s]', word])).toBe(`[${word}]`);
    },
  );

  it('sets the environment and the folder', () => {
    expect(runScript(['sh', '-c', 'echo "$PWD $X"'], '/usr', { X: "q'q" })).toBe("/usr q'q\n");
  });

  it('ends with the status that a shell gives to a missing folder', () => {
    expect(() => runScript(['true'], '/no such folder')).toThrow(expect.objectContaining({ status: 126 }));
  });
});
