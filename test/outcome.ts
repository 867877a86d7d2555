// How many tests passed, failed and were skipped, as one number of each for `npm test`.
import { existsSync, readFileSync } from 'node:fs';
import * as z from 'zod';

export interface Outcome {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export const nothing: Outcome = { passed: 0, failed: 0, skipped: 0 };
export const passedCheck: Outcome = { ...nothing, passed: 1 };
export const failedCheck: Outcome = { ...nothing, failed: 1 };

export function sum(outcomes: readonly Outcome[]): Outcome {
  return outcomes.reduce(
    (total, one) => ({
      passed: total.passed + one.passed,
      failed: total.failed + one.failed,
      skipped: total.skipped + one.skipped,
    }),
    nothing,
  );
}

const vitestReport = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  numTodoTests: z.number(),
});

/**
 * What vitest's JSON report in `file` says. A run that failed without a failed test (a file that does not load, an
 * error outside any test, a crash before the report) counts as one failure.
 */
export function readOutcome(file: string, exitStatus: number): Outcome {
  const report = existsSync(file)
    ? vitestReport.safeParse(JSON.parse(readFileSync(file, 'utf8')))
    : undefined;
  const counted: Outcome = report?.success
    ? {
        passed: report.data.numPassedTests,
        failed: report.data.numFailedTests,
        skipped: report.data.numPendingTests + report.data.numTodoTests,
      }
    : nothing;
  return exitStatus !== 0 && counted.failed === 0 ? { ...counted, failed: 1 } : counted;
}
