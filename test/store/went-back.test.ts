import { describe, expect, it } from 'vitest';
import { historyPrefix, revisionKey, revisionPartKey } from '../../src/store/keys.ts';
import { newestChange, wentBack } from '../../src/store/went-back.ts';

describe('a store that was at revision 70 and change 6', () => {
  it.each([
    ['has gone on', 71, 6, undefined],
    ['has gone on, and something was changed', 90, 7, undefined],
    ['is an old copy', 60, 5, 'is of revision 60, and was at revision 70'],
    [
      'is an old copy on which coordinators have campaigned since',
      75,
      5,
      'has the history up to change 5, and had it up to 6',
    ],
    ['is an old copy that somebody means, by --bump-revision', 1_000_000_060, 5, undefined],
    ['is empty', 0, 0, 'is of revision 0, and was at revision 70'],
  ])('%s', (_, revision, change, found) => {
    expect(wentBack({ revision, change }, { revision: 70, change: 6 })).toBe(found);
  });
});

it('the newest change is that of the history alone, parts of it included', () => {
  const keys = [revisionKey(4), revisionPartKey(11, 2), `${historyPrefix}x`, 'members/director/12'];
  expect(newestChange(keys)).toBe(11);
  expect(newestChange([])).toBe(0);
});
