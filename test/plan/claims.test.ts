import { expect, test } from 'vitest';
import { type Claims, nextClaims, unclaimAfterMs } from '../../src/plan/claims.ts';

const [a, b] = ['192.0.2.10', '192.0.2.20'] as const;
const claimed = (...vips: string[]): Claims => new Map(vips.map((vip) => [vip, undefined]));
const keys = (claims: Claims) => [...claims.keys()];

test('a VIP is claimed as soon as something of it can be served, and not before', () => {
  expect(keys(nextClaims(claimed(), [a, b], new Set(), false, 0))).toEqual([]);
  expect(keys(nextClaims(claimed(), [a, b], new Set([b]), false, 0))).toEqual([b]);
});

test('it is given up after a while in which nothing could be served', () => {
  const idle = nextClaims(claimed(a), [a], new Set(), false, 1_000);
  expect(keys(idle)).toEqual([a]);
  expect(keys(nextClaims(idle, [a], new Set(), false, 999 + unclaimAfterMs))).toEqual([a]);
  expect(keys(nextClaims(idle, [a], new Set(), false, 1_000 + unclaimAfterMs))).toEqual([]);
});

test('a short outage begins anew', () => {
  const idle = nextClaims(claimed(a), [a], new Set(), false, 1_000);
  const back = nextClaims(idle, [a], new Set([a]), false, 4_000);
  const again = nextClaims(back, [a], new Set(), false, 7_000);
  expect(keys(nextClaims(again, [a], new Set(), false, 9_000))).toEqual([a]);
});

test('a director that suspects itself gives nothing up, however long', () => {
  const held = nextClaims(claimed(a), [a], new Set(), true, 1_000);
  expect(keys(nextClaims(held, [a], new Set(), true, 999_000))).toEqual([a]);
  expect(keys(nextClaims(held, [a], new Set(), false, 999_000))).toEqual([a]);
});

test('a VIP that is no longer wanted, or is withdrawn, goes at once', () => {
  expect(keys(nextClaims(claimed(a, b), [b], new Set([b]), true, 0))).toEqual([b]);
});
