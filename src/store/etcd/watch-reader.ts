/**
 * What the responses of one watch stream mean. Pure: a response in, what it tells out. Rules as etcd's own client has them
 * (client/v3/watch.go), which go further than its documentation.
 */
import type { Change, Entry } from '../store.ts';
import type { IKeyValue, IWatchResponse } from './client.ts';

export type Told =
  /** Changes come from now on, of this cluster. */
  | { readonly kind: 'created'; readonly clusterId: string }
  /** All changes of one revision. */
  | { readonly kind: 'changes'; readonly changes: readonly Change[]; readonly revision: number }
  /** Nothing else has changed up to this revision. */
  | { readonly kind: 'reached'; readonly revision: number }
  /** It can't be resumed where it was: a list is needed. */
  | { readonly kind: 'gap'; readonly reason: string }
  /** The store does not go on telling. */
  | { readonly kind: 'ended'; readonly reason: string };

export interface WatchReader {
  take(response: IWatchResponse): Told[];
}

export interface WatchReaderOptions {
  /** What came up to this revision is known. */
  readonly afterRevision: number;
  /** Of the cluster that this revision is one of; '' where that is not known. */
  readonly clusterId: string;
  /** The store's key of one of etcd's. */
  own(key: Buffer): string;
}

/** Made in answer to a request for progress: it is about all watches of the stream, of which there is one. */
const wholeStream = '-1';

export function createWatchReader({ afterRevision, clusterId, own }: WatchReaderOptions): WatchReader {
  let reached = afterRevision;
  let isCreated = false;
  /** Of one revision, which may come in several responses. */
  let pending: { revision: number; changes: Change[] } | undefined;

  function flush(): Told[] {
    const whole = pending;
    pending = undefined;
    if (whole === undefined) return [];
    reached = whole.revision;
    return [{ kind: 'changes', ...whole }];
  }

  function take(response: IWatchResponse): Told[] {
    const { header, canceled, created, fragment, events } = response;
    if (!isWhole(response)) return [{ kind: 'ended', reason: 'it answers what no etcd does' }];
    if (clusterId !== '' && header.cluster_id !== clusterId)
      return [{ kind: 'gap', reason: 'another cluster answers: this one was restored or replaced' }];
    if (canceled) return [cancelled(response)];
    if (created) return begun(Number(header.revision), header.cluster_id);
    const told: Told[] = [];
    for (const { type, kv } of events) {
      const revision = Number(kv.mod_revision);
      // Told before: etcd may begin a little early.
      if (revision <= reached) continue;
      if (pending !== undefined && pending.revision !== revision) told.push(...flush());
      pending ??= { revision, changes: [] };
      pending.changes.push(
        type === 'Delete'
          ? { kind: 'delete', key: own(kv.key), revision }
          : { kind: 'put', entry: entryOf(kv, own) },
      );
    }
    // Only the last of the pieces says that the revision is whole.
    if (!fragment) told.push(...flush());
    const isProgress = events.length === 0 && !fragment;
    if (isProgress && (response.watch_id === wholeStream || isCreated)) {
      const revision = Number(header.revision);
      if (revision >= reached) {
        reached = revision;
        told.push({ kind: 'reached', revision });
      }
    }
    return told;
  }

  function begun(revision: number, id: string): Told[] {
    isCreated = true;
    // From an older backup, under the same identity: what is known never was.
    if (revision < reached)
      return [{ kind: 'gap', reason: `it is at revision ${revision}, and was at ${reached}` }];
    return [{ kind: 'created', clusterId: id }];
  }

  return { take };
}

/** Of messages within messages gRPC promises nothing: whatever stands between may have left them out. */
function isWhole({ header, events }: IWatchResponse): boolean {
  return header !== null && events.every(({ kv }) => kv !== null);
}

function cancelled({ compact_revision, cancel_reason }: IWatchResponse): Told {
  if (Number(compact_revision) > 0)
    return { kind: 'gap', reason: `its history begins at revision ${compact_revision}` };
  return { kind: 'ended', reason: cancel_reason === '' ? 'the watch was cancelled' : cancel_reason };
}

export function entryOf(kv: IKeyValue, own: (key: Buffer) => string): Entry {
  return {
    key: own(kv.key),
    value: kv.value.toString(),
    createRevision: Number(kv.create_revision),
    modRevision: Number(kv.mod_revision),
  };
}
