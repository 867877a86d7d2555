/** A measurement in a process of its own, as a coordinator is: nobody else's garbage is collected in its time. */
import { execFileSync } from 'node:child_process';

const limitMs = 300_000;

/** Runs the file with these arguments and reads what it prints as JSON. */
export function inOwnProcess<Result>(file: string, ...argv: readonly string[]): Result {
  const text = execFileSync(process.execPath, ['--expose-gc', file, ...argv], {
    encoding: 'utf8',
    timeout: limitMs,
  });
  return JSON.parse(text);
}
