/** The host as something to reconcile: how it is read, what is compared, how it is changed. */
import type { Clock } from '../domain/clock.ts';
import { CausewayError } from '../domain/error.ts';
import {
  addressOfRoute,
  emptyHostState,
  type HostOperation,
  type HostState,
  type Route,
} from '../domain/host-state.ts';
import type { Host } from './host.ts';
import { applyHostOperations } from './host-apply.ts';
import type { HostReading } from './host-read.ts';
import type { Ledger } from './ledger.ts';

export interface HostTargetOptions {
  readonly host: Host;
  readonly ledger: Ledger;
  /** Undefined while nothing is known. */
  readonly wanted: () => HostState | undefined;
  readonly diff: (desired: HostState, actual: HostReading, made: HostState) => readonly HostOperation[];
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** Nobody executes what is due. */
  readonly observes?: boolean;
  /** Operations are due though nothing else is wanted than what was there at `afterMs`: others have changed it since. */
  readonly onDrift?: (operations: readonly HostOperation[], window: LookWindow) => void;
}

/** By the monotonic clock: the beginning of the last look that found all as it should be, and the end of the first that did not. */
export interface LookWindow {
  readonly afterMs: number;
  readonly seenMs: number;
}

/** A reading, what it is about, and whether it tells of nft. */
export interface HostLook {
  readonly reading: HostReading;
  /** Undefined while nothing is known. */
  readonly wanted: HostState | undefined;
  readonly nft: boolean;
  /** When it was begun, and when it was at its end, by the monotonic clock. */
  readonly atMs: number;
  readonly seenMs: number;
}

interface NftLook {
  readonly atMs: number;
  readonly generation: number | undefined;
  readonly wanted: HostState['nft'] | undefined;
}

export interface HostTarget {
  /** Absent: about what is wanted now. */
  read(about?: HostState): Promise<HostLook>;
  desired(look: HostLook): HostState | undefined;
  diff(desired: HostState, look: HostLook): readonly HostOperation[];
  /** Throws the first failure; what does not depend on it was done all the same, but nothing was removed. */
  apply(operations: readonly HostOperation[]): Promise<void>;
  /** Something has changed: the next look leaves nothing out. */
  whole(): void;
}

/**
 * Each look asks the kernel for nft's generation, which is one datagram: while it stays, so do our tables. A kernel that does not tell
 * leaves a listing, which is a process: then nft is looked at so rarely. After `whole()` it is looked at in any case.
 */
const listingIntervalMs = 60_000;

export function hostTarget(options: HostTargetOptions): HostTarget {
  const { host, ledger, clock } = options;
  /** When nft was last looked at, its generation then, and what was to be found; undefined: with the next look, whatever the kernel tells. */
  let seen: NftLook | undefined;
  /** What was wanted and found just so, by the last look. */
  let settled: { readonly wanted: HostState; readonly atMs: number } | undefined;

  function isNftsTurn(now: NftLook): boolean {
    if (seen === undefined || seen.wanted !== now.wanted) return true;
    if (now.generation === undefined) return now.atMs - seen.atMs >= listingIntervalMs;
    return now.generation !== seen.generation;
  }

  const about = (state: HostState, nft: boolean): HostState => (nft ? state : { ...state, nft: [] });

  return {
    async read(wanted = options.wanted()) {
      // Asked before: what is changed while it is read is seen the next time.
      const now = {
        atMs: clock.monotonicMs(),
        generation: await host.nftGeneration(),
        wanted: wanted?.nft,
      };
      const nft = isNftsTurn(now);
      const made = ledger.made();
      const states = [wanted, made, addressesOf(made.absentRoutes)].filter((state) => state !== undefined);
      const reading = await host.read(states.map((state) => about(state, nft)));
      if (nft) seen = now;
      if (wanted !== undefined) await ledger.absent(wanted, reading, nft);
      return { reading, wanted, nft, atMs: now.atMs, seenMs: clock.monotonicMs() };
    },
    // What is wanted since is not what was looked at.
    desired: ({ wanted }) => wanted,
    diff(desired, { reading, nft, atMs, seenMs }) {
      const operations = options.diff(about(desired, nft), reading, about(ledger.made(), nft));
      const before = settled;
      settled = operations.length === 0 ? { wanted: desired, atMs } : undefined;
      // What is not put right is looked at as a whole until somebody does.
      if (operations.length > 0 && options.observes === true) seen = undefined;
      if (operations.length > 0 && before !== undefined && isSame(before.wanted, desired))
        options.onDrift?.(operations, { afterMs: before.atMs, seenMs });
      return operations;
    },
    async apply(operations) {
      // What was written is read back as a whole.
      seen = undefined;
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
      seen = undefined;
    },
  };
}

/** For whose sake the kernel would keep these routes: who has them needs the route, whoever gave it to him. */
function addressesOf(routes: readonly Route[]): HostState {
  return { ...emptyHostState, addresses: routes.map(addressOfRoute) };
}

/** It is planned anew now and then, and comes to the same. */
function isSame(a: HostState, b: HostState): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
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
