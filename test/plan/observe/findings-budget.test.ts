// A fleet of which each host has something to say: what of it is told at once is bounded, and what fails is not kept back by what warns.
import { expect, test } from 'vitest';
import { emptyReport } from '../../../src/domain/agent-message.ts';
import type { ExaminationReport, Finding } from '../../../src/domain/finding.ts';
import type { AgentWord } from '../../../src/plan/observe/agent-word.ts';
import { digestOf } from '../../../src/plan/observe/digest.ts';
import { createFindingsBudget } from '../../../src/plan/observe/findings-budget.ts';

const warning: Finding = { id: 'cloud', level: 'warns', what: 'a'.repeat(95), why: '' };
const failure: Finding = { id: 'arp', level: 'fails', what: 'b'.repeat(47), why: '', mend: 'c'.repeat(50) };
const saying = (...findings: Finding[]): ExaminationReport => ({ findings, well: 9, sinceMs: 1 });
const leftOut = (count: number, level: Finding['level']) =>
  expect.objectContaining({ id: 'left-out', level, what: expect.stringMatching(`^${count} more: `) });

test('it is told as it is until the characters are spent, and then how many there are and how bad; commands count', () => {
  const within = createFindingsBudget(200);
  const first = saying(warning, failure);
  expect(within(first)).toBe(first);
  expect(within(saying(warning, failure)).findings).toEqual([warning, failure]);
  expect(within(saying(warning, warning))).toEqual(saying(leftOut(2, 'warns')));
  expect(within(saying(failure, warning))).toEqual(saying(leftOut(2, 'fails')));
});

test('what fails is told though all the others have much to warn of', () => {
  const within = createFindingsBudget(200);
  for (let host = 0; host < 10; host += 1) within(saying(warning));
  expect(within(saying(failure, warning)).findings).toEqual([failure, leftOut(1, 'warns')]);
});

test('what a site tells others of its hosts is no more than a megabyte, and a line for each beyond', () => {
  const many = saying(...Array.from({ length: 32 }, () => ({ ...failure, what: 'd'.repeat(500) })));
  const words = Array.from({ length: 2_000 }, (_, index): AgentWord => {
    const name = `r${index}`;
    const report = { ...emptyReport, examination: many };
    const applied = { version: 0, checksum: '' };
    const told = { reportedAtMs: 0, lastSeenMs: 0, wanted: undefined, applied, refusal: '' };
    return { role: 'realserver', name, isConnected: true, report, ...told };
  });
  const taken = { coordinator: 'a', site: 'fra', takenAtMs: 0, monotonicMs: 0, publishedRevision: 1 };
  const { agents } = digestOf(taken, words, []);
  expect(agents.every(({ examination }) => (examination?.findings.length ?? 0) > 0)).toBe(true);
  expect(JSON.stringify(agents).length).toBeLessThan(1_000_000 + 500 * agents.length);
});
