/** A condition with a deadline, also where no test runs yet. */
import { setTimeout as pause } from 'node:timers/promises';
import { messageOf } from '../../src/domain/error.ts';

const betweenMs = 50;
/** Nothing here is a matter of time: it only ends what never comes, on a machine that may be busy. */
const usualMs = 120_000;

/** Resolves when nothing is missing any more; rejects with what still is at the deadline. A condition that throws misses what it says. */
export async function until(
  missing: () => Promise<readonly string[]> | readonly string[],
  withinMs = usualMs,
): Promise<void> {
  const deadlineMs = performance.now() + withinMs;
  for (;;) {
    let left: readonly string[];
    try {
      left = await missing();
    } catch (error) {
      left = [messageOf(error)];
    }
    if (left.length === 0) return;
    if (performance.now() > deadlineMs)
      throw new Error(`after ${withinMs / 1_000} s still missing: ${left.join('; ')}`);
    await pause(betweenMs);
  }
}
