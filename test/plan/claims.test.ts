import { expect, test } from 'vitest';
import {
  type Claims,
  type ClaimTimes,
  claimsDueMs,
  claimsOf,
  claimTimes,
  nextClaims,
} from '../../src/plan/claims.ts';

const [a, b] = ['192.0.2.10', '192.0.2.20'] as const;
const { link, routing } = claimTimes;
const claimed = (...vips: string[]) => claimsOf(vips);
const keys = ({ claimed: now }: Claims) => [...now.keys()];
const next = (
  before: Claims,
  servable: readonly string[],
  nowMs: number,
  {
    vips = [a],
    isHeld = false,
    times = link,
  }: { vips?: readonly string[]; isHeld?: boolean; times?: ClaimTimes } = {},
) => nextClaims(before, { vips, servable: new Set(servable), isHeld, nowMs }, times);

test('a VIP is claimed as soon as something of it can be served, and not before', () => {
  for (const times of [link, routing]) {
    expect(keys(next(claimed(), [], 0, { vips: [a, b], times }))).toEqual([]);
    expect(keys(next(claimed(), [b], 0, { vips: [a, b], times }))).toEqual([b]);
  }
});

test.each([
  ['on a link after a while', link, 5_000],
  ['with routing at once, but for a moment', routing, 300],
])('it is given up %s in which nothing could be served', (_, times, afterMs) => {
  const idle = next(claimed(a), [], 1_000, { times });
  expect(keys(idle)).toEqual([a]);
  expect(claimsDueMs(idle, times)).toBe(1_000 + afterMs);
  expect(keys(next(idle, [], 999 + afterMs, { times }))).toEqual([a]);
  const lost = next(idle, [], 1_000 + afterMs, { times });
  expect(keys(lost)).toEqual([]);
  expect(claimsDueMs(lost, times)).toBe(Number.POSITIVE_INFINITY);
});

test('a short outage begins anew', () => {
  const idle = next(claimed(a), [], 1_000);
  const back = next(idle, [a], 4_000);
  const again = next(back, [], 7_000);
  expect(keys(next(again, [], 9_000))).toEqual([a]);
});

test('what was given up comes back at once on a link, and with routing when it has lasted', () => {
  const lostOnLink = next(next(claimed(a), [], 0), [], 5_000);
  expect(keys(next(lostOnLink, [a], 6_000))).toEqual([a]);
  const times = routing;
  const lost = next(next(claimed(a), [], 0, { times }), [], 1_000, { times });
  const back = next(lost, [a], 2_000, { times });
  expect(keys(back)).toEqual([]);
  expect(claimsDueMs(back, times)).toBe(5_000);
  expect(keys(next(back, [a], 5_000, { times }))).toEqual([a]);
  const relapsed = next(back, [], 3_000, { times });
  expect(keys(next(next(relapsed, [a], 4_000, { times }), [a], 6_999, { times }))).toEqual([]);
});

test('a director that suspects itself gives nothing up, however long', () => {
  for (const times of [link, routing]) {
    const held = next(claimed(a), [], 1_000, { isHeld: true, times });
    expect(keys(next(held, [], 999_000, { isHeld: true, times }))).toEqual([a]);
    expect(keys(next(held, [], 999_000, { times }))).toEqual([a]);
  }
});

test('a VIP that is no longer wanted, or is withdrawn, goes at once, and comes back at once', () => {
  const gone = next(claimed(a, b), [b], 0, { vips: [b], isHeld: true, times: routing });
  expect(keys(gone)).toEqual([b]);
  expect(keys(next(gone, [a, b], 1, { vips: [a, b], times: routing }))).toEqual([a, b]);
});
