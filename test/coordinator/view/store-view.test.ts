/** Who is registered with an address, as members come, move and go. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openStoreView } from '../../../src/coordinator/view/store-view.ts';
import { transact } from '../../../src/coordinator/view/transact.ts';
import { realClock } from '../../../src/runtime/system-clock.ts';
import { openEmbeddedStore } from '../../../src/store/embedded.ts';
import { memberKey } from '../../../src/store/keys.ts';
import { encodeRecord } from '../../../src/store/record.ts';
import type { Entry, Store, WatchEvent, Write } from '../../../src/store/store.ts';
import { director, realServer } from '../../plan/fixtures.ts';
import { write } from '../../store/writing.ts';

test('an address leads to those that have it now', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'causeway-view-'));
  const store = openEmbeddedStore({ file: join(folder, 'store.db'), clock: realClock });
  const failed = (what: unknown): never => {
    throw what;
  };
  const view = await openStoreView(store, { onSetAside: failed, onTrouble: failed, clock: realClock });
  const seen = async (...writes: Write[]): Promise<void> => view.reached(await write(store, ...writes));
  const put = (value: ReturnType<typeof realServer> | ReturnType<typeof director>): Write => ({
    kind: 'put',
    key: memberKey(value.role, value.name),
    value: encodeRecord({ kind: 'member', value }),
  });
  const at = (address: string): string[] =>
    view.membersAt(address).map(({ role, name }) => `${role} ${name}`);

  await seen(
    put(realServer('r1', { address: '10.0.0.1' })),
    put(realServer('r2', { address: '10.0.0.2' })),
    put(director('d1', { address: '10.0.0.1' })),
  );
  expect(at('10.0.0.1').toSorted()).toEqual(['director d1', 'realserver r1']);
  await seen(put(realServer('r1', { address: '10.0.0.3' })));
  expect([at('10.0.0.1'), at('10.0.0.3')]).toEqual([['director d1'], ['realserver r1']]);
  await seen({ kind: 'delete', key: memberKey('director', 'd1') });
  expect([at('10.0.0.1'), at('10.0.0.2')]).toEqual([[], ['realserver r2']]);
  await view.close();
  await store.close();
  await rm(folder, { recursive: true });
});

test('nothing is taken of a store that went back, and nothing is written to it, until it is as far as it was', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'causeway-view-'));
  const store = openEmbeddedStore({ file: join(folder, 'store.db'), clock: realClock });
  const { promise: told, resolve: tell } = Promise.withResolvers<void>();
  const lists: WatchEvent[] = [
    { kind: 'list', entries: [memberEntry(7)], revision: 7 },
    { kind: 'list', entries: [], revision: 3 },
    { kind: 'changes', changes: [{ kind: 'delete', key: memberEntry(7).key, revision: 4 }], revision: 4 },
  ];
  const watched: Store = {
    ...store,
    commit: () => Promise.reject(new Error('something was written')),
    async *watch(_, { signal } = {}) {
      yield* lists.slice(0, 1);
      await told;
      yield* lists.slice(1);
      await back.promise;
      yield { kind: 'list', entries: [], revision: 8 };
      await new Promise((resolve) => signal?.addEventListener('abort', resolve, { once: true }));
    },
  };
  const back = Promise.withResolvers<void>();
  const stale: (string | undefined)[] = [];
  const view = await openStoreView(watched, {
    onSetAside: () => {},
    onTrouble: () => {},
    onStale: (reason) => stale.push(reason),
    clock: realClock,
  });
  tell();
  await expect.poll(() => view.behind()).toMatch(/is of revision 3, and was at revision 7: it was emptied/);
  expect(view.trouble()).toBe(view.behind());
  expect([view.revision, view.members()]).toEqual([7, [director('d1')]]);
  const { key } = memberEntry(7);
  await expect(transact(watched, view, 'write', () => [{ kind: 'delete', key }])).rejects.toThrow(
    /^write: nothing is written: .*it was emptied/,
  );
  back.resolve();
  await expect.poll(() => view.behind()).toBeUndefined();
  expect([view.revision, view.members(), view.trouble()]).toEqual([8, [], undefined]);
  expect(stale).toHaveLength(2);
  await view.close();
  await store.close();
  await rm(folder, { recursive: true });
});

function memberEntry(modRevision: number): Entry {
  const value = encodeRecord({ kind: 'member', value: director('d1') });
  return { key: memberKey('director', 'd1'), value, createRevision: modRevision, modRevision };
}
