// The tests on a real kernel (test/kernel), run once on one kernel; what `npm test` and `npm run test:kernels` share.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BackendKind } from '../src/lab/backend/choose.ts';
import type { KernelSeries } from '../src/lab/backend/kernel-series.ts';
import { type LabRunOptions, runInLab } from '../src/lab/backend/run-in-lab.ts';
import { ensureSystemPackages, need } from '../src/lab/system-packages.ts';
import { type Outcome, readOutcome } from './outcome.ts';

export const root = fileURLToPath(new URL('..', import.meta.url));
export const vitest = [
  process.execPath,
  join(root, 'node_modules', 'vitest', 'vitest.mjs'),
  'run',
  '--passWithNoTests',
];
const slowStories = 'test/kernel/slow/**';
/** Under emulation, on two busy cores, with a process beside them that takes one. */
const timeoutMs = 2_700_000;
/** Three stories at a time, each of up to five Node processes: with less, the kernel drops pages of the programs and reads them again. */
const memoryMiB = 4_096;

/** Real daemons that tell the network what directors claim. */
const neighbours = [
  need('bird', 'bird2'),
  need('keepalived', 'keepalived'),
  need('bgpd of FRR', 'frr', () => existsSync('/usr/lib/frr/bgpd')),
];

export interface KernelSuite {
  readonly backend: BackendKind;
  readonly kernel?: KernelSeries;
  /** Only the files whose path contains one of them; empty: all. */
  readonly names: readonly string[];
  /** Also the stories of a minute and more each. */
  readonly slow: boolean;
  /** Where vitest's report goes. */
  readonly reportFile: string;
  readonly say: (line: string) => void;
  readonly output: Pick<LabRunOptions, 'cwd' | 'env' | 'onStdout' | 'onStderr' | 'signal'>;
}

/** What vitest is to print for people, and to write into `file` for `readOutcome`. */
export function reporting(file: string): string[] {
  return ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
}

/** Throws what booting the machine throws, or `deadline` after three quarters of an hour of tests. */
export async function runKernelSuite(suite: KernelSuite): Promise<Outcome> {
  const { backend, kernel, names, slow, reportFile, say } = suite;
  const config = ['--config', join('test', 'kernel', 'vitest.config.ts'), '--configLoader', 'native'];
  const without = slow ? [] : ['--exclude', slowStories];
  await ensureSystemPackages(backend, say, neighbours);
  const { exitStatus } = await runInLab(
    [...vitest, ...config, ...reporting(reportFile), ...without, ...names],
    {
      ...suite.output,
      ...(kernel === undefined ? {} : { kernel }),
      backend,
      memoryMiB,
      timeoutMs,
      log: say,
      onReady: (bootMs) => {
        if (backend === 'vm') say(`booted in ${(bootMs / 1000).toFixed(1)} s`);
      },
    },
  );
  return readOutcome(reportFile, exitStatus);
}
