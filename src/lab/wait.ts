// Waiting on conditions, always with a limit: the lab never sleeps and hopes.

export interface WaitOptions {
  readonly limitMs: number;
  /** Between two looks. */
  readonly everyMs: number;
  readonly signal?: AbortSignal;
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
    if (performance.now() - begun > limitMs) return undefined;
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
