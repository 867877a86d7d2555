import { describe, expect, test } from 'vitest';
import { linesOf, type Outcome, type Row, rowsOf, verdictOf } from './rows.ts';

const outcomes: readonly Outcome[] = [
  { fault: 'dead host', ours: { ms: 700, failed: 7 }, keepalived: { ms: 1_900, failed: 20 } },
  { fault: 'tunnel down', ours: { ms: 650, failed: 6 }, keepalived: { ms: null, failed: 200 } },
  { fault: 'agent killed', ours: { ms: 0, failed: 0 }, keepalived: null },
  { fault: 'dead host', ours: { ms: 600, failed: 9 }, keepalived: { ms: 1_500, failed: 15 } },
  { fault: 'tunnel down', ours: { ms: 750, failed: 8 }, keepalived: { ms: null, failed: 198 } },
  { fault: 'agent killed', ours: { ms: 11_000, failed: 3 }, keepalived: null },
  { fault: 'dead host', ours: { ms: 800, failed: 8 }, keepalived: { ms: null, failed: 190 } },
];

test('a row a fault: the median time, never being the longest, and what failed in the worst round', () => {
  expect(rowsOf(outcomes)).toEqual([
    { fault: 'dead host', oursMs: 700, oursFailed: 9, keepalivedMs: 1_900, keepalivedFailed: 190 },
    { fault: 'tunnel down', oursMs: 750, oursFailed: 8, keepalivedMs: null, keepalivedFailed: 200 },
    { fault: 'agent killed', oursMs: 11_000, oursFailed: 3, keepalivedMs: null, keepalivedFailed: null },
  ]);
});

test('the table shows the spread over the rounds', () => {
  expect(linesOf(outcomes)).toEqual([
    'fault         ours: until         failed  keepalived: until     failed   verdict',
    'dead host     700 ms (600–800)    7–9     1900 ms (1500–never)  15–190   0.37 × (within the aim of 0.5)',
    'tunnel down   750 ms (650–750)    6–8     never                 198–200  keepalived never finds it',
    'agent killed  11000 ms (0–11000)  0–3     has no agents         –        MISSES the aim of 0 failed',
  ]);
});

describe('verdict', () => {
  const found: Row = {
    fault: 'dead host',
    oursMs: 500,
    oursFailed: 5,
    keepalivedMs: 1_000,
    keepalivedFailed: 10,
  };
  test.each<[string, Partial<Row>]>([
    ['0.50 × (within the aim of 0.5)', {}],
    ['0.51 × (MISSES the aim of 0.5)', { oursMs: 510 }],
    ['MISSES: never found', { oursMs: null }],
    ['MISSES: never found', { oursMs: null, keepalivedMs: null }],
    ['keepalived never finds it', { keepalivedMs: null }],
    ['within the aim', { oursMs: 0, keepalivedMs: 0 }],
    ['MISSES the aim of 0.5 ×', { oursMs: 1, keepalivedMs: 0 }],
    ['within the aim of 0 failed', { oursMs: 0, oursFailed: 0, keepalivedMs: null, keepalivedFailed: null }],
    ['MISSES the aim of 0 failed', { oursFailed: 1, keepalivedMs: null, keepalivedFailed: null }],
  ])('%s', (text, changes) => {
    expect(verdictOf({ ...found, ...changes })).toBe(text);
  });
});
