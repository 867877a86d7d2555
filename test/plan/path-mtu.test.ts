import { expect, test } from 'vitest';
import { type MtuSearch, mtuTiming, newMtuSearch, nextMtuSearch } from '../../src/plan/path-mtu.ts';

interface Way {
  /** What gets through. */
  readonly carries: number;
  readonly limit?: number;
  readonly before?: MtuSearch;
  /** The agent there answers something. */
  readonly alive?: boolean;
}

/** A whole search on such a way; `asked`: every size, as often as it was sent. */
function searched({ carries, limit = 1_500, before = newMtuSearch(0), alive = true }: Way) {
  const asked: number[] = [];
  let atMs = before.dueMs;
  let search = nextMtuSearch(before, { kind: 'begin', limitBytes: limit });
  while (search.open !== undefined) {
    const { bytes } = search.open.asked;
    asked.push(bytes);
    search = nextMtuSearch(search, { kind: 'sent', atMs });
    atMs += bytes <= carries ? 20 : mtuTiming.answerMs;
    search =
      bytes <= carries
        ? nextMtuSearch(search, { kind: 'answered', bytes, atMs })
        : nextMtuSearch(search, { kind: 'tick', atMs, alive });
  }
  return { found: search.foundBytes, asked, search, tookMs: atMs - before.dueMs };
}

test('a way that carries what the link does is asked twice', () => {
  expect(searched({ carries: 1_500 })).toMatchObject({ found: 1_500, asked: [576, 1_500] });
  expect(searched({ carries: 9_000, limit: 8_951 })).toMatchObject({ found: 8_951, asked: [576, 8_951] });
});

test.each([1_280, 1_300, 1_400, 1_454, 1_480, 1_492, 1_499])(
  'of a way that carries %i the largest usual size not above it is found',
  (carries) => {
    const { found = 0, asked } = searched({ carries });
    expect(found).toBeLessThanOrEqual(carries);
    expect(carries - found).toBeLessThan(40);
    expect(new Set(asked).size).toBeLessThanOrEqual(8);
  },
);

test('what was found is asked again, and the size above it; a search that finds the same is long in coming again', () => {
  const first = searched({ carries: 1_400 });
  expect(first).toMatchObject({ found: 1_400 });
  expect(first.search.dueMs - first.tookMs).toBe(mtuTiming.soonMs);
  const again = searched({ carries: 1_400, before: first.search });
  expect(again).toMatchObject({ found: 1_400, asked: [576, 1_400, 1_410, 1_410, 1_410] });
  expect(again.search.dueMs - first.search.dueMs - again.tookMs).toBe(mtuTiming.againMs);
  expect(searched({ carries: 1_500, before: again.search })).toMatchObject({ found: 1_500 });
  expect(searched({ carries: 1_300, before: again.search })).toMatchObject({ found: 1_280 });
});

test('where not even the least is answered nothing is known: the agent there takes none of it', () => {
  expect(searched({ carries: 0 })).toMatchObject({ found: undefined, asked: [576, 576, 576] });
});

test('silence about everything says nothing of a size: what was found stays, and it is tried again soon', () => {
  const { search } = searched({ carries: 1_400 });
  const { asked, search: after } = searched({ carries: 0, before: search, alive: false });
  expect(asked).toEqual([576]);
  expect(after).toEqual({
    foundBytes: 1_400,
    dueMs: search.dueMs + mtuTiming.answerMs + mtuTiming.retryMs,
  });
});

test('an answer that comes late counts', () => {
  const begun = nextMtuSearch(newMtuSearch(0), { kind: 'begin', limitBytes: 1_500 });
  const sent = nextMtuSearch(begun, { kind: 'sent', atMs: 0 });
  const twice = nextMtuSearch(sent, { kind: 'tick', atMs: 1_000, alive: true });
  expect(twice.open?.asked).toEqual({ bytes: 576, unanswered: 1, sentMs: undefined });
  expect(nextMtuSearch(twice, { kind: 'answered', bytes: 576, atMs: 1_100 }).open?.asked.bytes).toBe(1_500);
});
