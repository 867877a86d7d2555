/** Read, decide, write, and again when another coordinator was faster. */
import { CausewayError, messageOf } from '../../domain/error.ts';
import { atOnce, type Steps } from '../../domain/steps.ts';
import { breathing } from '../../runtime/breathing.ts';
import { decodeRecord } from '../../store/record.ts';
import type { Commit, Condition, Fence, Store, StoreLimits, Write } from '../../store/store.ts';
import { bytesOf } from '../../store/transaction-check.ts';
import type { StoreView } from './store-view.ts';

/** Each lost race is somebody else's won one, so that all get on; nobody loses this often but where something is wrong. */
const attemptLimit = 30;

/** Writes that stand or fall together; others may come in several transactions where the store takes no more in one. */
export type WriteGroup = Write | readonly Write[];

export interface TransactOptions {
  /**
   * Prefixes of all that was read to decide, where what is written depends on what else there is: two coordinators that each accept
   * one VIP write different keys. Keys that are written are compared in any case.
   */
  readonly restsOn?: readonly string[];
  /** Written only as long as it is held. */
  readonly fence?: Fence | undefined;
  /** Somebody is told that nothing was to be changed, so it must be true of the store as it is now, not of a view that may be cut off from it. */
  readonly isTold?: () => boolean;
}

/** A slice is a hundredth of a second, and a store is seldom written so often. */
const slicedAttempts = 3;

/** One attempt: what is still to be written, and what must hold for it. */
interface Attempt {
  readonly groups: readonly (readonly Write[])[];
  readonly modRevisions: ReadonlyMap<string, number>;
  readonly unchangedSince: number;
}

/**
 * Commits what `decide` returns, at once or in steps, for the present view, on the condition that the keys written, and what it rests on, are as the view has
 * them; resolves with the revision once the view shows it. No writes: nothing happens (`isTold`). Errors: those of `decide` and of the store,
 * `conflict` after lost races, `refused` where the fence is down, `unavailable` where it can't be told whether it was written.
 */
export async function transact(
  store: Store,
  view: StoreView,
  operation: string,
  decide: () => readonly WriteGroup[] | Steps<readonly WriteGroup[]>,
  { restsOn = [], fence, isTold = () => false }: TransactOptions = {},
): Promise<number> {
  /** The store's revision when it was asked. */
  let present: number | undefined;
  for (let attempt = 0; attempt < attemptLimit; attempt++) {
    const whole = await attemptOf(decide, view, operation);
    const writes = whole.groups.flat();
    if (writes.length === 0) {
      const isConfirmed = present !== undefined && whole.unchangedSince >= present;
      if (isConfirmed || !isTold()) return whole.unchangedSince;
      refuseBehind(view, operation);
      present = (await store.read({ keys: [] })).revision;
      await view.reached(present);
      continue;
    }
    refuseBehind(view, operation);
    // The view may go on meanwhile; what is written rests on what it was.
    await breathing(readable(writes, operation, store.location), {
      operation,
      isLate: writes.length > writesAStep,
    });
    const written = await commitAll(whole);
    if (written !== undefined) return written;
    if (fence !== undefined) await refuseWithoutFence(store, fence, operation);
  }
  throw new CausewayError({
    code: 'conflict',
    operation,
    subject: store.location,
    message: `others wrote the same keys ${attemptLimit} times in a row: try again`,
  });

  /** Undefined: another was faster, and the view shows it. */
  async function commitAll(whole: Attempt): Promise<number | undefined> {
    let { groups, unchangedSince } = whole;
    while (groups.length > 0) {
      const taken = fitting(groups, store, operation, restsOn.length + (fence === undefined ? 0 : 1));
      const writes = groups.slice(0, taken).flat();
      const conditions: Condition[] = [
        ...writes.map(({ key }) => ({ key, modRevision: whole.modRevisions.get(key) ?? 0 })),
        ...restsOn.map((prefix) => ({ prefix, unchangedSince })),
        ...(fence === undefined ? [] : [{ fence }]),
      ];
      const commit = await settled(await store.commit({ conditions, writes }), {
        ...whole,
        groups: [writes],
      });
      await view.reached(commit.revision);
      if (commit.outcome === 'conflict') return undefined;
      // From here on the own writes are part of what it rests on.
      unchangedSince = commit.revision;
      groups = groups.slice(taken);
    }
    return unchangedSince;
  }

  /** Where it is not known what became of a transaction, what stands there now tells. */
  async function settled(
    commit: Commit,
    { groups, modRevisions }: Attempt,
  ): Promise<Exclude<Commit, { outcome: 'unknown' }>> {
    if (commit.outcome !== 'unknown') return commit;
    const writes = groups.flat();
    const { entries, revision } = await reread(writes, commit.reason);
    const found = new Map(entries.map((entry) => [entry.key, entry]));
    const isWritten = writes.every((write) => {
      const entry = found.get(write.key);
      if (write.kind === 'delete') return entry === undefined;
      return entry?.value === write.value && entry.modRevision !== modRevisions.get(write.key);
    });
    // Were it to be written after all, later: its conditions don't hold once it has been tried again.
    return { outcome: isWritten ? 'committed' : 'conflict', revision };
  }

  async function reread(writes: readonly Write[], reason: string): ReturnType<Store['read']> {
    try {
      return await store.read({ keys: writes.map(({ key }) => key) });
    } catch (cause) {
      throw new CausewayError({
        code: 'unavailable',
        operation,
        subject: store.location,
        message: `it is not known whether it was written (${reason}), nor what stands there now (${messageOf(cause)}): look before it is tried again`,
        cause,
      });
    }
  }
}

