/** The host as something to reconcile: how it is read, what is compared, how it is changed. */
import type { Clock } from '../domain/clock.ts';
import { CausewayError } from '../domain/error.ts';
import type { HostOperation, HostState } from '../domain/host-state.ts';
import type { Host } from './host.ts';
import { applyHostOperations } from './host-apply.ts';
import type { HostReading } from './host-read.ts';
import type { Ledger } from './ledger.ts';

export interface HostTargetOptions {
  readonly host: Host;
  readonly ledger: Ledger;
  /** Undefined while nothing is known. */
  readonly wanted: () => HostState | undefined;
  readonly diff: (desired: HostState, actual: HostState, made: HostState) => readonly HostOperation[];
  readonly clock: Pick<Clock, 'monotonicMs'>;
}

/** A reading, and whether it tells of nft. */
export interface HostLook {
  readonly reading: HostReading;
  readonly nft: boolean;
}

export interface HostTarget {
  read(): Promise<HostLook>;
  desired(): HostState | undefined;
  diff(desired: HostState, look: HostLook): readonly HostOperation[];
  /** Throws the first failure; what does not depend on it was done all the same, but nothing was removed. */
  apply(operations: readonly HostOperation[]): Promise<void>;
  /** Something has changed: the next look leaves nothing out. */
  whole(): void;
}

/**
 * Each look asks the kernel whether anybody has changed nft: that is one datagram, and what is known of our tables stays known until
 * then. A kernel that does not tell leaves a listing, which is a process: then nft is looked at so rarely, but at once after `whole()`.
 */
const listingIntervalMs = 60_000;

export function hostTarget(options: HostTargetOptions): HostTarget {
  const { host, ledger, clock } = options;
  /** Undefined: with the next look, whatever the kernel tells. */
  let lookedAtMs: number | undefined;

  async function isNftsTurn(nowMs: number): Promise<boolean> {
    const isDue = lookedAtMs === undefined || nowMs - lookedAtMs >= listingIntervalMs;
    return isDue || (await host.nftGeneration()) !== undefined;
  }

  const about = (state: HostState, nft: boolean): HostState => (nft ? state : { ...state, nft: [] });

  return {
    async read() {
      const nowMs = clock.monotonicMs();
      const nft = await isNftsTurn(nowMs);
      const states = [options.wanted(), ledger.made()].filter((state) => state !== undefined);
      const reading = await host.read(states.map((state) => about(state, nft)));
      if (nft) lookedAtMs = nowMs;
      return { reading, nft };
    },
    desired: options.wanted,
    diff: (desired, { reading, nft }) =>
      options.diff(about(desired, nft), reading, about(ledger.made(), nft)),
    async apply(operations) {
      // What was written is read back as a whole.
      lookedAtMs = undefined;
      // Add before remove: where an addition fails, what it was to replace stays.
      const cut = operations.findLastIndex(({ kind }) => !kind.startsWith('delete-')) + 1;
      for (const part of [operations.slice(0, cut), operations.slice(cut)]) {
        const failures = await applyHostOperations(host, ledger, part);
        const [first] = failures;
        if (first !== undefined)
          throw failures.length === 1 ? first.error : several(first.error, failures.length);
      }
    },
    whole() {
      lookedAtMs = undefined;
    },
  };
}

function several(first: CausewayError, count: number): CausewayError {
  const { code, message, errno } = first;
  return new CausewayError({
    code,
    operation: 'reconcile host',
    message: `${message} (and ${count - 1} more)`,
    cause: first,
    ...(errno === undefined ? {} : { errno }),
  });
}
