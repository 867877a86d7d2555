/** The weights that were applied last, beside the real servers there are now. */
import { type ServerNames, WeightList } from './weight-list.ts';

export interface Before {
  /** By place; −1 where none was ever applied. Bad values count as never applied. */
  readonly weights: readonly number[];
  /** Of real servers that are no candidates any more. */
  readonly strangers: ReadonlyMap<string, number>;
}

const nobody: ReadonlyMap<string, number> = new Map();

export function beforeOf(previous: ReadonlyMap<string, number>, servers: ServerNames): Before {
  if (previous instanceof WeightList && previous.servers === servers)
    return { weights: previous.weights, strangers: nobody };
  const weights = servers.names.map(() => -1);
  const strangers = new Map<string, number>();
  for (const [name, weight] of previous) {
    if (!Number.isSafeInteger(weight) || weight < 0) continue;
    const place = servers.places.get(name);
    if (place === undefined) strangers.set(name, weight);
    else weights[place] = weight;
  }
  return { weights, strangers };
}

/** Undefined or −1: never applied, which counts as 0. */
export function appliedWeight(before: Before | undefined, place: number): number {
  return Math.max(0, before?.weights[place] ?? 0);
}

export function largestOf({ weights, strangers }: Before): number {
  let largest = 0;
  for (let place = 0; place < weights.length; place += 1) largest = Math.max(largest, weights[place] ?? 0);
  for (const weight of strangers.values()) largest = Math.max(largest, weight);
  return largest;
}
