/** The host as something to reconcile: how it is read, what is compared, how it is changed. */
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
  /**
   * Every so many looks nft is looked at too: reading it costs a process, all else two or three datagrams. The first look after
   * `whole()` always does.
   */
  readonly nftEvery: number;
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

export function hostTarget(options: HostTargetOptions): HostTarget {
  const { host, ledger } = options;
  let looks = 0;

  const about = (state: HostState, nft: boolean): HostState => (nft ? state : { ...state, nft: [] });

  return {
    async read() {
      const nft = looks % options.nftEvery === 0;
      looks += 1;
      const states = [options.wanted(), ledger.made()].filter((state) => state !== undefined);
      return { reading: await host.read(states.map((state) => about(state, nft))), nft };
    },
    desired: options.wanted,
    diff: (desired, { reading, nft }) =>
      options.diff(about(desired, nft), reading, about(ledger.made(), nft)),
    async apply(operations) {
      // What was written is read back as a whole.
      looks = 0;
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
      looks = 0;
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
