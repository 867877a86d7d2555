import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nextTally, type Tally } from '../../../agents/director/tally.ts';

type Readings = readonly Readonly<Record<string, number | undefined>>[];

function tallied(readings: Readings): (Tally | undefined)[] {
  let tally: Tally | undefined;
  return readings.map((reading, index) => {
    const counters = Object.entries(reading).map(([id, connections]) => ({
      id,
      counted: connections === undefined ? undefined : { connections, bytesIn: 10 * connections },
    }));
    tally = nextTally(tally, counters, 1_000 * (index + 1));
    return tally;
  });
}

test.each<[string, Readings, (number | undefined)[]]>([
  ['nothing was ever there', [{ a: undefined }, {}], [undefined, undefined]],
  ['it begins with 0, whatever the kernel counted before', [{ a: 70, b: 30 }], [0]],
  [
    'and grows with each counter',
    [
      { a: 70, b: 30 },
      { a: 75, b: 31 },
    ],
    [0, 6],
  ],
  ['one goes: what it counted stays', [{ a: 70, b: 30 }, { a: 70 }], [0, 0]],
  [
    'and comes back with its old figures: no leap',
    [
      { a: 70, b: 30 },
      { a: 71, b: undefined },
      { a: 72, b: 34 },
    ],
    [0, 1, 6],
  ],
  [
    'and comes back from 0: all that it shows is new',
    [
      { a: 70, b: 30 },
      { a: 70, b: undefined },
      { a: 70, b: 4 },
    ],
    [0, 0, 4],
  ],
  ['nothing for a while, then more', [{ a: 70, b: 1 }, { a: 70, b: 1 }, { a: 70 }, { a: 72 }], [0, 0, 0, 2]],
  ['it began anew and shows 0 first', [{ a: 70 }, { a: 0 }, { a: 5 }, { a: 80 }], [0, 0, 5, 80]],
  ['it began anew unseen', [{ a: 70 }, { a: 5 }], [0, 5]],
  ['another VIP, whose counter may be old', [{ a: 70 }, { a: 71, b: 500 }, { a: 71, b: 502 }], [0, 1, 3]],
  ['a VIP that is no longer the service’s', [{ a: 70, b: 30 }, { a: 71 }, { a: 72 }], [0, 1, 2]],
])('%s', (_, readings, expected) => {
  const tallies = tallied(readings);
  expect(tallies.map((tally) => tally?.connections)).toEqual(expected);
  expect(tallies.map((tally) => tally?.bytesIn)).toEqual(expected.map((one) => one && 10 * one));
});

test('it says when it began', () => {
  const since = tallied([{ a: undefined }, { a: 3 }, { a: 1 }, { a: undefined }]).map(
    (tally) => tally?.sinceMs,
  );
  expect(since).toEqual([undefined, 2_000, 2_000, 2_000]);
});

test('it never goes back, whatever the counters do', () => {
  const counter = fc.option(fc.nat({ max: 1_000 }), { nil: undefined });
  const readings = fc.array(fc.record({ a: counter, b: counter, c: counter }, { requiredKeys: ['a'] }), {
    maxLength: 20,
  });
  fc.assert(
    fc.property(readings, (given) => {
      const totals = tallied(given).flatMap((tally) => (tally === undefined ? [] : [tally.connections]));
      expect(totals).toEqual(totals.toSorted((a, b) => a - b));
    }),
    { seed: 42, numRuns: 1_000 },
  );
});
