/** Numbers that look random and are the same for the same seed, on every machine: a failure is found again by its number. */

export interface Prng {
  /** 0 to 2^32 − 1. */
  next(): number;
  /** 0 to `limit` − 1. */
  below(limit: number): number;
  oneOf<T>(list: readonly T[]): T;
  bytes(length: number): Uint8Array;
}

/** By seed and number: each input has a generator of its own, so that none depends on how many came before it. */
export function createPrng(seed: number, number: number): Prng {
  // sfc32, run in by a dozen rounds, as its author has it.
  let [a, b, c, counter] = [seed | 0, number | 0, Math.floor(number / 2 ** 32) | 0, 1];

  function next(): number {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  for (let round = 0; round < 12; round += 1) next();
  const below = (limit: number): number => Math.floor((next() / 2 ** 32) * limit);
  return {
    next,
    below,
    oneOf<T>(list: readonly T[]): T {
      if (list.length === 0) throw new RangeError('one of nothing');
      return list[below(list.length)] as T;
    },
    bytes(length) {
      const bytes = new Uint8Array(length);
      for (let index = 0; index < length; index += 1) bytes[index] = next() & 0xff;
      return bytes;
    },
  };
}
