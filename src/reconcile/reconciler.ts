/** When one object of the kernel's is read, compared, written and read back: on change, on failure, and now and then. */

import { type Backoff, backoffMs } from '../domain/backoff.ts';
import type { Clock, Timer } from '../domain/clock.ts';
import { CausewayError } from '../domain/error.ts';

/**
 * It is handed all it does; what is read, wanted and written are the caller's own types. `read` and `apply` bring their own deadlines;
 * what takes long gives others their turns by itself.
 */
export interface ReconcilerOptions<Actual, Desired, Operation> {
  /** For errors and results: `ipvs`. */
  readonly name: string;
  /** `about`: what has just been made so, and is to be seen; what else is wanted by now comes with the next run. */
  readonly read: (about?: Desired) => Promise<Actual>;
  /** What is wanted, given what is there; undefined while nothing is known: then nothing is touched. */
  readonly desired: (actual: Actual) => Desired | undefined | Promise<Desired | undefined>;
  readonly diff: (desired: Desired, actual: Actual) => readonly Operation[] | Promise<readonly Operation[]>;
  /** Called only with something to do. */
  readonly apply: (operations: readonly Operation[]) => Promise<void>;
  /** Text of an operation, for the error when it does not take. */
  readonly describe?: (operation: Operation) => string;
  readonly clock: Clock;
  /** 0..1, for the jitter of retries. */
  readonly random: () => number;
  readonly onResult?: (result: ReconcileResult<Operation>) => void;
  /** Reads back this long after the last run, in case somebody else wrote. */
  readonly verifyIntervalMs: number;
  /** It only looks: what would be done is the result's, and is not done. */
  readonly observes?: boolean;
  readonly backoff: Backoff;
}

export interface ReconcileState {
  /** `pending`: never done yet, or nothing wanted yet. */
  readonly status: 'pending' | 'done' | 'error';
  /** Since when it is so, ms since the epoch. */
  readonly sinceMs: number;
  /** Undefined but with status `error`. */
  readonly error: unknown;
}

export interface ReconcileResult<Operation> {
  readonly name: string;
  readonly state: ReconcileState;
  /** What was written, or attempted, or would be; empty where there was nothing to do. */
  readonly operations: readonly Operation[];
  readonly durationMs: number;
  /** Failures in a row, this one included. */
  readonly failures: number;
}

export interface Reconciler {
  /**
   * Something changed: runs at once, or as soon as the present run ends. Any number of triggers during a run are one more run.
   * Resolves with the state after a run that began after the call, and never rejects.
   */
  trigger(): Promise<ReconcileState>;
  state(): ReconcileState;
  /** No more runs; resolves when the present one has ended. */
  stop(): Promise<void>;
}

/** Does nothing before its first trigger. */
export function createReconciler<Actual, Desired, Operation>(
  options: ReconcilerOptions<Actual, Desired, Operation>,
): Reconciler {
  const { clock } = options;
  let state: ReconcileState = { status: 'pending', sinceMs: clock.nowMs(), error: undefined };
  let running: Promise<void> | undefined;
  let waiting: ((state: ReconcileState) => void)[] = [];
  let timer: Timer | undefined;
  let failures = 0;
  let stopped = false;

  function enter(status: ReconcileState['status'], error?: unknown): void {
    const sinceMs = status === state.status ? state.sinceMs : clock.nowMs();
    state = { status, sinceMs, error };
  }

  async function runOnce(): Promise<void> {
    const startedMs = clock.monotonicMs();
    let operations: readonly Operation[] = [];
    try {
      const actual = await options.read();
      const desired = await options.desired(actual);
      if (desired !== undefined) {
        operations = await options.diff(desired, actual);
        if (operations.length > 0 && options.observes !== true) {
          await options.apply(operations);
          const after = await options.read(desired);
          requireNone(options, await options.diff(desired, after));
        }
      }
      failures = 0;
      enter(desired === undefined ? 'pending' : 'done');
    } catch (error) {
      failures += 1;
      enter('error', error);
    }
    const durationMs = clock.monotonicMs() - startedMs;
    report({ name: options.name, state, operations, durationMs, failures });
  }

  /** A listener that throws must not stop the runs. */
  function report(result: ReconcileResult<Operation>): void {
    try {
      options.onResult?.(result);
    } catch (error) {
      enter('error', error);
    }
  }

  async function runWhileAsked(): Promise<void> {
    do {
      const asked = waiting;
      waiting = [];
      await runOnce();
      for (const resolve of asked) resolve(state);
    } while (waiting.length > 0 && !stopped);
    running = undefined;
    if (stopped) return;
    const delayMs =
      failures > 0 ? backoffMs(failures, options.backoff, options.random) : options.verifyIntervalMs;
    timer = clock.after(delayMs, start);
  }

  function start(): void {
    timer?.cancel();
    timer = undefined;
    running ??= runWhileAsked();
  }

  return {
    trigger() {
      if (stopped) return Promise.resolve(state);
      return new Promise((resolve) => {
        waiting.push(resolve);
        start();
      });
    },
    state: () => state,
    async stop() {
      stopped = true;
      timer?.cancel();
      await running;
      for (const resolve of waiting) resolve(state);
      waiting = [];
    },
  };
}

function requireNone<Actual, Desired, Operation>(
  { name, describe }: ReconcilerOptions<Actual, Desired, Operation>,
  left: readonly Operation[],
): void {
  const [first] = left;
  if (first === undefined) return;
  const example = describe === undefined ? '' : `; the first: ${describe(first)}`;
  throw new CausewayError({
    code: 'kernel',
    operation: 'verify',
    subject: name,
    message: `${left.length} operations did not take, or somebody undid them${example}`,
  });
}
