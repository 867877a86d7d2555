/** The judge of histories, judged: one that is right, and each way in which one can be wrong. */
import { describe, expect, it } from 'vitest';
import type { Change, Commit, WatchEvent } from '../../src/store/store.ts';
import { type History, judge, type ReadCall, type WatchRecord, type WriteCall } from './oracle.ts';
import { put, remove } from './writing.ts';

const entry = (key: string, value: string, modRevision: number) => ({
  ...{ key, value, modRevision, createRevision: modRevision },
});
const changes = (revision: number, ...list: Change[]): WatchEvent => ({
  kind: 'changes',
  changes: list,
  revision,
});
const set = (key: string, value: string, revision: number): Change => ({
  kind: 'put',
  entry: entry(key, value, revision),
});
const gone = (key: string, revision: number): Change => ({ kind: 'delete', key, revision });

/** 11: a=1 b=1 · 12: other=x · 13: a gone · 14: c=2, the answer to which was lost. */
const writes: WriteCall[] = [
  write(1, 2, { outcome: 'committed', revision: 11 }, put('w/a', '1'), put('w/b', '1b')),
  write(3, 4, { outcome: 'committed', revision: 12 }, put('other', 'x')),
  write(5, 6, { outcome: 'committed', revision: 13 }, remove('w/a')),
  write(7, 9, { outcome: 'unknown', reason: 'deadline' }, put('w/c', '2')),
  {
    ...write(10, 11, { outcome: 'conflict', revision: 14 }, put('w/d', '3')),
    transaction: conditional('w/c', 0),
  },
];
const told: WatchEvent[] = [
  { kind: 'list', entries: [], revision: 10 },
  changes(11, set('w/a', '1', 11), set('w/b', '1b', 11)),
  changes(12),
  changes(13, gone('w/a', 13)),
  { kind: 'stale', reason: 'cut off' },
  changes(14, set('w/c', '2', 14)),
];
const end = {
  entries: [entry('other', 'x', 12), entry('w/b', '1b', 11), entry('w/c', '2', 14)],
  revision: 14,
};
const read: ReadCall = {
  ...{ invoked: 7, returned: 8, selection: { prefix: 'w/' } },
  listing: { entries: [entry('w/b', '1b', 11)], revision: 13 },
};
const right: History = {
  start: { entries: [], revision: 10 },
  ...{ writes, reads: [read], end },
  watches: [watch(undefined, told), watch(11, told.slice(2))],
};

function write(
  invoked: number,
  returned: number,
  commit: Commit,
  ...list: WriteCall['transaction']['writes']
) {
  return { invoked, returned, commit, transaction: { conditions: [], writes: list } };
}
function conditional(key: string, modRevision: number): WriteCall['transaction'] {
  return { conditions: [{ key, modRevision }], writes: [put('w/d', '3')] };
}
function watch(afterRevision: number | undefined, events: readonly WatchEvent[]): WatchRecord {
  return { prefix: 'w/', afterRevision, events, isGivenUp: false };
}
const watching = (afterRevision: number | undefined, ...events: WatchEvent[]): Partial<History> => ({
  watches: [watch(afterRevision, events)],
});

it('finds nothing wrong with what is right', () => {
  expect(judge(right)).toEqual([]);
});

describe('finds', () => {
  const [list, eleven, , thirteen, , fourteen] = told as [
    WatchEvent,
    WatchEvent,
    WatchEvent,
    WatchEvent,
    WatchEvent,
    WatchEvent,
  ];
  it.each<[string, string, Partial<History>]>([
    ['events out of order', 'ordered', watching(undefined, list, eleven, fourteen, thirteen)],
    ['a list that goes back', 'ordered', watching(undefined, list, eleven, thirteen, fourteen, list)],
    ['one event twice', 'unique', watching(undefined, list, eleven, eleven, thirteen, fourteen)],
    [
      'a transaction in two parts',
      'atomic',
      watching(
        undefined,
        ...[list, changes(11, set('w/a', '1', 11)), changes(11, set('w/b', '1b', 11)), thirteen, fourteen],
      ),
    ],
    [
      'a transaction of which a part is lost',
      'atomic',
      watching(undefined, list, changes(11, set('w/a', '1', 11)), thirteen, fourteen),
    ],
    ['a change that is left out', 'reliable', watching(undefined, list, eleven, fourteen)],
    ['a last change that never comes', 'reliable', watching(undefined, list, eleven, thirteen)],
    ['a resumption that skips', 'resumable', watching(11, fourteen)],
    ['a watch that begins without a list', 'resumable', watching(undefined, eleven, thirteen, fourteen)],
    [
      'a bookmark ahead of its time',
      'bookmarkable',
      watching(undefined, list, changes(12), eleven, thirteen, fourteen),
    ],
    [
      'a list that is not what there was',
      'linearisable',
      watching(undefined, { kind: 'list', entries: [entry('w/a', '1', 11)], revision: 14 }),
    ],
    [
      'a read of what was written over before it was asked',
      'linearisable',
      {
        reads: [
          { ...read, listing: { entries: [entry('w/a', '1', 11), entry('w/b', '1b', 11)], revision: 12 } },
        ],
      },
    ],
    [
      'a read that lacks what is there',
      'linearisable',
      { reads: [{ ...read, listing: { entries: [], revision: 13 } }] },
    ],
    [
      'a write before one that was over when it was asked for',
      'linearisable',
      { writes: writes.map((one, index) => (index === 0 ? { ...one, invoked: 20, returned: 21 } : one)) },
    ],
    [
      'a conflict where nothing was in the way',
      'linearisable',
      { writes: writes.with(4, { ...(writes[4] as WriteCall), transaction: conditional('w/c', 14) }) },
    ],
    [
      'a write whose condition did not hold',
      'linearisable',
      {
        writes: writes.with(2, {
          ...(writes[2] as WriteCall),
          transaction: { conditions: [{ prefix: 'w/', unchangedSince: 10 }], writes: [remove('w/a')] },
        }),
      },
    ],
    ['a write that is lost', 'linearisable', { end: { entries: end.entries.slice(1), revision: 14 } }],
  ])('%s', (_, property, change) => {
    const complaints = judge({ ...right, ...change });
    expect(complaints.map((one) => one.split(':')[0])).toContain(property);
  });
});
