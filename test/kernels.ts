// What `npm run test:kernels` runs: the tests on a real kernel, on each kernel that Causeway is made for, one after the
// other, each in a machine of its own.
//   npm run test:kernels [-- --kernel SERIES …] [-- NAME …]      NAME: only the test files whose path contains it
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildAll } from '../deploy/build.ts';
import { messageOf } from '../src/domain/error.ts';
import { cacheFolder } from '../src/lab/backend/cache.ts';
import { guestImage } from '../src/lab/backend/guest-image.ts';
import { type KernelSeries, kernelSeries } from '../src/lab/backend/kernel-series.ts';
import { prepareLab } from '../src/lab/backend/prepare.ts';
import { root, runKernelSuite } from './kernel-suite.ts';
import { type KernelRun, kernelTable } from './kernel-table.ts';
import { failedCheck, sum } from './outcome.ts';

const { series, names } = readArguments();
const results = mkdtempSync(join(tmpdir(), 'causeway-kernels-'));
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => interrupted.abort(new Error(`ended by ${signal}`)));
}

const runs: KernelRun[] = [];
try {
  await prepareLab('vm', say);
  say('\n── programs in dist/');
  await buildAll({ log: say });
  for (const one of series) runs.push(await runOn(one));
} catch (error) {
  say(`causeway: ${messageOf(error)}`);
  for (const one of series.slice(runs.length)) runs.push(notRun(one, messageOf(error)));
}
rmSync(results, { recursive: true, force: true });
say(`\n${kernelTable(runs)}`);
const total = sum(runs);
if (total.passed + total.failed === 0) say(`no test matches ${names.join(' ')}`);
say(`${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed === 0 && total.passed > 0 ? 0 : 1);

function readArguments(): { series: readonly KernelSeries[]; names: string[] } {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { kernel: { type: 'string', multiple: true } },
    });
    const wanted = values.kernel ?? [];
    const unknown = wanted.find((name) => !kernelSeries.some((one) => one === name));
    if (unknown === undefined) {
      return {
        series: kernelSeries.filter((one) => wanted.length === 0 || wanted.includes(one)),
        names: positionals,
      };
    }
    say(`--kernel ${unknown}: expected one of ${kernelSeries.join(', ')}`);
  } catch (error) {
    say(messageOf(error));
  }
  process.exit(2);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function notRun(kernel: KernelSeries, reason: string): KernelRun {
  return { kernel, release: undefined, ...failedCheck(`Linux ${kernel}`), seconds: 0, reason };
}

/** A kernel that cannot be had or does not boot is one failure, and the others still have their turn. */
async function runOn(kernel: KernelSeries): Promise<KernelRun> {
  if (interrupted.signal.aborted) return notRun(kernel, messageOf(interrupted.signal.reason));
  say(`\n── Linux ${kernel}`);
  let release: string | undefined;
  const startedAt = performance.now();
  const seconds = (): number => (performance.now() - startedAt) / 1000;
  try {
    ({ release } = await guestImage(cacheFolder(), say, kernel));
    say(`booting ${release} …`);
    const outcome = await runKernelSuite({
      backend: 'vm',
      kernel,
      names,
      slow: true,
      reportFile: join(results, `${kernel}.json`),
      say,
      output: {
        cwd: root,
        env: process.stdout.isTTY ? { FORCE_COLOR: '1' } : {},
        onStdout: (chunk) => void process.stdout.write(chunk),
        onStderr: (chunk) => void process.stderr.write(chunk),
        signal: interrupted.signal,
      },
    });
    return { kernel, release, ...outcome, seconds: seconds(), reason: undefined };
  } catch (error) {
    const reason = messageOf(interrupted.signal.aborted ? interrupted.signal.reason : error);
    say(`causeway: ${reason}`);
    return { kernel, release, ...failedCheck(`Linux ${kernel}`), seconds: seconds(), reason };
  }
}
