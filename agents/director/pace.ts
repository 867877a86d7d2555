/** When a director writes the weights that only steer: it remembers its bursts, and wakes for those that wait. */
import type { Clock, Timer } from '../../src/domain/clock.ts';
import { type IpvsTable, type ServiceState, serviceId } from '../../src/domain/ipvs-table.ts';
import { nextRate, type RateState, unknownRate } from '../../src/plan/estimate/rate.ts';
import { type Burst, pacedTable } from '../../src/plan/weights/paced-table.ts';

export interface PaceOptions {
  readonly clock: Clock;
  /** Something that waited may be written now. */
  readonly wake: () => void;
}

export interface Pace {
  /** What of the wanted table is to be written now. With `force` all of it. */
  hold(desired: IpvsTable, actual: readonly ServiceState[], force: boolean): IpvsTable;
  /** Virtual services whose weights wait. */
  delayed(): number;
  stop(): void;
}

export function createPace({ clock, wake }: PaceOptions): Pace {
  let bursts: ReadonlyMap<string, Burst> = new Map();
  let rates: ReadonlyMap<string, RateState> = new Map();
  let waiting = 0;
  let timer: Timer | undefined;

  return {
    hold(desired, actual, force) {
      const nowMs = clock.monotonicMs();
      rates = ratesOf(actual, rates, nowMs);
      const paced = pacedTable({
        desired,
        actual,
        bursts,
        newConnectionsPerSecond: known(rates),
        nowMs,
        force,
      });
      ({ bursts } = paced);
      waiting = paced.delayed.length;
      timer?.cancel();
      // Timers of whole milliseconds may come a little early, and an early one would read the kernel for nothing.
      timer = paced.nextMs === undefined ? undefined : clock.after(Math.ceil(paced.nextMs - nowMs) + 1, wake);
      return paced.table;
    },
    delayed: () => waiting,
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
