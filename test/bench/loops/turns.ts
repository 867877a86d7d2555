/**
 * How long a piece of work takes as a whole, and how long it keeps the event loop from everybody else at most.
 *
 * A chain of immediates runs beside the work. The loop comes by its links once in each iteration, so that from one link to the next
 * is one iteration: all callbacks, promises and garbage collection in it. The longest is the longest that a probe, a heartbeat or a
 * signal would have waited. (perf_hooks' monitorEventLoopDelay samples with a timer of its own, of a millisecond at best, and counts
 * its own lateness.) The chain never lets the loop sleep: whole times are those of a loop with nothing else to do.
 */

export interface LoopRow {
  readonly what: string;
  readonly wholeMs: number;
  readonly longestTurnMs: number;
}

/** Does it so often and takes the median of each figure; `before` is done before each, and not measured. */
export async function measured(
  what: string,
  work: () => unknown,
  { times = 3, before = () => {} }: { readonly times?: number; readonly before?: () => unknown } = {},
): Promise<LoopRow> {
  const runs: { readonly wholeMs: number; readonly longestTurnMs: number }[] = [];
  for (let run = 0; run < times; run += 1) {
    await before();
    runs.push(await once(work));
  }
  return {
    what,
    wholeMs: median(runs.map(({ wholeMs }) => wholeMs)),
    longestTurnMs: median(runs.map(({ longestTurnMs }) => longestTurnMs)),
  };
}

async function once(work: () => unknown): Promise<{ wholeMs: number; longestTurnMs: number }> {
  let longestTurnMs = 0;
  let isOver = false;
  let lastMs = performance.now();
  const link = (): void => {
    const nowMs = performance.now();
    longestTurnMs = Math.max(longestTurnMs, nowMs - lastMs);
    lastMs = nowMs;
    if (!isOver) setImmediate(link);
  };
  setImmediate(link);
  await turn();
  longestTurnMs = 0;
  const beginMs = performance.now();
  await work();
  const wholeMs = performance.now() - beginMs;
  // The turn in which it ended counts as well.
  await turn();
  await turn();
  isOver = true;
  return { wholeMs, longestTurnMs };
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function median(values: readonly number[]): number {
  const middle = values.toSorted((a, b) => a - b)[(values.length - 1) >> 1] ?? 0;
  return Math.round(10 * middle) / 10;
}
