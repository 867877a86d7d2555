/** A write that may be made twice, made until it is known what became of it: whoever lives by it can't go on without. */
import { backoffMs } from '../domain/backoff.ts';
import type { Clock } from '../domain/clock.ts';
import { CausewayError } from '../domain/error.ts';
import { pause } from '../runtime/pause.ts';
import type { Commit, Store, Transaction } from './store.ts';

const backoff = { initialMs: 200, maxMs: 5_000 };

export interface Persistence {
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Ends it: of a lease that is lost nothing stays in any case. */
  readonly signal: AbortSignal;
}

/** Tried once in any case. `unknown`: the signal fired before it was known. Errors: those of the store but `unavailable`. */
export async function commitUntilKnown(
  store: Pick<Store, 'commit'>,
  transaction: Transaction,
  { clock, random, signal }: Persistence,
): Promise<Commit['outcome']> {
  for (let failures = 1; ; failures += 1) {
    try {
      const { outcome } = await store.commit(transaction);
      if (outcome !== 'unknown') return outcome;
    } catch (error) {
      if (!(error instanceof CausewayError) || error.code !== 'unavailable') throw error;
    }
    if (signal.aborted) return 'unknown';
    await pause(clock, backoffMs(failures, backoff, random), signal);
  }
}
