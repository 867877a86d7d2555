/** What a revision did, as it stands in the store: each resource as it was and as it became, in parts that a transaction can carry. */
import * as z from 'zod';
import type { ResourceId } from '../domain/resource.ts';
import { type RevisionChange, type Touched, unreadable } from '../domain/revision.ts';
import { resourceKey, revisionPartKey } from './keys.ts';
import { decodeRecord, type RevisionPartRecord } from './record.ts';
import type { Entry, Write } from './store.ts';

/** A tenth of what etcd takes in one transaction, so that some of them fit beside what they tell of. */
const partBytes = 150_000;

/** A change may be larger than a part, never smaller than its resource; then it is a part of its own. */
export function revisionPartWrites(
  number: number,
  changes: readonly RevisionChange[],
): readonly Extract<Write, { kind: 'put' }>[] {
  const parts: string[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const change of changes) {
    const text = JSON.stringify(change);
    const size = Buffer.byteLength(text);
    if (bytes + size > partBytes) {
      parts.push([]);
      bytes = 0;
    }
    parts.at(-1)?.push(text);
    bytes += size;
  }
  return parts.map((texts, index) => ({
    kind: 'put',
    key: revisionPartKey(number, index + 1),
    value: `{"number":${number},"part":${index + 1},"changes":[${texts.join(',')}]}`,
  }));
}

const bodies = z.object({
  changes: z.array(z.object({ before: z.unknown().optional(), after: z.unknown().optional() })),
});

/** The changes of one part. Error `invalid` where it is damaged; a resource that can't be read is told as such. */
export function readRevisionPart({ key, value }: Entry, location: string): readonly RevisionChange[] {
  const record = decodeRecord(key, value, location);
  if (record?.kind !== 'revision-part') return [];
  const { changes } = record.value satisfies RevisionPartRecord;
  const found = bodies.parse(JSON.parse(value)).changes;
  return changes.map((change, index): RevisionChange => {
    const { before, after } = found[index] ?? {};
    return {
      ...change,
      ...(before === undefined ? {} : { before: resourceIn(change, before, location) }),
      ...(after === undefined ? {} : { after: resourceIn(change, after, location) }),
    };
  });
}

function resourceIn(
  { kind, name }: Touched,
  value: unknown,
  location: string,
): NonNullable<RevisionChange['before']> {
  if (kind === 'Director') return unreadable;
  const id: ResourceId = { kind, name };
  try {
    const record = decodeRecord(resourceKey(id), JSON.stringify(value), location);
    return record?.kind === 'resource' ? record.value : unreadable;
  } catch {
    return unreadable;
  }
}
