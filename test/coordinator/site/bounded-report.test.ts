import { expect, test } from 'vitest';
import { boundedReport } from '../../../src/coordinator/site/bounded-report.ts';
import { type AgentReport, emptyReport } from '../../../src/domain/agent-message.ts';

const application = (reason: string) => ({
  service: 'web',
  verdict: 'unhealthy' as const,
  sinceMs: 1,
  reason,
});

test.each<[string, Partial<AgentReport>, number]>([
  ['ordinary', { troubles: ['a', 'b'.repeat(500)], held: 'c', applications: [application('refused')] }, 0],
  ['32 troubles', { troubles: Array.from({ length: 32 }, () => 'a') }, 0],
  ['20,000 troubles', { troubles: Array.from({ length: 20_000 }, () => 'a') }, 19_968],
  ['long ones', { troubles: ['a'.repeat(501), 'b', 'c'.repeat(90_000)] }, 2],
  ['a long reason to hold', { held: 'a'.repeat(501) }, 1],
  ['long reasons', { applications: [application('a'.repeat(1_000_000)), application('')] }, 1],
])('%s', (_, changes, cut) => {
  const whole = { ...emptyReport, ...changes };
  const bounded = boundedReport(whole);
  expect(bounded.cut).toBe(cut);
  if (cut === 0) expect(bounded.report).toBe(whole);
  const { troubles, held, applications } = bounded.report;
  expect(troubles.length).toBe(Math.min(32, whole.troubles.length));
  const texts = [...troubles, held, ...applications.map(({ reason }) => reason)];
  expect(Math.max(...texts.map(({ length }) => length))).toBeLessThanOrEqual(500);
});

test('a character is not cut in two', () => {
  const { report } = boundedReport({ ...emptyReport, held: '😀'.repeat(300) });
  expect(report.held.isWellFormed()).toBe(true);
  expect(report.held).toMatch(/^😀+.?…$/u);
});

test('a finding is shortened, and its command is whole or not there', () => {
  const finding = {
    id: 'arp',
    level: 'warns',
    what: 'a'.repeat(600),
    why: '',
    mend: 'b'.repeat(600),
  } as const;
  const examination = {
    findings: [finding, { ...finding, what: 'short', mend: 'true' }],
    well: 1,
    sinceMs: 1,
  };
  const { report, cut } = boundedReport({ ...emptyReport, examination });
  expect(cut).toBe(1);
  expect(report.examination?.findings.map(({ what, mend }) => [what.length, mend])).toEqual([
    [500, undefined],
    [5, 'true'],
  ]);
});
