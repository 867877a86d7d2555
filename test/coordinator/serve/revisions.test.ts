import { describe, expect, it } from 'vitest';
import {
  type HistoryView,
  newestNumber,
  outgrown,
  requireRevision,
  revisionsOf,
} from '../../../src/coordinator/serve/revisions.ts';
import { revisionKey, revisionPartKey } from '../../../src/store/keys.ts';
import type { RevisionRecord } from '../../../src/store/record.ts';

const record = (number: number, bytes = 100, parts = 1): RevisionRecord => ({
  number,
  atMs: 1_000,
  author: { name: 'ann', isTold: true },
  action: 'apply',
  message: '',
  isForced: false,
  isBeyondLimit: false,
  state: 'done',
  parts,
  bytes,
  made: 1,
});

function history(numbers: readonly RevisionRecord[], damaged: readonly string[] = []): HistoryView {
  return {
    revisions: () => numbers,
    revisionParts: () => [],
    setAside: () => damaged.map((key) => ({ key, reason: 'damaged' })),
  };
}

describe('the history is bounded', () => {
  const limits = { revisions: 3, bytes: 1_000 };
  const three = [record(4), record(5), record(6)];

  it('by count: the oldest goes for the next', () => {
    expect(outgrown(history(three), 100, 32, limits)).toEqual({
      keys: ['history/0000000004', 'history/0000000004/0001'],
      upTo: 4,
    });
    expect(outgrown(history(three.slice(1)), 100, 32, limits)).toEqual({ keys: [], upTo: 0 });
  });

  it('by bytes: as many as a large one needs, and all of them for one that is larger than all', () => {
    expect(outgrown(history(three.slice(1)), 850, 32, limits).upTo).toBe(5);
    expect(outgrown(history(three), 5_000, 32, limits).upTo).toBe(6);
  });

  it('a few keys with each change, so that the change itself fits: what is left of a large one goes with the next', () => {
    const large = [record(1, 900, 9), record(2, 900, 9), record(3, 10)];
    expect(outgrown(history(large), 10, 12, limits)).toMatchObject({ upTo: 1 });
    const first = outgrown(history(large), 10, 5, limits);
    expect(first).toEqual({
      keys: [revisionKey(1), ...[1, 2, 3, 4].map((part) => revisionPartKey(1, part))],
      upTo: 1,
    });
    const left = [5, 6, 7, 8, 9].map((part) => ({ number: 1, part, changes: [] }));
    const next = { ...history(large.slice(1)), revisionParts: () => left };
    expect(outgrown(next, 10, 5, limits)).toEqual({
      keys: left.map(({ part }) => revisionPartKey(1, part)),
      upTo: 0,
    });
  });

  it('what is damaged goes with its neighbours, and its number is not given again', () => {
    const view = history(three, [revisionKey(3), revisionKey(9)]);
    expect(outgrown(view, 100, 32, limits).keys).toContain(revisionKey(3));
    expect(newestNumber(view)).toBe(9);
    expect(newestNumber(history([]))).toBe(0);
  });
});

it('parts make one list of what was touched, in their order', () => {
  const touched = (name: string) => [{ kind: 'Service' as const, name, outcome: 'created' as const }];
  const view: HistoryView = {
    ...history([record(2), record(1, 100, 2)]),
    revisionParts: () => [
      { number: 1, part: 2, changes: touched('b') },
      { number: 2, part: 1, changes: touched('c') },
      { number: 1, part: 1, changes: touched('a') },
    ],
  };
  expect(revisionsOf(view).map((one) => [one.number, one.touched.map(({ name }) => name)])).toEqual([
    [1, ['a', 'b']],
    [2, ['c']],
  ]);
});

it.each([
  [0, 'older ones were swept: the history goes back to before revision 4'],
  [2, 'older ones were swept: the history goes back to before revision 4'],
  [3, undefined],
  [6, undefined],
  [7, 'the newest is 6'],
])('of revisions 4 to 6, revision %d', (number, says) => {
  const require = () => requireRevision(history([record(4), record(5), record(6)]), number, 'compare');
  if (says === undefined) require();
  else expect(require).toThrow(`compare revision ${number}: ${says}`);
});

it('what came before a revision that can not be read is not known; what came after it is', () => {
  const view = history([record(1), record(3)], [revisionKey(2)]);
  expect(() => requireRevision(view, 1, 'compare')).toThrow("revision 2, which came later, can't be read");
  requireRevision(view, 2, 'compare');
});
