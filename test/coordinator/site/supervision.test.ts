import { expect, test } from 'vitest';
import { createAgentRecords } from '../../../src/coordinator/site/agent-record.ts';
import { createSupervision } from '../../../src/coordinator/site/supervision.ts';
import { emptyReport } from '../../../src/domain/agent-message.ts';
import type { AgentPresence, PathReport, PathState } from '../../../src/domain/report.ts';
import { world } from '../../plan/fixtures.ts';

const everything = world();
const stream = { peer: 'test', send: () => {}, holds: () => {}, close: () => {} };

function path(realServer: string, state: PathState, agent: AgentPresence): PathReport {
  const figures = { sinceMs: 1, rttP50Us: 300, rttP90Us: 300, loss: 0, answered: 30 };
  return { realServer, state, agent, knock: 'works', ...figures };
}

/** All agents are connected; the clock since the epoch is 1,000 s ahead of the monotonic one. */
function supervised() {
  const agents = createAgentRecords();
  const supervision = createSupervision({ agents, startedMs: 1_000_000 });
  for (const { role, name } of [...everything.directors, ...everything.realServers])
    agents.get(role, name).stream = stream;
  return {
    supervision,
    disconnect(name: string, atMs: number) {
      const record = agents.get('realserver', name);
      record.stream = undefined;
      record.lastSeenMs = 1_000_000 + atMs;
    },
    say(director: string, atMs: number, paths: readonly PathReport[], held = '') {
      const record = agents.get('director', director);
      record.report = { ...emptyReport, paths, held };
      record.reportedAtMs = atMs;
      supervision.heard(record, 1_000_000 + atMs, atMs);
    },
    at: (atMs: number) =>
      supervision
        .unsupervised(everything, atMs)
        .map(({ realServer, reason, sinceMs }) => `${realServer} ${reason} since ${sinceMs - 1_000_000}`),
  };
}

type Story = (told: ReturnType<typeof supervised>) => void;

test.each<[string, Story, string[]]>([
  ['all agents there', ({ say }) => say('fra-d', 1, [path('fra-1', 'up', 'present')]), []],
  [
    'killed',
    ({ say, disconnect }) => {
      disconnect('fra-1', 2);
      say('fra-d', 3, [path('fra-1', 'up', 'absent')]);
      say('fra-d', 5, [path('fra-1', 'up', 'absent')]);
    },
    ['fra-1 absent since 3'],
  ],
  [
    'the host died with it',
    ({ say, disconnect }) => {
      disconnect('fra-1', 2);
      say('fra-d', 3, [path('fra-1', 'down', 'absent')]);
    },
    [],
  ],
  ['nobody has said anything of the host', ({ disconnect }) => disconnect('fra-1', 2), []],
  [
    'one director hears it, another does not',
    ({ say }) => {
      say('fra-d', 3, [path('fra-1', 'up', 'absent')]);
      say('lon-d', 3, [path('fra-1', 'up', 'present')]);
    },
    [],
  ],
  [
    'connected, but no director hears it',
    ({ say }) => say('fra-d', 3, [path('fra-1', 'up', 'absent')]),
    ['fra-1 unanswering since 3'],
  ],
  [
    'directors hear it, but it is not connected',
    ({ say, disconnect }) => {
      disconnect('fra-1', 2);
      say('fra-d', 3, [path('fra-1', 'up', 'present')]);
    },
    ['fra-1 unconnected since 2'],
  ],
  [
    'directors of before do not tell',
    ({ say, disconnect }) => {
      disconnect('fra-1', 2);
      say('fra-d', 3, [path('fra-1', 'up', 'unknown')]);
      say('lon-d', 3, [path('lon-1', 'up', 'unknown')]);
    },
    ['fra-1 unconnected since 2'],
  ],
  [
    'a director that suspects itself knows of no absence',
    ({ say }) => say('fra-d', 3, [path('fra-1', 'up', 'absent')], 'all is silent'),
    [],
  ],
  [
    'absent twice: since the second time',
    ({ say }) => {
      say('fra-d', 3, [path('fra-1', 'up', 'absent')]);
      say('fra-d', 5, [path('fra-1', 'up', 'present')]);
      say('fra-d', 7, [path('fra-1', 'up', 'absent')]);
    },
    ['fra-1 unanswering since 7'],
  ],
])('%s', (_, story, expected) => {
  const told = supervised();
  story(told);
  expect(told.at(10)).toEqual(expected);
});

test('a director’s last word counts for a minute after it falls silent', () => {
  const { say, disconnect, at } = supervised();
  disconnect('fra-1', 2);
  say('fra-d', 3, [path('fra-1', 'up', 'absent')]);
  expect(at(60_003)).toEqual(['fra-1 absent since 3']);
  expect(at(60_004)).toEqual([]);
});

test('what was lost in an absence was not lost on the way, nor what is still counted 15 s after it', () => {
  const { say, supervision } = supervised();
  const isDisturbed = (atMs: number) => supervision.isDisturbed('fra-d', 'fra-1', atMs);
  expect(isDisturbed(0)).toBe(false);
  say('fra-d', 1_000, [path('fra-1', 'up', 'absent')]);
  expect(isDisturbed(60_000)).toBe(true);
  say('fra-d', 3_000, [path('fra-1', 'up', 'present')]);
  expect([isDisturbed(18_000), isDisturbed(18_001)]).toEqual([true, false]);
  expect(supervision.isDisturbed('fra-d', 'fra-2', 3_000)).toBe(false);
  say('fra-d', 20_000, [], 'all is silent');
  expect([isDisturbed(35_000), isDisturbed(35_001)]).toEqual([true, false]);
});
