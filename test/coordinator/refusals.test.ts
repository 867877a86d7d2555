import { expect, test } from 'vitest';
import { createMetrics } from '../../src/coordinator/coordinator-metrics.ts';
import { createRefusals } from '../../src/coordinator/refusals.ts';

function told() {
  const lines: unknown[] = [];
  let nowMs = 0;
  const metrics = createMetrics();
  const refuse = createRefusals({
    log: { warn: (line: unknown) => void lines.push(line) },
    metrics,
    clock: { nowMs: () => nowMs, monotonicMs: () => nowMs, after: () => ({ cancel: () => {} }) },
  });
  const pass = (ms: number): void => {
    nowMs += ms;
  };
  return { lines, metrics, refuse, pass };
}

const one = {
  peer: '10.1.0.9',
  claimed: 'spiffe://a.example/admin/eve',
  reason: 'its certificate has expired',
};

test('who is refused is one line, with who, where from, what and why', () => {
  const { lines, refuse } = told();
  refuse(one);
  refuse({
    peer: '10.1.0.9',
    identity: 'spiffe://a.example/viewer/bob',
    method: 'Admin.Apply',
    reason: 'it is viewer',
  });
  expect(lines).toEqual([
    { ...one, untold: 0 },
    {
      ...{ peer: '10.1.0.9', identity: 'spiffe://a.example/viewer/bob', method: 'Admin.Apply' },
      ...{ reason: 'it is viewer', untold: 0 },
    },
  ]);
});

test('the same is told once a minute, and all are counted', async () => {
  const { lines, metrics, refuse, pass } = told();
  for (let times = 0; times < 1_000; times += 1) refuse(one);
  pass(60_000);
  refuse(one);
  expect(lines).toEqual([
    { ...one, untold: 0 },
    { ...one, untold: 999 },
  ]);
  const { values } = await metrics.callersRefused.get();
  expect(values[0]?.value).toBe(1_001);
});

test('an attacker with many addresses does not fill the log', () => {
  const { lines, refuse } = told();
  for (let host = 0; host < 10_000; host += 1) refuse({ ...one, peer: `fd00::${host.toString(16)}` });
  expect(lines).toHaveLength(100);
});
