/** Whether the store takes what is written: told once when it stops and once when it does again, and tried until then. */
import type { Clock, Timer } from '../../domain/clock.ts';
import { CausewayError, messageOf } from '../../domain/error.ts';
import type { Logger } from '../../runtime/log.ts';
import { diskCheckKey } from '../../store/keys.ts';
import type { Store } from '../../store/store.ts';
import { withCommit } from '../../store/with-commit.ts';

export interface HealthyStore extends Store {
  /** Why the last transaction failed, or undefined. */
  trouble(): string | undefined;
  /** Stops trying; the store itself stays open. */
  stopTrying(): void;
}

const retryMs = 5_000;

/** The store with an eye on it. Whoever writes gets the error as before. */
export function watchStoreHealth(
  store: Store,
  { clock, log }: { readonly clock: Clock; readonly log: Logger },
): HealthyStore {
  let trouble: string | undefined;
  let timer: Timer | undefined;

  function failed(error: unknown): void {
    if (trouble === undefined) log.error({ err: error }, 'the store can not be written');
    trouble = messageOf(error);
    timer ??= clock.after(retryMs, () => {
      timer = undefined;
      // It fails like any other, and is tried again by that.
      commit({ conditions: [], writes: [{ kind: 'put', key: diskCheckKey, value: '{}' }] }).catch(() => {});
    });
  }

  const commit: Store['commit'] = async (transaction) => {
    try {
      const result = await store.commit(transaction);
      if (result.outcome === 'unknown') failed(result.reason);
      else if (trouble !== undefined && result.outcome === 'committed' && transaction.writes.length > 0) {
        trouble = undefined;
        timer?.cancel();
        timer = undefined;
        log.info('the store can be written again');
      }
      return result;
    } catch (error) {
      if (isOfTheStore(error)) failed(error);
      throw error;
    }
  };

  return Object.assign(withCommit(store, commit), {
    trouble: () => trouble,
    stopTrying: () => timer?.cancel(),
  });
}

/** A transaction that is wrong by itself says nothing of the store. */
export function isOfTheStore(error: unknown): boolean {
  return error instanceof CausewayError && ['unavailable', 'deadline', 'permission'].includes(error.code);
}
