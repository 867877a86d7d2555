// Waiting on conditions, always with a limit: the lab never sleeps and hopes.
import { CausewayError } from '../domain/error.ts';

export interface WaitOptions {
  /** A function where it may change meanwhile: with the pace of the machine. */
  readonly limitMs: number | (() => number);
  /** Between two looks. */
  readonly everyMs: number;
  readonly signal?: AbortSignal;
}

/** A condition as it is where nobody answers who could tell whether it holds: then it does not. */
export async function heldBy(condition: () => boolean | Promise<boolean>): Promise<boolean> {
  try {
    return await condition();
  } catch (error) {
    if (isAway(error)) return false;
    throw error;
  }
}

/** Whether nobody answered, or not in time. */
export function isAway(error: unknown): boolean {
  return error instanceof CausewayError && (error.code === 'unavailable' || error.code === 'deadline');
}

/** Milliseconds until `condition` held, or undefined where it never did within the limit. Rejects with the signal's reason. */
export async function waitUntil(
  condition: () => boolean | Promise<boolean>,
  { limitMs, everyMs, signal }: WaitOptions,
): Promise<number | undefined> {
  const begun = performance.now();
  for (;;) {
    signal?.throwIfAborted();
    if (await condition()) return Math.round(performance.now() - begun);
    if (performance.now() - begun > (typeof limitMs === 'number' ? limitMs : limitMs())) return undefined;
    await pause(everyMs, signal);
  }
}

export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      clearTimeout(timeout);
      reject(signal?.reason);
    };
    const timeout = setTimeout(
      () => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      },
      Math.max(ms, 0),
    );
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
