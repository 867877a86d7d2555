import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { failedCheck, passedCheck, readOutcome, sum } from './outcome.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'outcome-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const report = (
  passed: number,
  failures: readonly string[],
  pending = 0,
  ofFile: { status: string; message: string } = { status: 'passed', message: '' },
): string =>
  JSON.stringify({
    numPassedTests: passed,
    numFailedTests: failures.length,
    numPendingTests: pending,
    numTodoTests: 0,
    testResults: [
      {
        name: join(process.cwd(), 'test', 'a.test.ts'),
        ...ofFile,
        assertionResults: [
          { fullName: 'a story passes', status: 'passed', failureMessages: [] },
          ...failures.map((fullName) => ({
            fullName,
            status: 'failed',
            failureMessages: ['AssertionError: no\n    at x'],
          })),
        ],
      },
    ],
  });

const ended = (status: number): string => `vitest ended with status ${status}`;
const tooFew = { status: 'failed', message: 'Error: no such module\n  at y' };

describe('readOutcome', () => {
  it.each([
    { name: 'all well', text: report(3, []), status: 0, outcome: [3, 0, 0], failures: [] },
    {
      name: 'failures are counted once, each with its file and the first line of why',
      text: report(3, ['one', 'two']),
      status: 1,
      outcome: [3, 2, 0],
      failures: ['test/a.test.ts > one: AssertionError: no', 'test/a.test.ts > two: AssertionError: no'],
    },
    { name: 'skipped tests show', text: report(3, [], 1), status: 0, outcome: [3, 0, 1], failures: [] },
    {
      name: 'a file that did not load',
      text: report(3, [], 0, tooFew),
      status: 1,
      outcome: [3, 1, 0],
      failures: ['test/a.test.ts: Error: no such module'],
    },
    {
      name: 'an error outside any test',
      text: report(3, []),
      status: 1,
      outcome: [3, 1, 0],
      failures: [ended(1)],
    },
    {
      name: 'a run without a report',
      text: undefined,
      status: 137,
      outcome: [0, 1, 0],
      failures: [ended(137)],
    },
    {
      name: 'a report of another shape',
      text: '{}',
      status: 1,
      outcome: [0, 1, 0],
      failures: [ended(1)],
    },
  ])('$name', ({ text, status, outcome: [passed, failed, skipped], failures }) => {
    const file = join(folder, 'report.json');
    if (text !== undefined) writeFileSync(file, text);
    expect(readOutcome(file, status)).toEqual({ passed, failed, skipped, failures });
  });
});

describe('sum', () => {
  it('adds each number', () => {
    const four = { passed: 4, failed: 0, skipped: 2, failures: [] };
    expect(sum([passedCheck, failedCheck('style'), four])).toEqual({
      passed: 5,
      failed: 1,
      skipped: 2,
      failures: ['style'],
    });
  });
});
