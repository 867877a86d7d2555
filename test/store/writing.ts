/** What tests do with a store, in one word each. */
import type { Entry, Store, Write } from '../../src/store/store.ts';

export const put = (key: string, value: string): Write => ({ kind: 'put', key, value });
export const remove = (key: string): Write => ({ kind: 'delete', key });

/** Writes unconditionally; the revision of it. */
export async function write(store: Store, ...writes: Write[]): Promise<number> {
  const commit = await store.commit({ conditions: [], writes });
  if (commit.outcome !== 'committed') throw new Error(`not written: ${JSON.stringify(commit)}`);
  return commit.revision;
}

export async function entryOf(store: Store, key: string): Promise<Entry | undefined> {
  return (await store.read({ keys: [key] })).entries[0];
}
