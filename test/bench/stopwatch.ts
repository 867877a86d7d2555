/** How long work takes: by the clock, and of processors. On a machine that others use as well, only the latter says much. */

/**
 * Milliseconds. `cpu`: of all threads of this process, user and system, the collector's and compiler's included. `own`: of the thread
 * that works alone; it waits for the collector's others, which on a machine with processors to spare work at the same time.
 */
export interface Took {
  readonly wall: number;
  readonly cpu: number;
  readonly own: number;
}

export interface Stopwatch {
  /** Runs it; what several took adds up. */
  time<Result>(work: () => Result): Result;
  took(): Took;
}

export const nothing: Took = { wall: 0, cpu: 0, own: 0 };

export function createStopwatch(): Stopwatch {
  let { wall, cpu, own } = nothing;
  return {
    time(work) {
      const [cpuBefore, ownBefore] = [cpuMs(), ownMs()];
      const begin = performance.now();
      const result = work();
      wall += performance.now() - begin;
      own += ownMs() - ownBefore;
      cpu += cpuMs() - cpuBefore;
      return result;
    },
    took: () => ({ wall, cpu, own }),
  };
}

/** Each by itself, to a tenth. */
export function quantile(values: readonly Took[], share: number): Took {
  const of = (figure: (one: Took) => number): number => {
    const sorted = values.map(figure).toSorted((a, b) => a - b);
    return tenth(sorted[Math.ceil(sorted.length * share) - 1] ?? 0);
  };
  return { wall: of(({ wall }) => wall), cpu: of(({ cpu }) => cpu), own: of(({ own }) => own) };
}

/** The most of either. */
export function most(values: readonly Took[]): Took {
  return {
    wall: Math.max(...values.map(({ wall }) => wall)),
    cpu: Math.max(...values.map(({ cpu }) => cpu)),
    own: Math.max(...values.map(({ own }) => own)),
  };
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

function ownMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

function tenth(value: number): number {
  return Math.round(value * 10) / 10;
}
