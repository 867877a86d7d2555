import { describe, expect, test } from 'vitest';
import { type CheckResult, judge, nextCheckMs, unjudged } from '../../../agents/realserver/check-verdict.ts';

const limits = { fall: 3, rise: 2 };
const results: Record<string, CheckResult> = {
  o: { ok: true },
  t: { ok: false, reason: 'no answer within 500 ms', certain: false },
  r: { ok: false, reason: 'connection refused', certain: true },
};

function after(story: string) {
  let judgement = unjudged(0);
  for (const [index, letter] of [...story].entries()) {
    const result = results[letter];
    if (result !== undefined) judgement = judge(judgement, result, limits, index + 1);
  }
  return judgement;
}

describe('o ok, t timeout, r refused', () => {
  test.each([
    ['', 'unknown', 0],
    ['o', 'healthy', 1],
    ['r', 'unhealthy', 1],
    ['t', 'unknown', 0],
    ['ttt', 'unhealthy', 3],
    ['tto', 'healthy', 3],
    ['oooott', 'healthy', 1],
    ['ottott', 'healthy', 1],
    ['ottt', 'unhealthy', 4],
    ['or', 'unhealthy', 2],
    ['oro', 'unhealthy', 2],
    ['oroo', 'healthy', 4],
    ['orototoo', 'healthy', 8],
  ])('%s → %s since %i', (story, verdict, sinceMs) => {
    expect(after(story)).toMatchObject({ verdict, sinceMs });
  });

  test('the reason is the last failure, and goes with it', () => {
    expect(after('ortr').reason).toBe('connection refused');
    expect(after('ort').reason).toBe('no answer within 500 ms');
    expect(after('oroo').reason).toBe('');
  });
});

test.each([
  ['o', 1000],
  ['ot', 20],
  ['ott', 20],
  ['ottt', 1000],
  ['or', 1000],
  ['oro', 1000],
])('after %s the next check comes in %i ms', (story, ms) => {
  const last = results[story.at(-1) ?? ''] ?? { ok: true };
  expect(nextCheckMs(after(story), last, 1000)).toBe(ms);
});
