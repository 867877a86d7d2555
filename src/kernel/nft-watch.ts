/** How an agent learns within half a second that somebody has changed nft, such as `nft flush ruleset`, which takes our tables too. */
import type { Clock, Timer } from '../domain/clock.ts';

export interface NftWatchOptions {
  /** Undefined where the kernel does not tell; then nothing is told here either, nor forgotten. */
  readonly generation: () => Promise<number | undefined>;
  readonly clock: Clock;
  /** Somebody has changed nft since it was last asked: we ourselves, perhaps. */
  readonly onChange: () => void;
}

export interface NftWatch {
  close(): void;
}

const intervalMs = 500;
/** Whoever changes nft all the time must not cost us a look, and a listing of our tables with it, twice a second. */
const restMs = 1_000;
/** A question that is not answered by then is given up: one is under way at a time. */
const answerLimitMs = 2_000;

export function watchNft({ generation, clock, onChange }: NftWatchOptions): NftWatch {
  let known: number | undefined;
  let timer: Timer | undefined;
  let closed = false;
  /** Counts questions: the answer to one that was given up is nobody's. */
  let asked = 0;

  function next(delayMs: number): void {
    timer?.cancel();
    if (!closed) timer = clock.after(delayMs, ask);
  }

  function ask(): void {
    asked += 1;
    const question = asked;
    timer = clock.after(answerLimitMs, ask);
    const hear = (told: number | undefined) => {
      if (closed || question !== asked) return;
      const isNews = told !== undefined && known !== undefined && told !== known;
      known = told ?? known;
      next(isNews ? restMs : intervalMs);
      if (isNews) onChange();
    };
    generation().then(hear, () => hear(undefined));
  }

  ask();
  return {
    close() {
      closed = true;
      timer?.cancel();
    },
  };
}