/** In slices, as if it had been one: where the view goes on meanwhile it is decided anew, and at last in one go. */
async function attemptOf(
  decide: () => readonly WriteGroup[] | Steps<readonly WriteGroup[]>,
  view: Pick<StoreView, 'revision' | 'modRevision'>,
  operation: string,
): Promise<Attempt> {
  for (let left = slicedAttempts; left > 0; left -= 1) {
    const { revision } = view;
    try {
      const deciding = decide();
      const groups = 'next' in deciding ? await breathing(deciding, { operation }) : deciding;
      if (view.revision === revision) return restingOn(view, groups);
    } catch (error) {
      // What was read of two revisions may never have stood beside each other.
      if (view.revision === revision) throw error;
    }
  }
  const deciding = decide();
  return restingOn(view, 'next' in deciding ? atOnce(deciding) : deciding);
}

/** What was decided of the view as it is. */
function restingOn(
  view: Pick<StoreView, 'revision' | 'modRevision'>,
  decided: readonly WriteGroup[],
): Attempt {
  const groups = decided
    .map((group): readonly Write[] => ('kind' in group ? [group] : group))
    .filter((group) => group.length > 0);
  const modRevisions = new Map(groups.flat().map(({ key }) => [key, view.modRevision(key)]));
  return { groups, modRevisions, unchangedSince: view.revision };
}

/** How many of the groups one transaction takes. Error `invalid` where not even the first. */
function fitting(
  groups: readonly (readonly Write[])[],
  { limits, location }: { readonly limits: StoreLimits; readonly location: string },
  operation: string,
  otherConditions: number,
): number {
  let operations = otherConditions;
  let bytes = 0;
  const beyond = groups.findIndex((group) => {
    operations += group.length;
    bytes += group.reduce((sum, write) => sum + bytesOf(write), 0);
    return operations > limits.operations || bytes > limits.bytes;
  });
  if (beyond !== 0) return beyond === -1 ? groups.length : beyond;
  throw new CausewayError({
    code: 'invalid',
    operation,
    subject: location,
    message: `${operations} operations of ${bytes} bytes belong together, and the store takes ${limits.operations} of ${limits.bytes} at once`,
  });
}

function refuseBehind(view: Pick<StoreView, 'behind'>, operation: string): void {
  const reason = view.behind();
  if (reason === undefined) return;
  throw new CausewayError({ code: 'unavailable', operation, message: `nothing is written: ${reason}` });
}

async function refuseWithoutFence(store: Store, fence: Fence, operation: string): Promise<void> {
  const { entries } = await store.read({ keys: [fence.key] });
  if (entries[0]?.modRevision === fence.modRevision) return;
  throw new CausewayError({
    code: 'refused',
    operation,
    subject: store.location,
    message: `nothing is written: this coordinator is ${fence.name} no more`,
  });
}

const writesAStep = 20;

function* readable(writes: readonly Write[], operation: string, location: string): Steps<void> {
  for (const [index, write] of writes.entries()) {
    if (write.kind === 'put') refuseUnreadable(write, operation, location);
    if (index % writesAStep === 0) yield;
  }
}

/** What could not be read back would be set aside at the next start: it is never written. */
function refuseUnreadable(
  { key, value }: Extract<Write, { kind: 'put' }>,
  operation: string,
  location: string,
): void {
  try {
    decodeRecord(key, value, location);
  } catch (cause) {
    throw new CausewayError({
      code: 'invalid',
      operation,
      subject: key,
      message: `nothing is written, for this could not be read again: ${messageOf(cause)}`,
      cause,
    });
  }
}
