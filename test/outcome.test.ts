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

const report = (passed: number, failed: number, pending = 0): string =>
  JSON.stringify({
    numPassedTests: passed,
    numFailedTests: failed,
    numPendingTests: pending,
    numTodoTests: 0,
  });

describe('readOutcome', () => {
  it.each([
    { name: 'all well', text: report(3, 0), status: 0, outcome: [3, 0, 0] },
    { name: 'failures are counted once', text: report(3, 2), status: 1, outcome: [3, 2, 0] },
    { name: 'skipped tests show', text: report(3, 0, 1), status: 0, outcome: [3, 0, 1] },
    { name: 'a file that did not load', text: report(3, 0), status: 1, outcome: [3, 1, 0] },
    { name: 'a run without a report', text: undefined, status: 137, outcome: [0, 1, 0] },
    { name: 'a report of another shape', text: '{}', status: 1, outcome: [0, 1, 0] },
  ])('$name', ({ text, status, outcome: [passed, failed, skipped] }) => {
    const file = join(folder, 'report.json');
    if (text !== undefined) writeFileSync(file, text);
    expect(readOutcome(file, status)).toEqual({ passed, failed, skipped });
  });
});

describe('sum', () => {
  it('adds each number', () => {
    expect(sum([passedCheck, failedCheck, { passed: 4, failed: 0, skipped: 2 }])).toEqual({
      passed: 5,
      failed: 1,
      skipped: 2,
    });
  });
});
