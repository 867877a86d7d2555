/** What is said over and over is told once a minute, with how often it was said; and nobody fills a log with what is new each time. */
import type { Clock, Timer } from './clock.ts';

export interface Repeats<T> {
  take(value: T): void;
  /** Tells what is still to be told. */
  close(): void;
}

export interface RepeatsOptions<T> {
  readonly clock: Pick<Clock, 'after'>;
  /** What is the same has the same key. */
  readonly keyOf: (value: T) => string;
  /** At once with 1; then, for as long as it is repeated, each minute with how often it was. */
  readonly tell: (value: T, times: number) => void;
  /** So many others in the last minute, beyond those that are told one by one. */
  readonly tellOthers: (times: number) => void;
}

const repeatMs = 60_000;
/** Different ones in that time; an attacker has many addresses. */
const keysAtMost = 100;

export function createRepeats<T>({ clock, keyOf, tell, tellOthers }: RepeatsOptions<T>): Repeats<T> {
  const known = new Map<string, { value: T; untold: number }>();
  let others = 0;
  let timer: Timer | undefined;

  function endMinute(): void {
    timer = undefined;
    for (const [key, one] of known) {
      if (one.untold === 0) known.delete(key);
      else tell(one.value, one.untold);
      one.untold = 0;
    }
    if (others > 0) tellOthers(others);
    others = 0;
    if (known.size > 0) timer = clock.after(repeatMs, endMinute);
  }

  return {
    take(value) {
      timer ??= clock.after(repeatMs, endMinute);
      const key = keyOf(value);
      const one = known.get(key);
      if (one !== undefined) one.untold += 1;
      else if (known.size >= keysAtMost) others += 1;
      else {
        known.set(key, { value, untold: 0 });
        tell(value, 1);
      }
    },
    close() {
      timer?.cancel();
      endMinute();
      timer?.cancel();
    },
  };
}
