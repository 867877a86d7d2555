import { expect, test } from 'vitest';
import { watchStoreHealth } from '../../../src/coordinator/view/store-health.ts';
import { CausewayError } from '../../../src/domain/error.ts';
import type { Logger } from '../../../src/runtime/log.ts';
import { realClock } from '../../../src/runtime/system-clock.ts';
import { openEmbeddedStore } from '../../../src/store/embedded.ts';
import type { Store } from '../../../src/store/store.ts';
import { createManualClock } from '../../agents/manual-clock.ts';

function open() {
  const lines: string[] = [];
  const say = (_: object | string, text?: string): void => void lines.push(text ?? String(_));
  const log = { error: say, info: say } as unknown as Logger;
  const inner = openEmbeddedStore({ file: ':memory:', clock: realClock });
  let isFull = false;
  const full: Store = {
    ...inner,
    async commit(transaction) {
      if (!isFull) return inner.commit(transaction);
      throw new CausewayError({
        code: 'unavailable',
        operation: 'write',
        message: 'the disk refuses (full)',
      });
    },
  };
  const clock = createManualClock();
  const store = watchStoreHealth(full, { clock, log });
  const put = () => store.commit({ conditions: [], writes: [{ kind: 'put', key: 'k', value: 'v' }] });
  return { store, put, clock, lines, fill: (value: boolean) => (isFull = value) };
}

test('a full disk is told once, and once when there is room again, though nobody else writes', async () => {
  const { store, put, clock, lines, fill } = open();
  await put();
  expect(store.trouble()).toBeUndefined();
  fill(true);
  for (let index = 0; index < 3; index++) await expect(put()).rejects.toMatchObject({ code: 'unavailable' });
  expect(store.trouble()).toContain('the disk refuses (full)');
  clock.advance(5_000);
  await expect.poll(() => lines).toEqual(['the store can not be written']);
  fill(false);
  await expect
    .poll(() => {
      clock.advance(5_000);
      return store.trouble();
    })
    .toBeUndefined();
  expect(lines).toEqual(['the store can not be written', 'the store can be written again']);
  await store.close();
});

test('a transaction that is wrong, or lost a race, is no trouble of the store', async () => {
  const { store } = open();
  const twice = { kind: 'put', key: 'k', value: 'v' } as const;
  await expect(store.commit({ conditions: [], writes: [twice, twice] })).rejects.toMatchObject({
    code: 'invalid',
  });
  const lost = await store.commit({ conditions: [{ key: 'k', modRevision: 9 }], writes: [twice] });
  expect(lost.outcome).toBe('conflict');
  expect(store.trouble()).toBeUndefined();
  await store.close();
});
