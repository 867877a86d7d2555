/** λ of very many counters at once: what `nextRate` says of each, in arrays instead of a few objects a counter. */
import { nextRate, type RateState, rateIsPlain, smoothed, weightOver } from './rate.ts';
import type { Rejection } from './sample.ts';

/** Counters have numbers from 0. Each begins unknown. */
export interface Rates {
  /** As `nextRate` with a reading of now. */
  read(counter: number, nowMs: number, value: number): Rejection | undefined;
  /** It began anew: λ stays, until two of its readings have told. */
  restart(counter: number): void;
  /** λ, new connections/s; NaN until two readings have told. */
  newPerSecond(counter: number): number;
  /** What those know of their counter `from` is known of `to` from now on. */
  take(to: number, those: Rates, from: number): void;
  state(counter: number): RateState;
}

/** λ stands by itself: a plan reads nothing else, of a million of them. */
const figures = 4;
const [lastAt, last, formerAt, former] = [0, 1, 2, 3];

export function createRates(count: number): Rates {
  const lambda = new Float64Array(count).fill(Number.NaN);
  const values = new Float64Array(figures * count).fill(Number.NaN);
  /** All counters of a report are as far from the report before. */
  let [gapMs, weight] = [Number.NaN, Number.NaN];

  function at(counter: number, figure: number): number {
    return values[figures * counter + figure] ?? Number.NaN;
  }

  function state(counter: number): RateState {
    return {
      newPerSecond: known(lambda[counter] ?? Number.NaN),
      last: readingOf(at(counter, lastAt), at(counter, last)),
      former: readingOf(at(counter, formerAt), at(counter, former)),
    };
  }

  function keep(counter: number, known: RateState): void {
    const begin = figures * counter;
    lambda[counter] = known.newPerSecond ?? Number.NaN;
    values[begin + lastAt] = known.last?.atMs ?? Number.NaN;
    values[begin + last] = known.last?.counter ?? Number.NaN;
    values[begin + formerAt] = known.former?.atMs ?? Number.NaN;
    values[begin + former] = known.former?.counter ?? Number.NaN;
  }

  return {
    read(counter, nowMs, value) {
      const begin = figures * counter;
      const sinceMs = nowMs - at(counter, lastAt);
      const grown = value - at(counter, last);
      if (!Number.isNaN(at(counter, formerAt)) || !rateIsPlain(value, grown, sinceMs)) {
        const next = nextRate(state(counter), { atMs: nowMs, counter: value }, nowMs);
        keep(counter, next.state);
        return next.rejection;
      }
      if (sinceMs !== gapMs) [gapMs, weight] = [sinceMs, weightOver(sinceMs)];
      lambda[counter] = smoothed(lambda[counter] ?? Number.NaN, (grown * 1_000) / sinceMs, weight);
      values[begin + lastAt] = nowMs;
      values[begin + last] = value;
      return undefined;
    },
    restart(counter) {
      values.fill(Number.NaN, figures * counter, figures * (counter + 1));
    },
    newPerSecond: (counter) => lambda[counter] ?? Number.NaN,
    take: (to, those, from) => keep(to, those.state(from)),
    state,
  };
}

function known(value: number): number | undefined {
  return Number.isNaN(value) ? undefined : value;
}

function readingOf(atMs: number, counter: number): RateState['last'] {
  return Number.isNaN(atMs) ? undefined : { atMs, counter };
}
