import { expect, test } from 'vitest';
import { createAgentRecords } from '../../../src/coordinator/site/agent-record.ts';
import { createNameGuard } from '../../../src/coordinator/site/name-guard.ts';
import { type AgentHello, emptyReport } from '../../../src/domain/agent-message.ts';
import type { PathReport } from '../../../src/domain/report.ts';
import { realServer } from '../../plan/fixtures.ts';

const minuteMs = 60_000;

function open() {
  let nowMs = 0;
  const agents = createAgentRecords();
  const known = realServer('fra-1', { address: '10.1.0.11' });
  const guard = createNameGuard({
    view: { member: (_, name) => (name === 'fra-1' ? { value: known, modRevision: 1 } : undefined) },
    agents,
    clock: { nowMs: () => nowMs, monotonicMs: () => nowMs, after: () => ({ cancel() {} }) },
    startedMs: 0,
  });
  const check = (address: string, name = 'fra-1') =>
    guard.check({ ...known, name, address } as unknown as AgentHello);
  return { guard, agents, check, pass: (ms: number) => (nowMs += ms) };
}

test('the same address, and a name that nobody has, may come', () => {
  const { check } = open();
  check('10.1.0.11');
  check('10.1.0.99', 'fra-9');
});

test('another address waits until the name was absent for ten minutes, as far as this coordinator knows', () => {
  const { guard, agents, check, pass } = open();
  expect(() => check('10.1.0.99')).toThrow('the name is that of 10.1.0.11, which has not called for 0 s');
  pass(9 * minuteMs);
  agents.get('realserver', 'fra-1').lastSeenMs = 9 * minuteMs;
  pass(9 * minuteMs);
  expect(() => check('10.1.0.99')).toThrow('has not called for 540 s');
  expect(guard.troubles()).toHaveLength(1);
  pass(minuteMs);
  expect(guard.troubles()).toEqual([]);
  check('10.1.0.99');
});

test('and longer, while a director reaches who has it', () => {
  const { agents, check, pass } = open();
  pass(60 * minuteMs);
  const director = agents.get('director', 'fra-d');
  director.stream = { peer: '', send() {}, holds() {}, close() {} };
  const path = { realServer: 'fra-1', state: 'up' } as PathReport;
  director.report = { ...emptyReport, paths: [path] };
  expect(() => check('10.1.0.99')).toThrow('which a director reaches');
  director.report = { ...emptyReport, paths: [{ ...path, state: 'gone' }] };
  check('10.1.0.99');
});

test('who is turned away again and again is told once, and many fill no status', () => {
  const { guard, check } = open();
  for (let index = 0; index < 50; index++) expect(() => check('10.1.0.99')).toThrow();
  expect(guard.troubles()).toHaveLength(1);
});
