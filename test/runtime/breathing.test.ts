import { expect, test } from 'vitest';
import type { Steps } from '../../src/domain/steps.ts';
import { breathing } from '../../src/runtime/breathing.ts';

/** Each step takes `stepMs` of a clock that only work turns. */
function long(steps: number, stepMs: number) {
  const done = { steps: 0, breaths: 0, ended: false };
  let nowMs = 0;
  function* work(): Steps<string> {
    try {
      for (; done.steps < steps; done.steps += 1) {
        nowMs += stepMs;
        yield;
      }
      return 'done';
    } finally {
      done.ended = true;
    }
  }
  const breathe = async (): Promise<void> => {
    done.breaths += 1;
  };
  return { done, work: work(), options: { operation: 'work', nowMs: () => nowMs, breathe } };
}

test.each<[string, number, number, number]>([
  ['others get a turn as often as slices are full', 100, 1, 10],
  ['short work gives none', 9, 1, 0],
  ['a step that is longer than a slice is one slice', 3, 50, 3],
])('%s', async (_, steps, stepMs, breaths) => {
  const { done, work, options } = long(steps, stepMs);
  expect(await breathing(work, { ...options, sliceMs: 10 })).toBe('done');
  expect(done).toEqual({ steps, breaths, ended: true });
});

test('called late in a turn, it has one step of it, and slices of others', async () => {
  const { done, work, options } = long(12, 1);
  await breathing(work, { ...options, sliceMs: 10, isLate: true });
  expect(done).toMatchObject({ steps: 12, breaths: 2 });
});

test('nobody waits for it any more: it ends with the slice, and cleans up', async () => {
  const { done, work, options } = long(100, 10);
  const abort = new AbortController();
  const breathe = async (): Promise<void> => {
    await options.breathe();
    if (done.breaths === 3) abort.abort();
  };
  const result = breathing(work, { ...options, breathe, sliceMs: 10, signal: abort.signal });
  await expect(result).rejects.toMatchObject({ code: 'deadline', operation: 'work' });
  expect(done).toEqual({ steps: 2, breaths: 3, ended: true });
});

test('an error of the work is the error of the whole', async () => {
  function* failing(): Steps<never> {
    yield;
    throw new Error('no');
  }
  await expect(breathing(failing(), { operation: 'work' })).rejects.toThrow('no');
});

test('of two long works one slice is done in each turn of the loop', async () => {
  const order: string[] = [];
  let turns = 0;
  const count = (): void => {
    turns += 1;
    if (order.length < 6) setImmediate(count);
  };
  function* work(name: string): Steps<void> {
    for (let step = 0; step < 3; step += 1) {
      order.push(`${name} in turn ${turns}`);
      yield;
    }
  }
  setImmediate(count);
  await Promise.all(['a', 'b'].map((name) => breathing(work(name), { operation: name, sliceMs: 0 })));
  const turnsUsed = new Set(order.map((entry) => entry.split(' in ')[1]));
  // Both begin at once; from then on nobody shares a turn.
  expect(turnsUsed.size).toBe(5);
});
