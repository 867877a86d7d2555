import { expect, test } from 'vitest';
import type { PathState } from '../../src/domain/report.ts';
import { initialPathHealth, nextPathHealth, type PathEvent } from '../../src/plan/path-health.ts';
import { liveThrough, living, refusing, type Stretch, timing } from './way-story.ts';

const well: Stretch = { forMs: 2_000, agent: true, ports: living };
const unsupervised: Stretch = { forMs: 5_000, agent: false, ports: living };
const dead: Stretch = { forMs: 1_500, agent: false, ports: {} };
/** With the tunnel device down the kernel there refuses everything, in ICMP. */
const tunnelDown: Stretch = { forMs: 1_500, agent: false, ports: refusing };

test.each<[string, readonly Stretch[], readonly PathState[]]>([
  ['the first answer brings it up at once', [well], ['up']],
  ['never heard, never alive: nothing is known while nobody else is heard', [{ ...dead, others: false }], []],
  ['the agent ends: nothing', [well, unsupervised], ['up']],
  ['the agent ends in order: nothing', [well, { ...unsupervised, farewell: true }], ['up']],
  ['the agent ends and returns: nothing', [well, unsupervised, well, unsupervised, well], ['up']],
  ['the host dies: down', [well, dead], ['up', 'down']],
  ['the tunnel goes down, and refusals prove nothing: down', [well, tunnelDown], ['up', 'down']],
  ['the host dies while its agent is absent: down', [well, unsupervised, dead], ['up', 'down']],
  ['the host dies, for long: gone', [well, { ...dead, forMs: 4_000 }], ['up', 'down', 'gone']],
  ['the host returns with its agent: up', [well, dead, well], ['up', 'down', 'up']],
  ['the host returns without its agent: up by knocks', [well, dead, unsupervised], ['up', 'down', 'up']],
  ['gone, it returns as well', [well, { ...dead, forMs: 4_000 }, well], ['up', 'down', 'gone', 'up']],
  [
    'a path that is asked rarely, and everybody silent at once: held',
    [
      { ...well, ports: living },
      { ...dead, forMs: 100 },
      { ...dead, forMs: 9_000, others: false },
    ],
    ['up'],
  ],
  ['everybody falls silent at once: held', [well, { ...dead, forMs: 9_000, others: false }], ['up']],
  ['refused by everybody at once: held', [well, { ...tunnelDown, forMs: 9_000, others: false }], ['up']],
  ['a director that suspects itself condemns nobody', [well, { ...dead, forMs: 9_000, held: true }], ['up']],
  ['a director that slept condemns nobody for it', [well, { ...well, sleepMs: 10_000 }], ['up']],
  ['but goes on counting after it woke', [well, { ...dead, sleepMs: 10_000 }], ['up', 'down']],
  ['never heard, knocks alone bring nothing up', [{ ...unsupervised, forMs: 9_000 }], []],
  ['never heard and dead, while others are heard: down', [{ ...dead, forMs: 1_800 }], ['down']],
  [
    'death that was not confirmed for a while is confirmed anew before anything is deleted',
    [well, dead, { ...dead, forMs: 4_000, others: false }, { ...dead, forMs: 1_000 }],
    ['up', 'down'],
  ],
])('%s', (_, story, expected) => {
  expect(liveThrough(story).told.map(({ state }) => state)).toEqual(expected);
});

test.each<[string, readonly Stretch[], number]>([
  ['the host dies', [well, dead], 2_700],
  ['the tunnel goes down', [well, tunnelDown], 2_500],
  ['the host dies while its agent is absent', [well, unsupervised, dead], 7_900],
  ['the host dies after a farewell', [well, { ...dead, farewell: true }], 2_500],
])('%s: found in time', (_, story, byMs) => {
  const down = liveThrough(story).told.find(({ state }) => state === 'down');
  expect(down?.atMs).toBeLessThanOrEqual(byMs);
});

test('an agent is absent after its silence, or at its word; it is present with its first answer', () => {
  expect(liveThrough([well]).health.agent).toBe('present');
  expect(liveThrough([well, unsupervised]).health.agent).toBe('absent');
  expect(liveThrough([well, { ...unsupervised, forMs: 10, farewell: true }]).health.agent).toBe('absent');
  expect(liveThrough([well, unsupervised, well]).health.agent).toBe('present');
});

test('where datagrams answer, knocks cost nothing but a trial a minute', () => {
  expect(liveThrough([{ ...well, forMs: 59_000 }]).knocks).toBe(2);
  expect(liveThrough([{ ...well, forMs: 61_000 }]).knocks).toBe(4);
});

test('a port of a service that nobody serves while the agent is absent', () => {
  const refused = { ...unsupervised, forMs: 1_000, ports: { ...living, 80: 'refused' } } as const;
  expect(liveThrough([well, unsupervised, refused]).isDead(80)).toBe(true);
  expect(liveThrough([well, unsupervised, refused]).health.state).toBe('up');
  expect(liveThrough([well, unsupervised, refused, unsupervised]).isDead(80)).toBe(false);
  // The agent's own word counts again as soon as there is one.
  expect(liveThrough([well, unsupervised, refused, { ...well, ports: refused.ports }]).isDead(80)).toBe(
    false,
  );
});

test('a port that never answered a knock is silent for a filter, perhaps: the last verdict stands', () => {
  const filtered = { ...unsupervised, ports: { 7483: 'handshake', 7484: 'refused' } } as const;
  expect(liveThrough([well, filtered]).isDead(80)).toBe(false);
  expect(liveThrough([well, unsupervised, filtered]).isDead(80)).toBe(true);
});

