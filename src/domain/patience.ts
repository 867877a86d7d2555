/** How long one waits for others: a program that does not get its turns has not waited, and the answer may lie there unread. */
import type { Clock, Timer } from './clock.ts';

/** Each look counts for no more than this, however late it comes; between two of them what has come in is read. */
const stepMs = 250;

/** As `clock.after`, but of the time in which this program was there to hear: on a machine that has no time for it, it takes longer. */
export function patience(clock: Pick<Clock, 'after'>, ms: number, over: () => void): Timer {
  let leftMs = ms;
  let timer = clock.after(Math.min(stepMs, leftMs), look);
  function look(): void {
    leftMs -= Math.min(stepMs, leftMs);
    if (leftMs <= 0) over();
    else timer = clock.after(Math.min(stepMs, leftMs), look);
  }
  return { cancel: () => timer.cancel() };
}
