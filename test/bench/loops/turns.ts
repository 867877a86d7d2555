/**
 * How long a piece of work takes as a whole, and how long it keeps the event loop from everybody else at most.
 *
 * A chain of immediates runs beside the work. The loop comes by its links once in each iteration, so that from one link to the next
 * is one iteration: all callbacks, promises and garbage collection in it. The longest is the longest that a probe, a heartbeat or a
 * signal would have waited. (perf_hooks' monitorEventLoopDelay samples with a timer of its own, of a millisecond at best, and counts
 * its own lateness.) The chain never lets the loop sleep: whole times are those of a loop with nothing else to do.
 *
 * Beside each time on the wall stands what the loop's own thread computed meanwhile. On a machine with others' work the first tells
 * of them as well; the second is what this code costs, and is above the first only by the kernel's rounding.
 */

export interface LoopRow {
  readonly what: string;
  readonly wholeMs: number;
  readonly longestTurnMs: number;
  /** Of the thread that runs the loop; `longestTurnCpuMs` need not be of the turn that was longest on the wall. */
  readonly wholeCpuMs: number;
  readonly longestTurnCpuMs: number;
}

type Times = Omit<LoopRow, 'what'>;

/** Does it so often and takes the median of each figure; `before` is done before each, and not measured. */
export async function measured(
  what: string,
  work: () => unknown,
  { times = 3, before = () => {} }: { readonly times?: number; readonly before?: () => unknown } = {},
): Promise<LoopRow> {
  const runs: Times[] = [];
  for (let run = 0; run < times; run += 1) {
    await before();
    runs.push(await once(work));
  }
  return {
    what,
    wholeMs: median(runs.map(({ wholeMs }) => wholeMs)),
    longestTurnMs: median(runs.map(({ longestTurnMs }) => longestTurnMs)),
    wholeCpuMs: median(runs.map(({ wholeCpuMs }) => wholeCpuMs)),
    longestTurnCpuMs: median(runs.map(({ longestTurnCpuMs }) => longestTurnCpuMs)),
  };
}

async function once(work: () => unknown): Promise<Times> {
  let [longestTurnMs, longestTurnCpuMs] = [0, 0];
  let isOver = false;
  let [lastMs, lastCpuMs] = [performance.now(), cpuMs()];
  const link = (): void => {
    const [nowMs, nowCpuMs] = [performance.now(), cpuMs()];
    longestTurnMs = Math.max(longestTurnMs, nowMs - lastMs);
    longestTurnCpuMs = Math.max(longestTurnCpuMs, nowCpuMs - lastCpuMs);
    [lastMs, lastCpuMs] = [nowMs, nowCpuMs];
    if (!isOver) setImmediate(link);
  };
  setImmediate(link);
  await turn();
  [longestTurnMs, longestTurnCpuMs] = [0, 0];
  const [beginMs, beginCpuMs] = [performance.now(), cpuMs()];
  await work();
  const [wholeMs, wholeCpuMs] = [performance.now() - beginMs, cpuMs() - beginCpuMs];
  // The turn in which it ended counts as well.
  await turn();
  await turn();
  isOver = true;
  return { wholeMs, longestTurnMs, wholeCpuMs, longestTurnCpuMs };
}

/** What this thread has computed so far. */
function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function median(values: readonly number[]): number {
  const middle = values.toSorted((a, b) => a - b)[(values.length - 1) >> 1] ?? 0;
  return Math.round(10 * middle) / 10;
}
