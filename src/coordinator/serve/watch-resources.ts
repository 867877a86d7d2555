/** A watch of resources: what there is, `synced`, then every change; after a gap the difference, and `synced` again. */
import type { ResourceEvent } from '../../api/handlers.ts';
import type { Resource, ResourceId, ResourceKind } from '../../domain/resource.ts';
import { resourceKindPrefix } from '../../store/keys.ts';
import { decodeRecord } from '../../store/record.ts';
import type { Entry, Store } from '../../store/store.ts';

export async function* watchResources(
  store: Store,
  kind: ResourceKind | undefined,
  signal: AbortSignal,
): AsyncGenerator<ResourceEvent, void, void> {
  /** Revision and identity of what the reader has, by key. */
  const told = new Map<string, { id: ResourceId; modRevision: number }>();

  function* put(entry: Entry): Generator<ResourceEvent> {
    const resource = resourceOf(entry, store.location);
    if (resource === undefined || told.get(entry.key)?.modRevision === entry.modRevision) return;
    told.set(entry.key, { id: { kind: resource.kind, name: resource.name }, modRevision: entry.modRevision });
    yield { type: 'put', resource, revision: entry.modRevision };
  }

  function* remove(key: string, revision: number): Generator<ResourceEvent> {
    const known = told.get(key);
    if (known === undefined) return;
    told.delete(key);
    yield { type: 'delete', resource: known.id, revision };
  }

  for await (const event of store.watch(resourceKindPrefix(kind), { signal })) {
    if (event.kind === 'changes') {
      for (const change of event.changes) {
        if (change.kind === 'put') yield* put(change.entry);
        else yield* remove(change.key, change.revision);
      }
      continue;
    }
    if (event.kind === 'stale') continue;
    const present = new Set(event.entries.map(({ key }) => key));
    for (const key of [...told.keys()]) if (!present.has(key)) yield* remove(key, event.revision);
    for (const entry of event.entries) yield* put(entry);
    yield { type: 'synced', revision: event.revision };
  }
}

/** Undefined for one that can't be read: the coordinator has named it, and whoever watches the others gets them. */
function resourceOf({ key, value }: Entry, location: string): Resource | undefined {
  try {
    const record = decodeRecord(key, value, location);
    return record?.kind === 'resource' ? record.value : undefined;
  } catch {
    return undefined;
  }
}
