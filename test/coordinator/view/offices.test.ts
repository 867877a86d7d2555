import { afterEach, beforeEach, expect, test } from 'vitest';
import { createOffices, type Offices } from '../../../src/coordinator/view/offices.ts';
import { openEmbeddedStore } from '../../../src/store/embedded.ts';
import { campaignOf, coordinatorKey } from '../../../src/store/keys.ts';
import type { Store } from '../../../src/store/store.ts';
import { createManualClock, type ManualClock } from '../../agents/manual-clock.ts';

let clock: ManualClock;
let store: Store;
let opened: Offices[];
/** Of what each has said of itself. */
let told: string[];
/** Ends the lease that it has, as the store or its own clock would. */
let lose: () => void;
/** Seconds at which a lease was taken by the one that loses it. */
let taken: number[];

beforeEach(() => {
  clock = createManualClock();
  store = openEmbeddedStore({ file: ':memory:', clock });
  [opened, told, taken, lose] = [[], [], [], () => {}];
});
afterEach(async () => {
  for (const offices of opened) await offices.close();
  await store.close();
});

/** Of a host that is too slow to keep a lease. */
function slowly(): Store {
  return {
    ...store,
    async lease(ttlMs) {
      taken.push(clock.monotonicMs() / 1_000);
      const lease = await store.lease(ttlMs);
      const abort = new AbortController();
      lose = () => abort.abort();
      return { ...lease, lost: AbortSignal.any([lease.lost, abort.signal]) };
    },
  };
}

async function open(name: string, its: Store, wanted = () => ['leader']): Promise<Offices> {
  const offices = createOffices({
    store: its,
    own: { name, site: 'fra', address: `${name}:7400` },
    clock,
    random: () => 1,
    wanted,
    onChange() {},
    onError: (error) => void told.push(String(error)),
  });
  opened.push(offices);
  await clock.advance(100);
  return offices;
}

/** Of which nothing is heard, and which was not made: the next so many writes of that kind for which `isMeant`. */
function losing(kind: 'put' | 'delete', count: number, isMeant: (key: string) => boolean): Store {
  let left = count;
  return {
    ...store,
    async commit(transaction) {
      const isLost = transaction.writes.some((write) => write.kind === kind && isMeant(write.key));
      if (!isLost || left === 0) return store.commit(transaction);
      left -= 1;
      return { outcome: 'unknown', reason: 'no answer' };
    },
  };
}

/** Once every so many seconds it is gone. */
async function loseTimes(count: number, everySeconds: number): Promise<void> {
  for (let lost = 0; lost < count; lost += 1) {
    await clock.advance(everySeconds * 1_000);
    lose();
    await clock.advance(0);
  }
}

const waits = (everySeconds: number) =>
  taken.slice(1).map((at, index) => Math.round(at - (taken[index] ?? 0) - everySeconds));

test('who loses its lease once stands again at once', async () => {
  await open('a', slowly());
  const other = await open('b', store);
  await clock.advance(100_000);
  await loseTimes(1, 5);
  expect(taken).toHaveLength(2);
  expect(other.held('leader')).toBeDefined();
});

test('who can not keep one while others live stands again later and later, and is not believed to live meanwhile', async () => {
  await open('a', slowly());
  const other = await open('b', store);
  await loseTimes(2, 5);
  expect(taken).toHaveLength(2);
  expect(other.others()).toEqual([]);
  expect(told.join()).toContain('2 times in a row');
  for (let minutes = 0; minutes < 10; minutes += 1) {
    const before = taken.length;
    for (let second = 0; second < 120 && taken.length === before; second += 1) await clock.advance(1_000);
    lose();
    await clock.advance(0);
  }
  // The first of them after it was kept for 5 s.
  expect(waits(0).slice(1)).toEqual([5 + 2, 4, 8, 16, 32, 60, 60, 60, 60, 60]);
});

test('who stands back stands at once where nobody else lives any more', async () => {
  await open('a', slowly());
  const other = await open('b', store);
  await loseTimes(2, 5);
  expect(taken).toHaveLength(2);
  await other.close();
  await clock.advance(0);
  expect(taken).toHaveLength(3);
});

test('one that lives alone stands again at once, as there is nobody else', async () => {
  await open('a', slowly());
  await loseTimes(5, 5);
  expect(waits(5)).toEqual([0, 0, 0, 0, 0]);
});

test('who has kept one for a minute is as good as any', async () => {
  await open('a', slowly());
  await open('b', store);
  await loseTimes(1, 5);
  await loseTimes(1, 70);
  await loseTimes(1, 5);
  expect(taken).toHaveLength(4);
});

test('who does not know whether others were told that it lives tells them again', async () => {
  const other = await open('b', store);
  await open(
    'a',
    losing('put', 3, (key) => key === coordinatorKey('a')),
  );
  await clock.advance(5_000);
  expect(other.others().map(({ name }) => name)).toEqual(['a']);
});

test('who gives up what it held, or stood for, does so until that is known: it stands in nobody’s way', async () => {
  const wanted = ['leader'];
  const isCandidate = (key: string): boolean => campaignOf(key) === 'leader';
  const first = await open('a', losing('delete', 3, isCandidate), () => wanted);
  const second = await open('b', losing('delete', 3, isCandidate), () => wanted);
  const third = await open('c', store);
  expect(first.held('leader')).toBeDefined();
  wanted.pop();
  second.reconsider();
  first.reconsider();
  await clock.advance(5_000);
  expect(third.held('leader')).toBeDefined();
});

test('who wants again what it is giving back stands for it once that is done', async () => {
  const wanted = ['leader'];
  const only = await open(
    'a',
    losing('delete', 3, (key) => campaignOf(key) === 'leader'),
    () => wanted,
  );
  wanted.pop();
  only.reconsider();
  wanted.push('leader');
  only.reconsider();
  await clock.advance(5_000);
  expect(only.held('leader')).toBeDefined();
  expect(only.holder('leader')?.name).toBe('a');
});
