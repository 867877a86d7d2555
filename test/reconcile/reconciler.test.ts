/** Stories of one object of the kernel's: a number that somebody wants to have a certain value. */
import { expect, test } from 'vitest';
import { createReconciler, type ReconcileResult } from '../../src/reconcile/reconciler.ts';
import { createManualClock, settled } from './manual-clock.ts';

function story() {
  const clock = createManualClock();
  const kernel = { value: 0, reads: 0, writes: [] as number[], fails: 0, ignores: false };
  const wanted: { value: number | undefined } = { value: 1 };
  /** A write waits for this, where a story needs one in flight. */
  let gate = Promise.resolve();
  const results: ReconcileResult<number>[] = [];
  const reconciler = createReconciler<number, number, number>({
    name: 'number',
    read: async () => {
      kernel.reads += 1;
      return kernel.value;
    },
    desired: () => wanted.value,
    diff: (desired, actual) => (desired === actual ? [] : [desired]),
    apply: async (operations) => {
      await gate;
      if (kernel.fails > 0) {
        kernel.fails -= 1;
        throw new Error('EBUSY');
      }
      for (const value of operations) {
        kernel.writes.push(value);
        if (!kernel.ignores) kernel.value = value;
      }
    },
    describe: (value) => `set ${value}`,
    clock,
    random: () => 1,
    onResult: (result) => results.push(result),
    verifyIntervalMs: 5_000,
    backoff: { initialMs: 100, maxMs: 400 },
  });
  const hold = () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    gate = promise;
    return resolve;
  };
  return { clock, kernel, wanted, results, reconciler, hold };
}

test('nothing happens before the first trigger', async () => {
  const { clock, kernel, reconciler } = story();
  await clock.advance(60_000);
  expect(kernel.reads).toBe(0);
  expect(reconciler.state()).toEqual({ status: 'pending', sinceMs: 1_000_000, error: undefined });
});

test('it writes what differs, reads it back, and says so', async () => {
  const { kernel, reconciler, results } = story();
  expect(await reconciler.trigger()).toMatchObject({ status: 'done' });
  expect(kernel).toMatchObject({ value: 1, writes: [1], reads: 2 });
  expect(results).toMatchObject([{ name: 'number', operations: [1], failures: 0 }]);
});

test('nothing to do: no write, and one read only', async () => {
  const { kernel, reconciler } = story();
  kernel.value = 1;
  expect(await reconciler.trigger()).toMatchObject({ status: 'done' });
  expect(kernel).toMatchObject({ writes: [], reads: 1 });
});

test('nothing known of what is wanted: nothing is touched', async () => {
  const { kernel, reconciler, wanted } = story();
  wanted.value = undefined;
  expect(await reconciler.trigger()).toMatchObject({ status: 'pending' });
  expect(kernel.writes).toEqual([]);
});

test('what somebody else wrote is put right at the next look', async () => {
  const { clock, kernel, reconciler } = story();
  await reconciler.trigger();
  kernel.value = 7;
  await clock.advance(4_999);
  expect(kernel.value).toBe(7);
  await clock.advance(1);
  expect(kernel).toMatchObject({ value: 1, writes: [1, 1] });
});

test('any number of triggers during a run are one more run, with the newest wish', async () => {
  const { kernel, reconciler, wanted, results, hold } = story();
  const release = hold();
  const first = reconciler.trigger();
  await settled();
  wanted.value = 2;
  const second = reconciler.trigger();
  wanted.value = 3;
  const third = reconciler.trigger();
  release();
  await Promise.all([first, second, third]);
  expect(kernel.writes).toEqual([1, 3]);
  expect(results).toHaveLength(2);
});

test('a failure is tried again, later each time up to the cap, and a success forgets it', async () => {
  const { clock, kernel, reconciler, results } = story();
  kernel.fails = 5;
  expect(await reconciler.trigger()).toMatchObject({ status: 'error', error: new Error('EBUSY') });
  for (const delayMs of [100, 200, 400, 400]) {
    expect(clock.timers()).toEqual([delayMs]);
    await clock.advance(delayMs);
  }
  expect(results.map(({ failures }) => failures)).toEqual([1, 2, 3, 4, 5]);
  expect(reconciler.state()).toMatchObject({ status: 'error', sinceMs: 1_000_000 });
  await clock.advance(400);
  expect(reconciler.state()).toEqual({ status: 'done', sinceMs: 1_001_500, error: undefined });
  expect(clock.timers()).toEqual([5_000]);
});

test('a trigger does not wait for the backoff', async () => {
  const { clock, kernel, reconciler } = story();
  kernel.fails = 1;
  await reconciler.trigger();
  expect(await reconciler.trigger()).toMatchObject({ status: 'done' });
  expect(clock.timers()).toEqual([5_000]);
});

test('what did not take is an error that names it', async () => {
  const { kernel, reconciler } = story();
  kernel.ignores = true;
  const state = await reconciler.trigger();
  expect(state.status).toBe('error');
  expect(String(state.error)).toContain(
    '1 operations did not take, or somebody undid them; the first: set 1',
  );
});

test('stop waits for the run in flight; nothing runs afterwards, and nobody waits for ever', async () => {
  const { clock, kernel, reconciler, wanted, hold } = story();
  const release = hold();
  void reconciler.trigger();
  await settled();
  wanted.value = 2;
  const waiting = reconciler.trigger();
  const stopping = reconciler.stop();
  release();
  await stopping;
  expect(kernel.writes).toEqual([1]);
  expect(await waiting).toMatchObject({ status: 'done' });
  expect(await reconciler.trigger()).toMatchObject({ status: 'done' });
  await clock.advance(60_000);
  expect(clock.timers()).toEqual([]);
  expect(kernel.writes).toEqual([1]);
});
