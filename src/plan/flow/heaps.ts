/** Many small priority queues in one block of memory: pairing heaps (Fredman, Sedgewick, Sleator, Tarjan, 1986). */

/** A queue is its first entry's number; 0 is the empty queue, so that a fresh Int32Array is as many empty queues. */
export interface Heaps {
  key: Float64Array;
  item: Int32Array;
  /** The first of those below, and the next of those beside; of entries that are free, the next free one. */
  below: Int32Array;
  beside: Int32Array;
  used: number;
  free: number;
}

export function createHeaps(entries: number): Heaps {
  const size = Math.max(16, entries + 1);
  return {
    key: new Float64Array(size),
    item: new Int32Array(size),
    below: new Int32Array(size),
    beside: new Int32Array(size),
    used: 1,
    free: 0,
  };
}

/** The queue with `item` in it. */
export function push(heaps: Heaps, queue: number, key: number, item: number): number {
  const entry = take(heaps);
  heaps.key[entry] = key;
  heaps.item[entry] = item;
  heaps.below[entry] = 0;
  heaps.beside[entry] = 0;
  return meld(heaps, queue, entry);
}

/** The queue without its least entry: of equal keys the lowest item. */
export function pop(heaps: Heaps, queue: number): number {
  const { below, beside } = heaps;
  let left = below[queue] ?? 0;
  beside[queue] = heaps.free;
  heaps.free = queue;
  let pairs = 0;
  while (left !== 0) {
    const second = beside[left] ?? 0;
    const rest = beside[second] ?? 0;
    const pair = meld(heaps, left, second);
    beside[pair] = pairs;
    pairs = pair;
    left = second === 0 ? 0 : rest;
  }
  let merged = 0;
  while (pairs !== 0) {
    const next = beside[pairs] ?? 0;
    merged = meld(heaps, merged, pairs);
    pairs = next;
  }
  return merged;
}

function meld({ key, item, below, beside }: Heaps, a: number, b: number): number {
  if (a === 0) return b;
  if (b === 0) return a;
  const first = key[a] ?? 0;
  const second = key[b] ?? 0;
  const isFirst = first < second || (first === second && (item[a] ?? 0) <= (item[b] ?? 0));
  const winner = isFirst ? a : b;
  const loser = isFirst ? b : a;
  beside[loser] = below[winner] ?? 0;
  below[winner] = loser;
  return winner;
}

function take(heaps: Heaps): number {
  const entry = heaps.free;
  if (entry !== 0) {
    heaps.free = heaps.beside[entry] ?? 0;
    return entry;
  }
  if (heaps.used === heaps.key.length) grow(heaps);
  heaps.used += 1;
  return heaps.used - 1;
}

function grow(heaps: Heaps): void {
  const size = heaps.key.length * 2;
  const key = new Float64Array(size);
  key.set(heaps.key);
  heaps.key = key;
  heaps.item = longer(heaps.item, size);
  heaps.below = longer(heaps.below, size);
  heaps.beside = longer(heaps.beside, size);
}

function longer(values: Int32Array, size: number): Int32Array {
  const copy = new Int32Array(size);
  copy.set(values);
  return copy;
}
