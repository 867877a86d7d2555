/** When an agent takes a snapshot over, and when it refuses it and stays as it was. */
import { backoffMs } from '../domain/backoff.ts';
import type { Clock, Timer } from '../domain/clock.ts';
import { staleEpoch } from '../domain/epoch.ts';
import { messageOf } from '../domain/error.ts';
import type { Snapshot } from '../domain/snapshot.ts';

export interface AdoptionOptions<S extends Snapshot> {
  /**
   * Why `next` must not be touched, or undefined. Nothing has been changed yet. `isOlder`: the store that it is made from is older than the
   * one of what is in force, or was, and nothing of it was taken over since.
   */
  readonly judge: (next: S, current: S | undefined, isOlder: boolean) => Promise<string | undefined>;
  /**
   * Brings the host to `next` and reads it back; resolves with what went wrong, or undefined. Called with undefined to go back
   * to before the first snapshot.
   */
  readonly apply: (next: S | undefined) => Promise<string | undefined>;
  /** Makes it durable: what a restart begins with. */
  readonly save: (snapshot: S) => Promise<void>;
  readonly onAdopted: (snapshot: S, previous: S | undefined) => void;
  readonly onRefused: (snapshot: S, reason: string) => void;
  /** It is in force, but a restart would not know it. */
  readonly onUnsaved: (snapshot: S, error: unknown) => void;
  readonly clock: Pick<Clock, 'after'>;
  /** 0..1 */
  readonly random: () => number;
}

export interface Adoption<S extends Snapshot> {
  /** In force; undefined before the first. */
  readonly current: S | undefined;
  /**
   * One at a time; of those that arrive meanwhile only the newest counts. One that is refused is tried again, ever more rarely, until
   * another is offered: a kernel that was busy, or a stranger's entry that an operator has deleted, is no reason any more.
   */
  offer(snapshot: S): void;
  /** What was refused is not tried again: whoever offered it is no longer there, and the next one knows what it wants. */
  forget(): void;
  /** What was in force before a restart is in force again, without being judged. Before any offer. */
  restore(snapshot: S): void;
  /** An owner of this epoch was heard of: snapshots of lower ones are refused from here on, after a restart as well. */
  heard(epoch: number): void;
  /** Resolves when nothing offered is left. */
  idle(): Promise<void>;
}

const again = { initialMs: 1_000, maxMs: 60_000 };

export function createAdoption<S extends Snapshot>(options: AdoptionOptions<S>): Adoption<S> {
  let current: S | undefined;
  let next: S | undefined;
  let running: Promise<void> | undefined;
  let followed = 0;
  let isOlder = false;
  /** Whether what is on disk says so. */
  let isNoted = true;
  /** What is to be tried again, and how often it was refused by now. */
  let refused: { readonly snapshot: S; readonly reason: string; readonly times: number } | undefined;
  let timer: Timer | undefined;

  async function consider(offered: S): Promise<void> {
    const stale = staleEpoch(offered.epoch ?? 0, followed);
    if (stale !== undefined) return options.onRefused(offered, stale);
    // Also where it is refused for another reason.
    follow(offered.epoch ?? 0);
    if (!isNoted) await noteEpoch();
    const previous = current;
    const snapshot = withEpoch(offered);
    // The same content under another version: nothing to do but to say so.
    const reason = previous?.checksum === snapshot.checksum ? undefined : await attempt(snapshot, previous);
    if (reason !== undefined) return refuse(offered, reason);
    refused = undefined;
    current = snapshot;
    isOlder = false;
    isNoted = true;
    await options.save(snapshot).catch((error) => options.onUnsaved(snapshot, error));
    options.onAdopted(snapshot, previous);
  }

  /** Told once for each reason. */
  function refuse(snapshot: S, reason: string): void {
    const before = refused?.snapshot === snapshot ? refused : undefined;
    refused = { snapshot, reason, times: (before?.times ?? 0) + 1 };
    timer = options.clock.after(backoffMs(refused.times, again, options.random), tryAgain);
    if (before?.reason !== reason) options.onRefused(snapshot, reason);
  }

  function tryAgain(): void {
    if (refused === undefined || next !== undefined) return;
    next = refused.snapshot;
    running ??= run();
  }

  function forget(): void {
    refused = undefined;
    timer?.cancel();
  }

  function follow(epoch: number): void {
    if (epoch <= followed) return;
    followed = epoch;
    isNoted = false;
  }

  async function noteEpoch(): Promise<void> {
    if (isNoted || current === undefined) return;
    isNoted = true;
    const known = withEpoch(current);
    current = known;
    await options.save(known).catch((error) => options.onUnsaved(known, error));
  }

  function withEpoch(snapshot: S): S {
    return followed === (snapshot.epoch ?? 0) ? snapshot : { ...snapshot, epoch: followed };
  }

  async function attempt(snapshot: S, previous: S | undefined): Promise<string | undefined> {
    isOlder ||= isOfOlderStore(snapshot, previous);
    const objection = await worded(options.judge(snapshot, previous, isOlder));
    if (objection !== undefined) return objection;
    const failure = await worded(options.apply(snapshot));
    if (failure === undefined) return undefined;
    const second = await worded(options.apply(previous));
    return second === undefined ? failure : `${failure}; going back failed too: ${second}`;
  }

  async function run(): Promise<void> {
    if (!isNoted) await noteEpoch();
    while (next !== undefined) {
      const snapshot = next;
      next = undefined;
      await consider(snapshot);
    }
    running = undefined;
  }

  return {
    get current() {
      return current;
    },
    forget,
    offer(snapshot) {
      forget();
      next = snapshot;
      running ??= run();
    },
    restore(snapshot) {
      current = snapshot;
      followed = snapshot.epoch ?? 0;
    },
    heard(epoch) {
      follow(epoch);
      if (!isNoted) running ??= run();
    },
    idle: async () => running,
  };
}

/** Revisions of one store only grow; where one of the two does not say, nothing is known. */
function isOfOlderStore(next: Snapshot, current: Snapshot | undefined): boolean {
  const [revision, known] = [next.revision ?? 0, current?.revision ?? 0];
  return revision > 0 && revision < known;
}

async function worded(outcome: Promise<string | undefined>): Promise<string | undefined> {
  try {
    return await outcome;
  } catch (error) {
    return messageOf(error);
  }
}
