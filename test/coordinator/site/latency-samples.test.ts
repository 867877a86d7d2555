import { expect, test } from 'vitest';
import { createAgentRecords } from '../../../src/coordinator/site/agent-record.ts';
import { createLatencySampler } from '../../../src/coordinator/site/latency-samples.ts';
import { createSupervision } from '../../../src/coordinator/site/supervision.ts';
import { emptyReport } from '../../../src/domain/agent-message.ts';
import type { PathReport } from '../../../src/domain/report.ts';
import { atOnce } from '../../../src/domain/steps.ts';
import { world } from '../../plan/fixtures.ts';

const windowMs = 5_000;
const members = new Map(
  [...world().directors, ...world().realServers].map((value) => [`${value.role}/${value.name}`, value]),
);

type Window = Partial<PathReport> & { readonly held?: string };

/** Loss of the samples that each window gives; the director reports at the end of each, of one path. */
function losses(windows: readonly Window[]): number[][] {
  const agents = createAgentRecords();
  const supervision = createSupervision({ agents, startedMs: 0 });
  const record = agents.get('director', 'lon-d');
  record.stream = { peer: 'test', send: () => {}, holds: () => {}, close: () => {} };
  const member = (role: string, name: string) => {
    const value = members.get(`${role}/${name}`);
    return value && { value, modRevision: 1 };
  };
  const sample = createLatencySampler({ agents, view: { member }, supervision });
  return windows.map(({ held = '', ...change }, index) => {
    const atMs = (index + 1) * windowMs;
    const figures = { sinceMs: 1, rttP50Us: 300, rttP90Us: 300, loss: 0, answered: 30 };
    const path: PathReport = {
      realServer: 'fra-1',
      state: 'up',
      agent: 'present',
      knock: 'works',
      ...figures,
      ...change,
    };
    record.report = { ...emptyReport, paths: [path], held };
    record.reportedAtMs = atMs;
    supervision.heard(record, atMs, atMs);
    return atOnce(sample(atMs - windowMs, atMs)).map(({ loss }) => loss);
  });
}

const absent = { agent: 'absent', loss: 1, answered: 0 } as const;

test.each<[string, Window[], number[][]]>([
  ['of a way without loss, at once', [{}, {}], [[0], [0]]],
  ['loss counts a window later', [{ loss: 0.2 }, {}, {}], [[], [0.2, 0], [0]]],
  ['lasting loss too', [{ loss: 0.2 }, { loss: 0.3 }, { loss: 0.3 }], [[], [0.2], [0.3]]],
  [
    'an agent goes, and comes back: nothing of it is loss',
    [{ loss: 0.1 }, absent, absent, absent, { loss: 0.6 }, { loss: 0.02 }, {}, {}],
    [[], [], [], [], [], [], [0], [0]],
  ],
  ['a way that was lost', [{ loss: 0.4 }, { state: 'down', loss: 1 }, {}], [[], [], [0]]],
  ['a director that suspects itself', [{ loss: 0.4 }, { held: 'all is silent' }, {}], [[], [], [0]]],
])('%s', (_, windows, expected) => {
  expect(losses(windows)).toEqual(expected);
});
