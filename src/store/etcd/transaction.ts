/** A transaction in etcd's words. */
import type { Condition, Transaction, Write } from '../store.ts';
import type { ICompare, IRequestOp, ITxnRequest } from './client.ts';
import type { Layout } from './layout.ts';

export function transactionOf({ conditions, writes }: Transaction, layout: Layout): Required<ITxnRequest> {
  const deletions = new Map(
    writes
      .filter(({ kind }) => kind === 'delete')
      .map(({ key }) => layout.deletionKey(key))
      .map((key) => [key.toString(), key]),
  );
  return {
    compare: conditions.flatMap((condition) => compares(condition, layout)),
    success: [
      ...writes.map((write) => operation(write, layout)),
      ...[...deletions.values()].map((key) => ({ request_put: { key, value: Buffer.alloc(0) } })),
    ],
    failure: [],
  };
}

function compares(condition: Condition, layout: Layout): ICompare[] {
  if ('fence' in condition) return compares(condition.fence, layout);
  if ('key' in condition) {
    const { key, modRevision } = condition;
    return [{ target: 'Mod', result: 'Equal', key: layout.key(key), mod_revision: modRevision }];
  }
  const { prefix, unchangedSince } = condition;
  // Holds of every key in the range, and of an empty one.
  const unchanged = { target: 'Mod', result: 'Less', mod_revision: unchangedSince + 1 } as const;
  return [
    { ...unchanged, ...layout.range(prefix) },
    { ...unchanged, ...layout.deletionRange(prefix) },
  ];
}

function operation(write: Write, layout: Layout): IRequestOp {
  const key = layout.key(write.key);
  if (write.kind === 'delete') return { request_delete_range: { key } };
  const lease = write.lease === undefined ? {} : { lease: write.lease };
  return { request_put: { key, value: Buffer.from(write.value), ...lease } };
}
