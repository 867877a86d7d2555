// The runs of the kernel tests, one kernel a row, as people read them.
import type { KernelSeries } from '../src/lab/backend/kernel-series.ts';
import type { Outcome } from './outcome.ts';

export interface KernelRun extends Outcome {
  readonly kernel: KernelSeries;
  /** As `uname -r` says it; unknown where it could not be had. */
  readonly release: string | undefined;
  readonly seconds: number;
  /** Why the tests did not run to their end there. */
  readonly reason: string | undefined;
}

const heads = ['kernel', 'version', 'passed', 'failed', 'skipped', 'seconds'];
const numbersFrom = 2;

/** The table, and below it which tests failed and why a kernel's did not run to their end, one line each. */
export function kernelTable(runs: readonly KernelRun[]): string {
  const rows = runs.map((run) => [
    run.kernel,
    run.release ?? '-',
    ...[run.passed, run.failed, run.skipped, Math.round(run.seconds)].map(String),
  ]);
  const widths = heads.map((head, column) =>
    Math.max(head.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const lines = [heads, ...rows].map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return column < numbersFrom ? cell.padEnd(width) : cell.padStart(width);
      })
      .join('  ')
      .trimEnd(),
  );
  const reasons = runs.flatMap(({ kernel, reason, failures }) =>
    (reason === undefined ? failures : [reason]).map(
      (why) => `Linux ${kernel} failed: ${why.split('\n')[0]}`,
    ),
  );
  return [...lines, ...reasons].join('\n');
}
