/** Read, decide, write, and again when another coordinator was faster. */
import { CausewayError, messageOf } from '../../domain/error.ts';
import { decodeRecord } from '../../store/record.ts';
import type { Store, Write } from '../../store/store.ts';
import type { StoreView } from './store-view.ts';

/** Another coordinator can win a few times in a row, not for ever. */
const attemptLimit = 10;

/**
 * Commits what `decide` returns for the present view, on the condition that the keys written are as the view has
 * them; resolves with the revision once the view shows it. No writes: nothing happens. Errors: those of `decide`
 * and of the store, `conflict` after ten lost races.
 */
export async function transact(
  store: Store,
  view: StoreView,
  operation: string,
  decide: () => readonly Write[],
): Promise<number> {
  for (let attempt = 0; attempt < attemptLimit; attempt++) {
    const writes = decide();
    if (writes.length === 0) return view.revision;
    for (const write of writes) if (write.kind === 'put') refuseUnreadable(write, operation, store.location);
    const conditions = writes.map(({ key }) => ({ key, modRevision: view.modRevision(key) }));
    const { committed, revision } = await store.commit({ conditions, writes });
    await view.reached(revision);
    if (committed) return revision;
  }
  throw new CausewayError({
    code: 'conflict',
    operation,
    subject: store.location,
    message: `others wrote the same keys ${attemptLimit} times in a row: try again`,
  });
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
