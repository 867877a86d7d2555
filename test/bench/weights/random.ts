/** Chance that repeats: the same seed and stream give the same numbers on every machine, whatever else is drawn. */

export interface Random {
  /** 0 up to, not including, 1. */
  uniform(): number;
  /** Mean 0, standard deviation 1. */
  normal(): number;
}

/** Streams of one seed are independent, so that no policy changes the noise that another one meets. */
export function createRandom(seed: number, stream: string): Random {
  let state = hash(`${seed} ${stream}`);
  // mulberry32 (Ettinger): 32 bits of state are plenty for a few thousand numbers a stream.
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  // Irwin and Hall: twelve uniform ones, less six; no logarithm, which may differ between machines in its last bits.
  const normal = (): number => {
    let sum = -6;
    for (let index = 0; index < 12; index += 1) sum += uniform();
    return sum;
  };
  return { uniform, normal };
}

/** FNV-1a, 32 bit. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const character of text) value = Math.imul(value ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return value | 0;
}
