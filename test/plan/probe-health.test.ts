import { expect, test } from 'vitest';
import type { PathState } from '../../src/domain/report.ts';
import { initialProbeHealth, nextProbeHealth, type ProbeEvent } from '../../src/plan/probe-health.ts';

const timing = { intervalMs: 100, downAfterMs: 300, goneAfterMs: 1_000, rise: 2 };

type Round = readonly [atMs: number, answered: boolean, expected: PathState];

/** Each round: judge, probe, and 20 ms later the answer, if there is one; then the state. */
function states(rounds: readonly Round[]): PathState[] {
  let health = initialProbeHealth(0);
  return rounds.map(([atMs, answered]) => {
    const events: ProbeEvent[] = [
      { kind: 'tick', atMs },
      { kind: 'sent', atMs },
    ];
    if (answered) events.push({ kind: 'answered', atMs: atMs + 20 });
    for (const event of events) health = nextProbeHealth(health, event, timing);
    return health.state;
  });
}

test.each<[string, readonly Round[]]>([
  ['the first answer brings it up at once', [[0, true, 'up']]],
  [
    'never answered: down, then gone, counted from the first probe',
    [
      [0, false, 'unknown'],
      [100, false, 'unknown'],
      [200, false, 'unknown'],
      [300, false, 'down'],
      [400, false, 'down'],
      [500, false, 'down'],
      [600, false, 'down'],
      [700, false, 'down'],
      [800, false, 'down'],
      [900, false, 'down'],
      [1_000, false, 'gone'],
    ],
  ],
  [
    'one lost probe, or two, are nothing',
    [
      [0, true, 'up'],
      [100, false, 'up'],
      [200, false, 'up'],
      [300, true, 'up'],
    ],
  ],
  [
    'silence since the last answer: down; back after two answers in a row',
    [
      [0, true, 'up'],
      [100, false, 'up'],
      [200, false, 'up'],
      [300, false, 'up'],
      [400, false, 'down'],
      [500, true, 'down'],
      [600, true, 'up'],
    ],
  ],
  [
    'answers with silence between them are not in a row',
    [
      [0, false, 'unknown'],
      [100, false, 'unknown'],
      [200, true, 'up'],
      [300, false, 'up'],
      [400, false, 'up'],
      [500, false, 'up'],
      [600, true, 'down'],
      [700, false, 'down'],
      [800, false, 'down'],
      [900, true, 'down'],
      [1_000, true, 'up'],
    ],
  ],
  [
    'a director that slept ten seconds condemns nobody for it',
    [
      [0, true, 'up'],
      [100, true, 'up'],
      [10_100, false, 'up'],
      [10_200, true, 'up'],
    ],
  ],
  [
    'but goes on counting after it woke',
    [
      [0, true, 'up'],
      [100, true, 'up'],
      [10_100, false, 'up'],
      [10_200, false, 'up'],
      [10_300, false, 'up'],
      [10_400, false, 'down'],
    ],
  ],
  [
    'a director that is always slow finds out, only later',
    [
      [0, true, 'up'],
      [300, false, 'up'],
      [600, false, 'up'],
      [900, false, 'up'],
      [1_200, false, 'down'],
    ],
  ],
])('%s', (_, rounds) => {
  expect(states(rounds)).toEqual(rounds.map(([, , expected]) => expected));
});

test('who was not asked is not condemned', () => {
  let health = nextProbeHealth(initialProbeHealth(0), { kind: 'sent', atMs: 0 }, timing);
  health = nextProbeHealth(health, { kind: 'answered', atMs: 20 }, timing);
  for (let atMs = 100; atMs < 5_000; atMs += 100)
    health = nextProbeHealth(health, { kind: 'tick', atMs }, timing);
  expect(health).toMatchObject({ state: 'up', sinceMs: 20 });
});

test('who is asked at a third of the pace is judged as late', () => {
  let health = initialProbeHealth(0);
  const seen: [number, PathState][] = [];
  for (let atMs = 0; atMs <= 1_500; atMs += 100) {
    health = nextProbeHealth(health, { kind: 'tick', atMs }, timing);
    if (atMs % 300 === 0) health = nextProbeHealth(health, { kind: 'sent', atMs }, timing);
    if (atMs === 0) health = nextProbeHealth(health, { kind: 'answered', atMs: 20 }, timing);
    if (health.state !== seen.at(-1)?.[1]) seen.push([atMs, health.state]);
  }
  expect(seen).toEqual([
    [0, 'up'],
    [1_000, 'down'],
    [1_100, 'gone'],
  ]);
});

test('gone stays gone until answers bring it back', () => {
  const rounds = Array.from({ length: 12 }, (_, index): Round => [index * 100, false, 'gone']);
  const back: Round[] = [
    [1_200, true, 'gone'],
    [1_300, false, 'gone'],
    [1_400, false, 'gone'],
    [1_500, false, 'gone'],
    [1_600, true, 'gone'],
    [1_700, true, 'up'],
  ];
  expect(states([...rounds, ...back]).slice(12)).toEqual(back.map(([, , expected]) => expected));
});
