import { expect, test } from 'vitest';
import { type CallerLimits, callerLimits, createCallerUses } from '../../src/api/caller-limits.ts';
import { permitted } from '../../src/api/permitted.ts';

const limits: CallerLimits = {
  calls: { perSecond: 1, burst: 6 },
  messages: { perSecond: 10, burst: 2 },
  bytes: { perSecond: 100, burst: 1_000 },
  atOnce: { 'Admin.Watch': 1, others: 2 },
};

test('each kind of call has its own number at once; one caller takes nothing from another', () => {
  const uses = createCallerUses(limits);
  const [alice, bob] = [uses('alice', 0), uses('bob', 0)];
  expect([alice.begin('Admin.Watch', 0), alice.begin('Admin.Get', 0), alice.begin('Admin.List', 0)]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  expect(alice.begin('Admin.Watch', 0)).toBe('1 of its calls are being answered, and 1 may be at once');
  expect(alice.begin('Admin.Apply', 0)).toBe('2 of its calls are being answered, and 2 may be at once');
  alice.end('Admin.Get');
  expect(alice.begin('Admin.Apply', 0)).toBeUndefined();
  expect(bob.begin('Admin.Apply', 0)).toBeUndefined();
  expect(uses('alice', 0)).toBe(alice);
});

test('calls beyond the rate are refused, also where each is over at once', () => {
  const one = createCallerUses(limits)('alice', 0);
  const call = (nowMs: number): string | undefined => {
    const reason = one.begin('Admin.Get', nowMs);
    if (reason === undefined) one.end('Admin.Get');
    return reason;
  };
  expect(Array.from({ length: 6 }, () => call(0))).toEqual(Array(6).fill(undefined));
  expect(call(0)).toBe('it calls more than 1 times a second');
  expect([call(1_000), call(1_000)]).toEqual([undefined, 'it calls more than 1 times a second']);
});

test('who says more than he may waits by number, or by bytes', () => {
  const uses = createCallerUses(limits);
  const many = uses('many', 0);
  expect([many.heard(1, 0), many.heard(1, 0), many.heard(1, 0), many.heard(1, 100)]).toEqual([
    0, 0, 100, 100,
  ]);
  const large = uses('large', 0);
  expect([large.heard(1_000, 0), large.heard(500, 0)]).toEqual([0, 5_000]);
});

test('callers are remembered up to a number; who is busy is not forgotten', () => {
  const uses = createCallerUses(limits);
  const busy = uses('busy', 0);
  busy.begin('Admin.Watch', 0);
  for (let one = 0; one < 30_000; one += 1) uses(`caller ${one}`, one);
  expect(uses('busy', 40_000)).toBe(busy);
  expect(uses('busy', 40_000).begin('Admin.Watch', 40_000)).toContain('1 may be at once');
});

test('every limit of a method is one of a method that there is', () => {
  const named = Object.keys(callerLimits.atOnce).filter((name) => name !== 'others');
  expect(Object.keys(permitted)).toEqual(expect.arrayContaining(named));
});
