import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nextClaims, type SiteClaim } from '../../../src/plan/estimate/withdrawal.ts';

/** `lon 30` is 30 of 100 usable. */
function reaches(shares: Readonly<Record<string, number>>) {
  return Object.entries(shares).map(([site, usableConnections]) => {
    return { site, reachableConnections: 100, usableConnections };
  });
}

const names = (claims: readonly SiteClaim[]) =>
  claims.filter(({ isWithdrawn }) => isWithdrawn).map(({ site }) => site);

type Step = readonly [atMs: number, shares: Readonly<Record<string, number>>, withdrawn: readonly string[]];

test.each<[string, Step[]]>([
  ['all is well', [[0, { fra: 100, lon: 100 }, []]]],
  [
    'below the low watermark it goes, above the high one it returns, between them it stays as it is',
    [
      [0, { fra: 100, lon: 40 }, []],
      [5_000, { fra: 100, lon: 39 }, ['lon']],
      [60_000, { fra: 100, lon: 80 }, ['lon']],
      [65_000, { fra: 100, lon: 81 }, []],
      [120_000, { fra: 100, lon: 50 }, []],
    ],
  ],
  [
    'no two changes within 30 s',
    [
      [0, { fra: 100, lon: 0 }, ['lon']],
      [5_000, { fra: 100, lon: 90 }, ['lon']],
      [29_999, { fra: 100, lon: 90 }, ['lon']],
      [30_000, { fra: 100, lon: 90 }, []],
      [59_999, { fra: 100, lon: 0 }, []],
      [60_000, { fra: 100, lon: 0 }, ['lon']],
    ],
  ],
  [
    'the greatest share stays, however small',
    [
      [0, { fra: 20, lon: 10, nyc: 0 }, ['lon', 'nyc']],
      [5_000, { fra: 20, lon: 10, nyc: 0 }, ['lon', 'nyc']],
    ],
  ],
  ['in a tie all of them', [[0, { fra: 10, lon: 10, nyc: 0 }, ['nyc']]]],
  ['nothing usable anywhere is a tie', [[0, { fra: 0, lon: 0 }, []]]],
  [
    'who has become the greatest returns in its time, and at once where nobody is left',
    [
      [0, { fra: 100, lon: 30, nyc: 50 }, ['lon']],
      [5_000, { fra: 100, lon: 100, nyc: 50 }, ['lon']],
      [10_000, { fra: 20, lon: 30, nyc: 10 }, ['fra', 'nyc']],
      [15_000, { fra: 30, lon: 20, nyc: 10 }, ['fra', 'nyc']],
      [40_000, { fra: 30, lon: 20, nyc: 10 }, ['lon', 'nyc']],
    ],
  ],
  ['one site alone never goes', [[0, { lon: 0 }, []]]],
  [
    'who is not asked about any more is forgotten',
    [
      [0, { fra: 100, lon: 0 }, ['lon']],
      [5_000, { fra: 100 }, []],
      [10_000, { fra: 100, lon: 60 }, []],
    ],
  ],
])('%s', (_, steps) => {
  let claims: readonly SiteClaim[] = [];
  for (const [atMs, shares, withdrawn] of steps) {
    claims = nextClaims(claims, reaches(shares), atMs);
    expect([atMs, names(claims)]).toEqual([atMs, withdrawn]);
  }
});

test.each([
  ['a site that reaches nobody', 0, 0],
  ['a figure that is none', Number.NaN, 100],
  ['a negative one', 100, -5],
  ['an infinite one', Number.POSITIVE_INFINITY, 100],
])('%s does not attract: %s', (_, reachableConnections, usableConnections) => {
  const bad = { site: 'lon', reachableConnections, usableConnections };
  expect(names(nextClaims([], [...reaches({ fra: 100 }), bad], 0))).toEqual(['lon']);
});

const figure = fc.oneof(fc.nat(1_000), fc.constantFrom(0, 100, Number.NaN, Number.POSITIVE_INFINITY, -1));
const situation = fc
  .uniqueArray(fc.constantFrom('ams', 'fra', 'lon', 'nyc', 'sin'), { minLength: 1 })
  .chain((sites) =>
    fc.tuple(
      ...sites.map((site) =>
        fc.record({
          site: fc.constant(site),
          reachableConnections: figure,
          usableConnections: figure,
        }),
      ),
    ),
  );
const history = fc.array(fc.tuple(fc.nat(40_000), situation), { minLength: 1, maxLength: 12 });

test('somebody always stays, and a site changes no sooner than after 30 s but to be that one', () => {
  fc.assert(
    fc.property(history, (steps) => {
      let claims: readonly SiteClaim[] = [];
      let atMs = 0;
      for (const [waitMs, given] of steps) {
        atMs += waitMs;
        const before = new Map(claims.map((claim) => [claim.site, claim]));
        claims = nextClaims(claims, given, atMs);
        expect(names(claims).length).toBeLessThan(claims.length);
        for (const { site, isWithdrawn } of claims) {
          const was = before.get(site);
          if (was === undefined || was.isWithdrawn === isWithdrawn || was.changedMs === undefined) continue;
          if (atMs - was.changedMs >= 30_000) continue;
          const others = claims.filter(
            (one) => one.site !== site && before.get(one.site)?.isWithdrawn === false,
          );
          expect([isWithdrawn, names(others)]).toEqual([false, others.map((one) => one.site)]);
        }
        // Asked again, nothing moves.
        expect(nextClaims(claims, given, atMs)).toEqual(claims);
      }
    }),
    { seed: 42, numRuns: 1_000 },
  );
});

test('the order of the sites does not matter', () => {
  fc.assert(
    fc.property(situation, situation, (first, second) => {
      const before = nextClaims([], first, 0);
      const after = nextClaims(before, second, 31_000);
      expect(nextClaims(before.toReversed(), second.toReversed(), 31_000)).toEqual(after);
    }),
    { seed: 42, numRuns: 1_000 },
  );
});