test('where knocks are filtered datagrams decide, five times as late', () => {
  const filtered: Stretch = { ...well, ports: {}, forMs: 7_000 };
  const { told, health } = liveThrough([filtered, { ...dead, forMs: 1_400 }]);
  expect([told.map(({ state }) => state), health.knock]).toEqual([['up'], 'unanswered']);
  expect(liveThrough([filtered, { ...dead, forMs: 1_800 }]).told.at(-1)?.state).toBe('down');
  expect(liveThrough([filtered, { ...dead, forMs: 9_000, others: false }]).told.at(-1)?.state).toBe('up');
});

test('a middlebox that completes every handshake proves nothing', () => {
  const proxied = { 7483: 'handshake', 80: 'handshake', 7484: 'handshake' } as const;
  const { told, health } = liveThrough([
    { ...well, ports: proxied },
    { ...dead, ports: proxied, forMs: 2_000 },
  ]);
  expect([told.map(({ state }) => state), health.knock]).toEqual([['up', 'down'], 'proxied']);
});

test('one that comes later is found out while it matters', () => {
  const proxied = { 7483: 'handshake', 80: 'handshake', 7484: 'handshake' } as const;
  const { told } = liveThrough([well, unsupervised, { ...dead, ports: proxied, forMs: 14_000 }]);
  expect(told.map(({ state }) => state)).toEqual(['up', 'down', 'gone']);
});

test('one lost trial says nothing of a way, and is tried again soon', () => {
  expect(liveThrough([{ ...well, ports: {}, forMs: 500 }]).health.knock).toBe('unknown');
  expect(liveThrough([{ ...well, ports: {}, forMs: 500 }, well, well]).health.knock).toBe('works');
});

test('a service without a TCP port is known to live by the probe port alone', () => {
  const ports = { 7483: 'handshake', 7484: 'refused' } as const;
  const quiet: Stretch = { forMs: 2_000, agent: true, ports };
  const story = [quiet, { ...quiet, agent: false, forMs: 5_000 }, { ...dead, forMs: 1_000 }];
  expect(liveThrough(story, []).told.map(({ state }) => state)).toEqual(['up', 'down']);
});

test('a host that holds no probe port is asked at its services alone, and not twice as often', () => {
  const bare = { 7483: 'refused', 80: 'handshake', 7484: 'refused' } as const;
  const story = (ports: Stretch['ports']) =>
    liveThrough([
      { ...well, ports, forMs: 5_000 },
      { ...unsupervised, ports, forMs: 60_000 },
    ]).knocks;
  expect(story(bare)).toBeLessThan(1.1 * story(living));
});

test('an answer that was on its way when the director was cut off is no death, though a nearer one came just before', () => {
  const heardMs = 1_005;
  const round = { startedMs: 1_250, dueMs: 1_300, inSilence: true, heardMs, askedMs: 1_000 };
  const knocked = (atMs: number, open: 'handshake' | 'silent'): PathEvent => ({
    kind: 'knocked',
    atMs,
    round: { ...round, open: [{ port: 80, outcome: open }], closed: 'refused' },
  });
  const events: PathEvent[] = [
    { kind: 'sent', atMs: 900 },
    { kind: 'answered', atMs: 950 },
    knocked(960, 'handshake'),
    ...[1_000, 1_100, 1_200, 1_300].map((atMs): PathEvent => ({ kind: 'sent', atMs })),
    knocked(1_400, 'silent'),
    knocked(1_600, 'silent'),
    { kind: 'tick', atMs: 1_700, heardMs, isHeld: false },
  ];
  const cutOff = events.reduce(
    (health, event) => nextPathHealth(health, event, timing),
    initialPathHealth(0),
  );
  expect(cutOff.state).toBe('up');
  // Had somebody been heard when its handshake was overdue, it would be dead,
  const witnessed = (seen: { readonly heardMs: number; readonly askedMs: number }): PathState => {
    const open = [80, 81].map((port) => ({ port, outcome: 'silent' as const }));
    const event = {
      kind: 'knocked',
      atMs: 1_800,
      round: { ...round, ...seen, open, closed: 'silent' },
    } as const;
    return nextPathHealth(cutOff, event, timing).state;
  };
  expect(witnessed({ heardMs: 1_310, askedMs: 1_255 })).toBe('down');
  // but not by an answer from afar to what was asked before: only what this director says may be lost since.
  expect(witnessed({ heardMs: 1_310, askedMs: 1_100 })).toBe('up');
});

test('an answer that was read late proves life no longer than when it came: the dead are found as soon by a busy director', () => {
  const { intervalMs } = timing;
  const events = (provedMs?: number): PathEvent[] => [
    { kind: 'sent', atMs: 1_000 },
    { kind: 'answered', atMs: 1_010 },
    ...[1, 2, 3].map((turn): PathEvent => ({ kind: 'sent', atMs: 1_000 + turn * intervalMs })),
    // Of the first of them.
    {
      kind: 'answered',
      atMs: 1_000 + 3 * intervalMs + 50,
      ...(provedMs === undefined ? {} : { provedMs }),
    },
  ];
  const after = (list: readonly PathEvent[]) =>
    list.reduce((health, event) => nextPathHealth(health, event, timing), initialPathHealth(0));
  const late = after(events(1_000 + 2 * intervalMs));
  expect([late.silentFromMs, late.asked]).toEqual([1_000 + 2 * intervalMs, 1]);
  expect(after(events()).asked).toBe(0);
  // It never takes back what was known better.
  const released: PathEvent = { kind: 'released', atMs: 1_000 + 3 * intervalMs };
  const all = events(1_000 + 2 * intervalMs);
  const again = after([...all.slice(0, -1), released, ...all.slice(-1)]);
  expect(again.silentFromMs).toBe(released.atMs);
});
