// How many tests passed, failed and were skipped, as one number of each for `npm test`, and which ones failed.
import { existsSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
import * as z from 'zod';

export interface Outcome {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** What failed, a line each, for the end of a long log: of which often nothing else is kept. */
  readonly failures: readonly string[];
}

export const nothing: Outcome = { passed: 0, failed: 0, skipped: 0, failures: [] };
export const passedCheck: Outcome = { ...nothing, passed: 1 };
export const failedCheck = (title: string): Outcome => ({ ...nothing, failed: 1, failures: [title] });

export function sum(outcomes: readonly Outcome[]): Outcome {
  return outcomes.reduce(
    (total, one) => ({
      passed: total.passed + one.passed,
      failed: total.failed + one.failed,
      skipped: total.skipped + one.skipped,
      failures: [...total.failures, ...one.failures],
    }),
    nothing,
  );
}

const vitestReport = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  numTodoTests: z.number(),
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string(),
      assertionResults: z.array(
        z.object({ fullName: z.string(), status: z.string(), failureMessages: z.array(z.string()) }),
      ),
    }),
  ),
});
type FileReport = z.infer<typeof vitestReport>['testResults'][number];

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
        failures: report.data.testResults.flatMap(failuresOf),
      }
    : nothing;
  if (exitStatus === 0 || counted.failed > 0) return counted;
  const { failures } = counted;
  return {
    ...counted,
    failed: 1,
    failures: failures.length > 0 ? failures : [`vitest ended with status ${exitStatus}`],
  };
}

function failuresOf({ name, status, message, assertionResults }: FileReport): string[] {
  const place = relative(process.cwd(), name);
  const failed = assertionResults.filter((one) => one.status === 'failed');
  if (failed.length === 0) return status === 'failed' ? [`${place}: ${firstLine(message)}`] : [];
  return failed.map((one) => `${place} > ${one.fullName}: ${firstLine(one.failureMessages[0])}`);
}

const firstLine = (text = ''): string => text.split('\n', 1)[0] ?? '';
