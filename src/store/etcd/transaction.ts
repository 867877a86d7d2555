/** A transaction in etcd's words. */
import { type Condition, livePrefix, type Transaction, type Write } from '../store.ts';
import type { ICompare, IRequestOp, ITxnRequest } from './client.ts';
import type { Layout } from './layout.ts';

export function transactionOf({ conditions, writes }: Transaction, layout: Layout): Required<ITxnRequest> {
  const changed = new Map(
    writes
      // What lives by a lease goes without a transaction, and nobody may rest on it.
      .filter(({ key }) => !key.startsWith(livePrefix))
      .map(({ key }) => layout.changeKey(key))
      .map((key) => [key.toString(), key]),
  );
  return {
    compare: conditions.flatMap((condition) => compares(condition, layout)),
    success: [
      ...writes.map((write) => operation(write, layout)),
      ...[...changed.values()].map((key) => ({ request_put: { key, value: Buffer.alloc(0) } })),
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
  return [
    {
      ...{ target: 'Mod', result: 'Less', mod_revision: unchangedSince + 1 },
      ...layout.changeRange(prefix),
    },
  ];
}

function operation(write: Write, layout: Layout): IRequestOp {
  const key = layout.key(write.key);
  if (write.kind === 'delete') return { request_delete_range: { key } };
  const lease = write.lease === undefined ? {} : { lease: write.lease };
  return { request_put: { key, value: Buffer.from(write.value), ...lease } };
}
