/** When a director writes the weights that only steer: it remembers its bursts, and wakes for those that wait. */
import type { Clock, Timer } from '../../src/domain/clock.ts';
import { type IpvsTable, type ServiceState, serviceId } from '../../src/domain/ipvs-table.ts';
import type { Steps } from '../../src/domain/steps.ts';
import { nextRate, type RateState, unknownRate } from '../../src/plan/estimate/rate.ts';
import { type Burst, pacedTable } from '../../src/plan/weights/paced-table.ts';

export interface PaceOptions {
  readonly clock: Clock;
  /** Something that waited may be written now. */
  readonly wake: () => void;
}

export interface Pace {
  /**
   * What of the wanted table is to be written now. With `force` all of it. `part`: ids of the virtual services that it is about alone.
   * Yields between virtual services; one at a time.
   */
  hold(
    desired: IpvsTable,
    actual: readonly ServiceState[],
    force: boolean,
    part?: ReadonlySet<string>,
  ): Steps<IpvsTable>;
  /** Virtual services whose weights wait. */
  delayed(): number;
  /** Whether those of that one do, by its id. */
  waits(id: string): boolean;
  stop(): void;
}

/** Of few connections shorter times tell only how they fell. */
const rateEveryMs = 2_000;

export function createPace({ clock, wake }: PaceOptions): Pace {
  let bursts: ReadonlyMap<string, Burst> = new Map();
  let rates: ReadonlyMap<string, RateState> = new Map();
  let ratedMs = Number.NEGATIVE_INFINITY;
  /** Ids of those that wait, and when the first of them may be written. */
  let waiting: ReadonlySet<string> = new Set();
  let dueMs = Number.POSITIVE_INFINITY;
  let timer: Timer | undefined;

  /** Timers of whole milliseconds may come a little early, and an early one would read the kernel for nothing. */
  function wakeAt(nextMs: number, nowMs: number): void {
    timer?.cancel();
    dueMs = nextMs;
    timer = Number.isFinite(nextMs) ? clock.after(Math.ceil(nextMs - nowMs) + 1, wake) : undefined;
  }

  return {
    *hold(desired, actual, force, part) {
      const nowMs = clock.monotonicMs();
      // Of a part, what is there is as it was last read: that tells no rate.
      if (part === undefined && nowMs - ratedMs >= rateEveryMs) {
        rates = ratesOf(actual, rates, nowMs);
        ratedMs = nowMs;
      }
      yield;
      const paced = yield* pacedTable({
        desired,
        actual,
        bursts,
        newConnectionsPerSecond: known(rates),
        nowMs,
        force,
      });
      const nextMs = paced.nextMs ?? Number.POSITIVE_INFINITY;
      if (part === undefined) {
        ({ bursts } = paced);
        waiting = new Set(paced.delayed);
        wakeAt(nextMs, nowMs);
      } else {
        const others = [...waiting].filter((id) => !part.has(id));
        waiting = new Set([...others, ...paced.delayed]);
        const rest = new Map(bursts);
        for (const id of part) rest.delete(id);
        for (const [id, burst] of paced.bursts) rest.set(id, burst);
        bursts = rest;
        if (nextMs < dueMs) wakeAt(nextMs, nowMs);
      }
      return paced.table;
    },
    delayed: () => waiting.size,
    waits: (id) => waiting.has(id),
    stop: () => timer?.cancel(),
  };
}

function ratesOf(
  actual: readonly ServiceState[],
  before: ReadonlyMap<string, RateState>,
  nowMs: number,
): ReadonlyMap<string, RateState> {
  return new Map(
    actual.map(({ service, counters }) => {
      const id = serviceId(service.key);
      const reading = { atMs: nowMs, counter: counters.connections };
      return [id, nextRate(before.get(id) ?? unknownRate, reading, nowMs).state];
    }),
  );
}

function known(rates: ReadonlyMap<string, RateState>): ReadonlyMap<string, number> {
  return new Map(
    [...rates].flatMap(([id, { newPerSecond }]) => (newPerSecond === undefined ? [] : [[id, newPerSecond]])),
  );
}
