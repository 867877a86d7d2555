/** Who is registered with an address, as members come, move and go. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openStoreView } from '../../../src/coordinator/view/store-view.ts';
import { realClock } from '../../../src/runtime/system-clock.ts';
import { openEmbeddedStore } from '../../../src/store/embedded.ts';
import { memberKey } from '../../../src/store/keys.ts';
import { encodeRecord } from '../../../src/store/record.ts';
import type { Write } from '../../../src/store/store.ts';
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
