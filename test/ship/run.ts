// What `npm run test:ship` runs: all that an operator installs, as it is built, installed, started and taken away.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf } from '../../src/domain/error.ts';
import { failedCheck } from '../outcome.ts';
import { runShipSuite } from './suite.ts';

const results = mkdtempSync(join(tmpdir(), 'causeway-ship-'));
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => interrupted.abort(new Error(`ended by ${signal}`)));
}
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const notTried: string[] = [];
const { passed, failed, skipped, failures } = await runShipSuite({
  what: 'all',
  reportFile: join(results, 'ship.json'),
  say,
  notTried,
  output: {
    env: process.stdout.isTTY ? { FORCE_COLOR: '1' } : {},
    onStdout: (chunk) => void process.stdout.write(chunk),
    onStderr: (chunk) => void process.stderr.write(chunk),
    signal: interrupted.signal,
  },
}).catch((error: unknown) => {
  say(`causeway: ${messageOf(error)}`);
  return failedCheck(messageOf(error));
});
rmSync(results, { recursive: true, force: true });
for (const line of notTried) say(line);
for (const line of failures) say(`failed: ${line}`);
say(`${passed} passed, ${failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);
