/**
 * When a director looks whether its marks are in place: with each change of nft, whoever made it, but so often at most, for each
 * look is a process. Others may change their own tables many times a second, which says nothing of ours.
 */
import type { Clock } from '../../src/domain/clock.ts';
import { emptyHostState, type NftTable } from '../../src/domain/host-state.ts';
import type { Host } from '../../src/kernel/host.ts';

export interface OwnMarksOptions {
  readonly host: Pick<Host, 'read' | 'nftGeneration'>;
  /** The table of marks as it must be; undefined: none is wanted. */
  readonly wanted: () => NftTable | undefined;
  readonly clock: Clock;
}

/** `unread`: nft has failed, or does not answer. */
export type MarksState = 'in-place' | 'missing' | 'unread';

export interface MarksLook {
  readonly state: MarksState;
  /** What was looked for. */
  readonly table: NftTable | undefined;
  /** How often something else than what was looked for has been found until then. */
  readonly lapses: number;
}

export interface OwnMarks {
  /** As they are, or were a moment ago where nft changes all the time. */
  look(): Promise<MarksLook>;
  /** As they are now, whatever was seen before. */
  lookAnew(): Promise<MarksLook>;
}

/** From one listing to the next, and so many times what the last one took: a doubt that takes two rounds is decided within a second. */
const listEveryMs = 100;
const restPerWork = 4;
const mostRestMs = 250;
const answerLimitMs = 2_000;

export function createOwnMarks({ host, wanted, clock }: OwnMarksOptions): OwnMarks {
  /** The last time these marks were found in place. */
  let known: { readonly generation: number; readonly table: NftTable; readonly atMs: number } | undefined;
  let lapses = 0;
  let begunMs = Number.NEGATIVE_INFINITY;
  let everyMs = listEveryMs;
  let under: Promise<unknown> = Promise.resolve();
  /** The listing that has yet to begin: it tells whoever asks until it does. */
  let next: Promise<MarksState> | undefined;

  async function lookAt(mayBeRecent: boolean): Promise<MarksLook> {
    const table = wanted();
    const generation = await host.nftGeneration();
    const told = (state: MarksState): MarksLook => ({ state, table, lapses });
    if (table === undefined) return told('missing');
    // A kernel that tells no generation would cost a process at each knock: there the host's own look must do.
    if (generation === undefined) return told('in-place');
    if (known?.table === table) {
      const isRecent = mayBeRecent && clock.monotonicMs() - known.atMs < everyMs;
      if (isRecent || known.generation === generation) return told('in-place');
    }
    return told(await inTime(listing()));
  }

  function listing(): Promise<MarksState> {
    next ??= begin();
    return next;
  }

  async function begin(): Promise<MarksState> {
    await under;
    await rest(begunMs + everyMs - clock.monotonicMs());
    next = undefined;
    const own = list();
    under = own;
    return own;
  }

  async function list(): Promise<MarksState> {
    begunMs = clock.monotonicMs();
    try {
      return await compare();
    } catch {
      lapses += 1;
      return 'unread';
    } finally {
      const tookMs = clock.monotonicMs() - begunMs;
      everyMs = Math.max(listEveryMs, Math.min(mostRestMs, restPerWork * tookMs));
    }
  }

  async function compare(): Promise<MarksState> {
    const table = wanted();
    // Asked before: what is changed while it is read is seen the next time.
    const generation = await host.nftGeneration();
    if (table === undefined || generation === undefined) return 'unread';
    const { nft } = await host.read([{ ...emptyHostState, nft: [table] }]);
    if (nft.some((found) => found === table || JSON.stringify(found) === JSON.stringify(table))) {
      known = { generation, table, atMs: begunMs };
      return 'in-place';
    }
    known = undefined;
    lapses += 1;
    return 'missing';
  }

  function rest(ms: number): Promise<void> {
    return ms > 0 ? new Promise((resolve) => clock.after(ms, resolve)) : Promise.resolve();
  }

  /** nft waits for whoever changes its rules, and is killed only much later. */
  function inTime(answer: Promise<MarksState>): Promise<MarksState> {
    return new Promise((resolve) => {
      const limit = clock.after(answerLimitMs, () => resolve('unread'));
      void answer.then(resolve).finally(() => limit.cancel());
    });
  }

  return { look: () => lookAt(true), lookAnew: () => lookAt(false) };
}
