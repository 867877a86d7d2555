import { describe, expect, test } from 'vitest';
import { figuresOf, isCalm, isOver, paceOf, type Request, readRequests, requestLine } from './requests.ts';

function answered(atMs: number, server: string, changes: Partial<Request> = {}): Request {
  return { side: 'ours', atMs, lateMs: 0, tookMs: 5, server, error: '', ...changes };
}

function failed(atMs: number, tookMs: number, changes: Partial<Request> = {}): Request {
  return answered(atMs, '', { tookMs, error: 'timeout', ...changes });
}

describe('the log', () => {
  const requests = [
    answered(1_000, 'r1', { lateMs: -1, tookMs: 12 }),
    failed(1_050, 900, { side: 'keepalived', error: 'ECONNREFUSED' }),
  ];

  test('is read as it was written; a line without an end waits for it', () => {
    const text = requests.map(requestLine).join('');
    expect(text).toBe('ours 1000 -1 12 r1\nkeepalived 1050 0 900 !ECONNREFUSED\n');
    expect(readRequests(`${text}ours 11`)).toEqual({ requests, rest: 'ours 11' });
  });

  test.each(['theirs 1 1 1 r1', 'ours 1 1 1', 'ours 1 x 1 r1', ''])('a line that is none: %j', (line) => {
    expect(() => readRequests(`${line}\n`)).toThrow('the client wrote');
  });
});

describe('figures of a fault at 10 s that ends at 30 s', () => {
  const span = { fromMs: 10_000, untilMs: 30_000 };

  test.each<[string, Request[], number | null, number]>([
    ['nothing failed', [answered(10_500, 'r1')], 0, 0],
    ['found', [failed(10_100, 900), answered(10_150, 'r2'), failed(10_600, 900)], 600, 2],
    ['a request in flight counts, and the fault is not found before it happens', [failed(9_800, 900)], 0, 1],
    ['one that failed before does not count', [failed(9_000, 900)], 0, 0],
    ['never', [failed(10_100, 900), failed(29_950, 900)], null, 2],
    ['three quiet seconds are enough', [failed(26_999, 900)], 16_999, 1],
    ['fewer are not', [failed(27_000, 900)], null, 1],
    ['after its end it counts no more', [failed(10_100, 900), failed(30_000, 900)], 100, 1],
    ['another side’s', [failed(10_100, 900, { side: 'keepalived' })], 0, 0],
  ])('%s', (_, requests, ms, count) => {
    expect(figuresOf(requests, 'ours', span)).toEqual({ ms, failed: count });
  });
});

test.each<[string, Request[], boolean]>([
  ['both serve', [answered(1_000, 'r1'), answered(1_050, 'r2')], true],
  ['one serves', [answered(1_000, 'r1'), answered(1_050, 'r1')], false],
  ['one fails', [answered(1_000, 'r1'), answered(1_050, 'r2'), failed(1_100, 900)], false],
  ['one failed earlier', [failed(900, 50), answered(1_000, 'r1'), answered(1_050, 'r2')], true],
  ['nobody asks', [], false],
])('calm: %s', (_, requests, calm) => {
  expect(isCalm(requests, ['r1', 'r2'], 1_000)).toBe(calm);
});

test.each<[string, Request[], boolean]>([
  ['both were hurt and are well', [failed(1_100, 900), failed(1_200, 900, { side: 'keepalived' })], true],
  ['one was not hurt yet', [failed(1_100, 900)], false],
  ['one was hurt before the fault', [failed(1_100, 900), failed(500, 100, { side: 'keepalived' })], false],
  ['one still suffers', [failed(5_100, 900), failed(1_200, 900, { side: 'keepalived' })], false],
])('over: %s', (_, requests, over) => {
  expect(isOver(requests, ['ours', 'keepalived'], { faultMs: 1_000, fromMs: 5_000 })).toBe(over);
});

test('pace: how late timers are, and how long an answer takes', () => {
  const requests = Array.from({ length: 100 }, (_, index) =>
    answered(index, 'r1', { lateMs: index, tookMs: 2 * index }),
  );
  expect(paceOf([...requests.toReversed(), failed(200, 900, { lateMs: 100 })])).toEqual({
    lateP50Ms: 50,
    lateP99Ms: 99,
    tookP50Ms: 100,
    tookP99Ms: 198,
  });
});
