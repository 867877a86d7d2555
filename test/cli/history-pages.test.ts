import { beforeEach, describe, expect, it } from 'vitest';
import type { HistoryAnswer } from '../../src/api/handlers.ts';
import { type FakeCoordinator, fakeCoordinator } from './fake-coordinator.ts';
import { run } from './fake-io.ts';
import { settled } from './status.fixture.ts';

type Told = HistoryAnswer['revisions'][number];

const revision = (number: number, changes: Partial<Told> = {}): Told => ({
  number,
  atMs: 1_800_000_000_000,
  author: { name: 'ann', isTold: true },
  action: 'apply',
  message: '',
  isForced: false,
  isBeyondLimit: false,
  state: 'done',
  touched: [{ kind: 'Service', name: 'web', outcome: 'changed' }],
  touchedCount: 1,
  ...changes,
});

let admin: FakeCoordinator;
beforeEach(() => {
  admin = fakeCoordinator(settled);
});

const rowsOf = (out: string) =>
  out
    .split('\n')
    .slice(1)
    .filter((line) => line !== '');
const columns = (row = '') => row.split(/ {2,}/);

describe('history', () => {
  const show = async (one: Partial<Told>) => {
    admin.past = { revisions: [revision(7, one)], oldest: 1, newest: 7 };
    return columns(rowsOf((await run('history', { admin })).out)[0]);
  };

  it.each<[string, Partial<Told>, Record<number, string>]>([
    [
      'an author whom a certificate names',
      { author: { name: 'spiffe://x/admin/ann', isTold: false } },
      { 2: 'spiffe://x/admin/ann' },
    ],
    ['a rollback', { action: 'rollback', rolledBackTo: 3 }, { 3: 'rollback to 3' }],
    ['what was insisted on', { isForced: true, isBeyondLimit: true }, { 3: 'apply --force --allow-removal' }],
    ['one that is being written', { state: 'in progress' }, { 3: 'apply (in progress)' }],
    [
      'one that was given up',
      { state: 'abandoned', touched: [], touchedCount: 0 },
      { 3: 'apply (abandoned)', 4: '-' },
    ],
    ['a message of several lines', { message: 'one\n\u001b[2Jtwo' }, { 5: 'one [2Jtwo' }],
  ])('%s', async (_, change, expected) => {
    const found = await show(change);
    for (const [column, text] of Object.entries(expected)) expect(found[Number(column)]).toBe(text);
  });

  it('of very many resources the first, and how many more', async () => {
    const touched = ['a', 'b', 'c', 'd'].map((name) => ({
      kind: 'Site' as const,
      name,
      outcome: 'created' as const,
    }));
    expect((await show({ touched, touchedCount: 400 }))[4]).toBe(
      'Site/a created, Site/b created, Site/c created and 397 more',
    );
  });

  it('says where it begins, once that is shown', async () => {
    admin.past = { revisions: [revision(58), revision(57)], oldest: 57, newest: 58 };
    expect((await run('history', { admin })).out).toMatch(/\n\nRevisions before 57 are no longer kept\.\n$/);
    admin.past = { revisions: [revision(58)], oldest: 57, newest: 58 };
    expect((await run('history --limit 1', { admin })).out).not.toContain('no longer kept');
    admin.past = { revisions: [], oldest: 0, newest: 0 };
    expect((await run('history', { admin })).out).toBe(
      'Nothing has been changed yet, as far as the history goes back.\n',
    );
  });

  it('asks for as many as are wanted, of one resource', async () => {
    await run('history services web --limit 5', { admin });
    await run('history director fra-d1', { admin });
    expect(admin.asked).toEqual([
      { limit: 5, of: { kind: 'Service', name: 'web' } },
      { limit: 20, of: { kind: 'Director', name: 'fra-d1' } },
    ]);
  });
});

it('a difference that can not be read is told as such', async () => {
  admin.changes = [
    { kind: 'Site', name: 'fra', outcome: 'changed', before: 'unreadable', after: 'unreadable' },
  ];
  expect((await run('diff now 3', { admin })).out).toBe(
    'Site/fra changed\n  what it was can not be read\n  what it became can not be read\n',
  );
  expect(admin.asked).toEqual([{ from: undefined, to: 3 }]);
  const { out } = await run('diff 3 --output json', { admin });
  expect(JSON.parse(out)).toEqual({
    from: 3,
    to: 'now',
    changes: [
      {
        ...{ kind: 'Site', name: 'fra', outcome: 'changed' },
        ...{ beforeUnreadable: true, afterUnreadable: true, differences: [] },
      },
    ],
  });
});

it('what a change says of itself is what its options and the environment say', async () => {
  const files = { 's.yaml': 'apiVersion: causeway/v1\nkind: Site\nmetadata: { name: fra }\n' };
  const env = { USER: 'ann' };
  await run('apply -f s.yaml -m racks --if-revision 7 --allow-removal', { admin, files, env });
  await run('delete site fra', { admin, env: { LOGNAME: 'bob' } });
  await run('rollback 3 -m racks --force', { admin });
  expect(admin.said).toEqual([
    { author: 'ann', message: 'racks', ifRevision: 7, allowRemoval: true },
    { author: 'bob' },
    { message: 'racks' },
  ]);
  expect(admin.forced).toEqual([false, false, true]);
});

it('a rollback tells what it changed, what it left alone, and by which revision', async () => {
  admin.rolledBack = {
    ...admin.rolledBack,
    outcomes: ['changed', 'unchanged'],
    resources: [
      { kind: 'Service', name: 'web' },
      { kind: 'Service', name: 'same' },
    ],
    removals: [{ kind: 'Site', name: 'lon' }],
    leftAlone: [{ kind: 'Override', name: 'drain-fra' }],
  };
  expect((await run('rollback 3 --no-wait', { admin })).out).toBe(
    'RESOURCE     OUTCOME\nService/web  changed\nSite/lon     deleted\nLeft as it is: Override/drain-fra\n\nRevision 3.\n',
  );
  expect(JSON.parse((await run('rollback 3 --no-wait -o json', { admin })).out)).toEqual({
    ...{ revision: 3, storeRevision: 9, rolledBackTo: 3 },
    resources: [
      { kind: 'Service', name: 'web', outcome: 'changed' },
      { kind: 'Site', name: 'lon', outcome: 'deleted' },
    ],
    leftAlone: [{ kind: 'Override', name: 'drain-fra' }],
  });
});
