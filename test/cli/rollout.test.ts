import { expect, test } from 'vitest';
import { CausewayError } from '../../src/domain/error.ts';
import type { AgentStatus, Status } from '../../src/domain/status.ts';
import { isOver, rolloutOf } from '../../src/plan/rollout.ts';
import { type FakeCoordinator, fakeCoordinator } from './fake-coordinator.ts';
import { run } from './fake-io.ts';
import { settled, status } from './status.fixture.ts';

const files = { 'site.yaml': 'apiVersion: causeway/v1\nkind: Site\nmetadata: { name: fra }\n' };

function at(name: string, changes: Partial<AgentStatus>, of: Status = settled): Status {
  return {
    ...of,
    agents: of.agents.map((agent) => (agent.name === name ? { ...agent, ...changes } : agent)),
  };
}
const pending = at('fra-d1', { appliedVersion: 6 });
const refused = at('fra-d1', { appliedVersion: 6, refusal: 'implausible: 4 of 6 destinations' });

test.each<[string, Status, number, boolean, string[]]>([
  ['everybody has it', settled, 12, true, []],
  ['the coordinator has not told it yet', { ...settled, publishedRevision: 11 }, 12, false, []],
  ['told', { ...settled, publishedRevision: 12 }, 12, true, []],
  ['one has not said', pending, 12, false, []],
  ['one has never been told anything', at('fra-d1', { wantedVersion: 0, appliedVersion: 0 }), 12, false, []],
  ['one refuses', refused, 12, true, ['fra-d1']],
  ['one is not connected', at('fra-d1', { appliedVersion: 6, connected: false }), 12, true, []],
  [
    'its site is not declared, but it has what is wanted',
    at('fra-d1', { refusal: 'its site fra is not declared' }),
    12,
    true,
    [],
  ],
])('how far it has come: %s', (_, of, revision, over, refusing) => {
  const rollout = rolloutOf(of, revision);
  expect(isOver(rollout)).toBe(over);
  expect(rollout.refused.map(({ name }) => name)).toEqual(refusing);
});

/** Each look shows the next of these; the last one stays. Time passes with each look. */
function story(...looks: (Status | Error)[]): { admin: FakeCoordinator; io: object } {
  const admin = fakeCoordinator(settled);
  let look = 0;
  let nowMs = 0;
  admin.status = async () => {
    const next = looks[Math.min(look++, looks.length - 1)] ?? settled;
    if (next instanceof Error) throw next;
    return next;
  };
  const after = (delayMs: number, done: () => void) => {
    nowMs += delayMs;
    queueMicrotask(done);
    return { cancel: () => {} };
  };
  return { admin, io: { clock: { nowMs: () => 0, monotonicMs: () => nowMs, after } } };
}

test('apply waits until every agent has it, and tells how it goes on standard error', async () => {
  const {
    status: exit,
    out,
    err,
  } = await run('apply -f site.yaml --output json', {
    ...story({ ...settled, publishedRevision: 0 }, pending, pending, settled),
    files,
  });
  expect(exit).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ resources: [{ outcome: 'created' }] });
  expect(err.split('\n')).toEqual([
    'telling the agents',
    '1 agent up to date, waiting for director fra-d1; 1 agent not connected will follow',
    '2 agents up to date; 1 agent not connected will follow',
    '',
  ]);
});

const away = new CausewayError({
  code: 'unavailable',
  operation: 'status',
  message: 'no coordinator answers',
});

test('a coordinator that is away meanwhile is waited for as well', async () => {
  const { status: exit, err } = await run('apply -f site.yaml', { ...story(pending, away, settled), files });
  expect([exit, err]).toEqual([0, expect.stringContaining('the coordinator does not answer just now\n')]);
});

test('one that stays away: what was applied stands; status 1', async () => {
  const { status: exit, err } = await run('apply -f site.yaml --timeout 5', { ...story(away), files });
  expect([exit, err]).toEqual([1, expect.stringContaining('it stands')]);
});

test('an agent that refuses is named; status 1', async () => {
  const { status: exit, out, err } = await run('apply -f site.yaml', { ...story(pending, refused), files });
  expect(exit).toBe(1);
  expect(out).toContain('Site/fra  created');
  expect(err).toContain('director fra-d1: refuses: implausible: 4 of 6 destinations\n');
  expect(err).toContain('refused by 1 agent: they stay as they were, the others have it');
});

test('time runs out: who has not said is named; status 1; it stands', async () => {
  const world = { ...story(pending), files };
  const { status: exit, err } = await run('apply -f site.yaml --timeout 2', world);
  expect(exit).toBe(1);
  expect(err).toContain('director fra-d1: has not said yet\nnot everywhere within 2 s; it stands');
  expect(world.admin.stored.has('Site/fra')).toBe(true);
});

test('an interruption leaves it applied, and says so; status 1', async () => {
  const interrupted = new AbortController();
  const { admin, io } = story(pending);
  const look = admin.status.bind(admin);
  let looks = 0;
  admin.status = async () => {
    if (++looks === 3) interrupted.abort();
    return look();
  };
  const { status: exit, err } = await run('apply -f site.yaml', {
    admin,
    files,
    io: { ...io, interruption: () => interrupted.signal },
  });
  expect(exit).toBe(1);
  expect(err).toContain('interrupted: it stands, and agents go on with it');
});

test.each(['apply -f site.yaml --no-wait', 'delete site fra --no-wait'])('%s does not look', async (line) => {
  const admin = fakeCoordinator(status);
  admin.stored.set('Site/fra', { kind: 'Site', name: 'fra', tunnel: 'ipip' });
  admin.status = async () => {
    throw new Error('not to be asked');
  };
  expect(await run(line, { admin, files })).toMatchObject({ status: 0, err: '' });
});

test('delete waits as apply does', async () => {
  const { admin, io } = story(pending, refused);
  admin.stored.set('Site/fra', { kind: 'Site', name: 'fra', tunnel: 'ipip' });
  const { status: exit, out, err } = await run('delete site fra', { admin, io });
  expect(exit).toBe(1);
  expect(out).toContain('Site/fra  deleted');
  expect(err).toContain('director fra-d1: refuses');
});

test('what may still come is a warning at its place', async () => {
  const admin = fakeCoordinator(settled);
  admin.apply = async () => ({
    problems: [],
    warnings: [
      {
        resource: { kind: 'Site', name: 'fra' },
        path: 'metadata.name',
        found: 'x',
        expected: 'y',
        mayCome: true,
      },
    ],
    revision: 3,
    outcomes: ['created'],
  });
  const { status: exit, err } = await run('apply -f site.yaml', { admin, files });
  expect(exit).toBe(0);
  expect(err).toBe(
    'warning: site.yaml:3: metadata.name: found x, expected y: accepted, for it may still come\n',
  );
});
