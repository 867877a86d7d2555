import { expect, test } from 'vitest';
import { explainService } from '../../../src/plan/optimal/explain.ts';
import { explanationText } from '../../../src/plan/optimal/explanation-text.ts';
import { groundSentences } from '../../../src/plan/optimal/ground-text.ts';
import { type DirectorWord, groundOf } from '../../../src/plan/optimal/grounds.ts';
import { service, world } from '../fixtures.ts';
import { latestPlan, nowMs, optimalInput } from './situations.ts';

function word(director: string, changes: Partial<DirectorWord> = {}): DirectorWord {
  return {
    director,
    ageMs: 1_400,
    state: 'up',
    sinceMs: nowMs - 20_000,
    agent: 'present',
    absentSinceMs: undefined,
    knock: 'works',
    held: '',
    ...changes,
  };
}

const absent = { agent: 'absent', absentSinceMs: nowMs - 15_000 } as const;

test.each<[string, Partial<DirectorWord>, string]>([
  [
    'datagrams',
    {},
    'lon-d reaches fra-1 by datagrams, which its agent answers with the verdict (heard 1 s ago).',
  ],
  [
    'knocks',
    absent,
    'lon-d reaches fra-1 by knock alone: its kernel answers, but no agent since 12:03:10 UTC; the last verdict stands.',
  ],
  [
    'a service that nobody checks',
    { unchecked: true },
    'lon-d reaches fra-1 by datagrams, which its agent answers with the verdict; nobody checks its ports, so it rests on the way alone (heard 1 s ago).',
  ],
  [
    'a program that does not tell',
    { agent: 'unknown', knock: 'unknown' },
    'lon-d reaches fra-1 (heard 1 s ago).',
  ],
  [
    'silence of both',
    { state: 'down', agent: 'absent' },
    'lon-d has found the path to fra-1 down since 12:03:05 UTC: neither datagram nor knock is answered.',
  ],
  [
    'silence where a knock proves nothing',
    { state: 'gone', agent: 'absent', knock: 'proxied' },
    'lon-d has found the path to fra-1 gone since 12:03:05 UTC: no datagram is answered.',
  ],
  [
    'a director that suspects itself, whatever it has found',
    { held: 'its nft marks are gone', state: 'down' },
    'lon-d suspects itself and holds the weights that it has: its nft marks are gone.',
  ],
  [
    'nothing yet',
    { state: 'unknown', ageMs: undefined },
    'lon-d has no word on fra-1: the weight stays as its kernel has it.',
  ],
  [
    'a word of long ago',
    { ...absent, ageMs: 40_000 },
    'lon-d reaches fra-1 by knock alone: its kernel answers, but no agent since 12:03:10 UTC; the last verdict stands (heard 40 s ago).',
  ],
])('a weight rests on %s', (_, changes, expected) => {
  const grounds = [groundOf(word('lon-d', changes))];
  expect(JSON.parse(JSON.stringify(grounds))).toEqual(grounds);
  expect(groundSentences([{ name: 'fra-1', grounds }], nowMs)).toEqual([expected]);
});

test('of many, what is out of the ordinary; held once', () => {
  const words: Record<string, Partial<DirectorWord>> = { 'fra-2': absent };
  const held = groundOf(word('lon-d2', { held: 'all is silent' }));
  const servers = ['fra-1', 'fra-2', 'fra-3'].map((name) => ({
    name,
    grounds: [groundOf(word('lon-d1', words[name]))],
  }));
  expect(groundSentences(servers, nowMs)).toEqual([
    '2 others answer datagrams, as heard 1 s ago at most.',
    'lon-d1 reaches fra-2 by knock alone: its kernel answers, but no agent since 12:03:10 UTC; the last verdict stands.',
  ]);
  const doubted = servers.map(({ name, grounds }) => ({ name, grounds: [...grounds, held] }));
  expect(groundSentences(doubted, nowMs).at(-1)).toBe(
    'lon-d2 suspects itself and holds the weights that it has: all is silent.',
  );
  const all = servers.map(({ name }) => ({ name, grounds: [groundOf(word('lon-d1'))] }));
  expect(groundSentences(all, nowMs)).toEqual(['All 3 answer datagrams, as heard 1 s ago at most.']);
  const lost = Array.from({ length: 20 }, (_, index) => ({
    name: `fra-${index}`,
    grounds: [groundOf(word('lon-d1', { state: 'down' }))],
  }));
  expect(groundSentences(lost, nowMs)).toHaveLength(9);
  expect(groundSentences(lost, nowMs).at(-1)).toBe(
    '12 more are not reached as they should be: name one to see why.',
  );
});

test.each(['optimal', 'local', 'static', 'latency'] as const)('an explanation tells it: %s', (placement) => {
  const input = optimalInput({ world: world({ services: [service({ placement })] }) });
  const question = { service: 'web', from: 'lon', realServer: 'fra-1' };
  const explanation = explainService(latestPlan(input), [], question, () => [word('lon-d', absent)]);
  expect(JSON.parse(JSON.stringify(explanation))).toEqual(explanation);
  const sentence = 'lon-d reaches fra-1 by knock alone';
  expect(explanationText(explanation).filter((one) => one.startsWith(sentence))).toHaveLength(1);
  expect(explanationText(explanation).filter((one) => one.startsWith('lon-d reaches'))).toHaveLength(1);
});
