/** Long work in slices, between which the event loop gets to everybody else: the one way in which the programs do it. */
import { CausewayError } from '../domain/error.ts';
import type { Steps } from '../domain/steps.ts';

export interface BreathingOptions {
  /** For the error: `plan`. */
  readonly operation: string;
  /** Nobody waits for it any more: it ends with the next slice, with the error `deadline`. */
  readonly signal?: AbortSignal | undefined;
  /** Longest that it keeps everybody else waiting, but for a step that takes longer by itself. */
  readonly sliceMs?: number;
  /** Whoever calls has had much of this turn for himself: after the first step others come. */
  readonly isLate?: boolean;
  /** Monotonic. */
  readonly nowMs?: () => number;
  /** Resolves when others have had their turn. */
  readonly breathe?: () => Promise<void>;
}

const defaultSliceMs = 10;

export async function breathing<Result>(steps: Steps<Result>, options: BreathingOptions): Promise<Result> {
  const { operation, signal, sliceMs = defaultSliceMs, nowMs = monotonicMs, breathe = nextTurn } = options;
  let beganMs =
    options.isLate === true
      ? Number.NEGATIVE_INFINITY
      : options.nowMs === undefined
        ? turnBeganMs()
        : nowMs();
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    if (nowMs() - beganMs < sliceMs) continue;
    await breathe();
    if (signal?.aborted === true) {
      steps.return(undefined as never);
      throw new CausewayError({ code: 'deadline', operation, message: 'whoever asked waits no longer' });
    }
    beganMs = nowMs();
  }
}

function monotonicMs(): number {
  return performance.now();
}

/** When long work began in this turn of the loop; undefined: none has. */
let beganInTurnMs: number | undefined;

/** Works that follow each other in one turn share a slice of it. */
function turnBeganMs(): number {
  if (beganInTurnMs !== undefined) return beganInTurnMs;
  setImmediate(() => {
    beganInTurnMs = undefined;
  });
  beganInTurnMs = monotonicMs();
  return beganInTurnMs;
}

/** Of all work of this process, in the order of asking. */
const waiting: (() => void)[] = [];

/** The loop has come round. However much long work there is, one slice of it is done in each turn. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    waiting.push(resolve);
    if (waiting.length === 1) setImmediate(grant);
  });
}

function grant(): void {
  const resolve = waiting.shift();
  // Another immediate made here comes with the next turn of the loop.
  if (waiting.length > 0) setImmediate(grant);
  beganInTurnMs = undefined;
  turnBeganMs();
  resolve?.();
}
