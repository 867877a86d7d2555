/** How a program ends: asked once it finishes in order and in bounded time, asked twice it ends at once. */

/** The part of `process` that ending needs. */
export interface ProcessEnd {
  on(signal: 'SIGTERM' | 'SIGINT', listener: () => void): unknown;
  exit(status: number): void;
}

export interface ShutdownOptions {
  /** Milliseconds that `run` may take before the process ends without it. */
  readonly graceMs: number;
  /** Told why the end was not in order: the error of `run`, or that the grace ran out. */
  readonly onFailure?: (reason: unknown) => void;
  readonly process?: ProcessEnd;
}

const interrupted = 130; // 128 + SIGINT, as shells report it

/**
 * Runs `run` on the first SIGTERM or SIGINT, then exits: 0 when it finished, 1 when it failed or took longer than
 * `graceMs`. A second signal exits with 130 at once. What must survive belongs on disk before, not into `run`.
 */
export function onShutdown(run: () => Promise<void>, options: ShutdownOptions): void {
  const end = options.process ?? process;
  let asked = false;
  const onSignal = () => {
    if (asked) return end.exit(interrupted);
    asked = true;
    const fail = (reason: unknown) => {
      options.onFailure?.(reason);
      end.exit(1);
    };
    const grace = setTimeout(
      () => fail(new Error(`not finished within ${options.graceMs} ms`)),
      options.graceMs,
    );
    Promise.resolve()
      .then(run)
      .then(() => end.exit(0), fail)
      .finally(() => clearTimeout(grace));
  };
  end.on('SIGTERM', onSignal);
  end.on('SIGINT', onSignal);
}
