/** An input that is nearly right: a valid one, changed in a few places as damage, malice and other versions change things. */
import type { Prng } from './prng.ts';

export interface Breeding {
  readonly seeds: readonly Uint8Array[];
  /** What means something to the decoder, put in anywhere. */
  readonly tokens?: readonly Uint8Array[] | undefined;
  /** Bytes. */
  readonly longest?: number | undefined;
}

/** Longer ones teach nothing and cost time; a decoder's own bounds on length have tests of their own. */
const longestInput = 1 << 16;

const odd8 = [0x00, 0x01, 0x7f, 0x80, 0xfe, 0xff];
const odd16 = [0, 1, 0x7fff, 0x8000, 0xfffe, 0xffff];
const odd32 = [0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff];
const changesAtMost = 6;

export function bred({ seeds, tokens = [], longest = longestInput }: Breeding, prng: Prng): Uint8Array {
  // One of a hundred is noise from the first byte on.
  if (seeds.length === 0 || prng.below(100) === 0) return prng.bytes(prng.below(256));
  let bytes = prng.oneOf(seeds);
  const times = 1 + prng.below(changesAtMost);
  for (let time = 0; time < times; time += 1) bytes = prng.oneOf(changes)(bytes, { seeds, tokens }, prng);
  return bytes.length > longest ? bytes.subarray(0, longest) : bytes;
}

interface Stock {
  readonly seeds: readonly Uint8Array[];
  readonly tokens: readonly Uint8Array[];
}

type Change = (bytes: Uint8Array, stock: Stock, prng: Prng) => Uint8Array;

const changes: readonly Change[] = [
  (bytes, _, prng) =>
    written(bytes, prng, [(bytes[prng.below(bytes.length || 1)] ?? 0) ^ (1 << prng.below(8))]),
  (bytes, _, prng) => written(bytes, prng, [prng.oneOf(odd8)]),
  (bytes, _, prng) => written(bytes, prng, prng.bytes(1 + prng.below(4))),
  (bytes, _, prng) => written(bytes, prng, inOrder(prng.oneOf(odd16), 2, prng)),
  (bytes, _, prng) => written(bytes, prng, inOrder(prng.oneOf(odd32), 4, prng)),
  (bytes, _, prng) => written(bytes, prng, inOrder(prng.below(bytes.length + 8), 1 + prng.below(4), prng)),
  (bytes, _, prng) => bytes.subarray(0, prng.below(bytes.length + 1)),
  (bytes, _, prng) => bytes.subarray(prng.below(bytes.length + 1)),
  cutOut,
  (bytes, _, prng) => putIn(bytes, prng.bytes(prng.below(16)), prng),
  (bytes, { tokens }, prng) => (tokens.length === 0 ? bytes : putIn(bytes, prng.oneOf(tokens), prng)),
  (bytes, { tokens }, prng) => (tokens.length === 0 ? bytes : written(bytes, prng, prng.oneOf(tokens))),
  repeated,
  spliced,
];

/** Over what is there, at any place. */
function written(bytes: Uint8Array, prng: Prng, what: ArrayLike<number>): Uint8Array {
  const copy = Uint8Array.from(bytes);
  const at = prng.below(bytes.length || 1);
  for (let index = 0; index < what.length && at + index < copy.length; index += 1)
    copy[at + index] = what[index] ?? 0;
  return copy;
}

function inOrder(value: number, length: number, prng: Prng): number[] {
  const little = Array.from({ length }, (_, index) => Math.floor(value / 256 ** index) & 0xff);
  return prng.below(2) === 0 ? little : little.reverse();
}

function cutOut(bytes: Uint8Array, _: Stock, prng: Prng): Uint8Array {
  const from = prng.below(bytes.length + 1);
  const to = Math.min(bytes.length, from + 1 + prng.below(32));
  return joined(bytes.subarray(0, from), bytes.subarray(to));
}

function putIn(bytes: Uint8Array, what: Uint8Array, prng: Prng): Uint8Array {
  const at = prng.below(bytes.length + 1);
  return joined(bytes.subarray(0, at), what, bytes.subarray(at));
}

/** A part of it again and again: what is cheap once may not be a thousand times. */
function repeated(bytes: Uint8Array, _: Stock, prng: Prng): Uint8Array {
  const from = prng.below(bytes.length + 1);
  const part = bytes.subarray(from, from + 1 + prng.below(64));
  const times = prng.below(prng.below(50) === 0 ? 1_000 : 8);
  return joined(bytes.subarray(0, from), ...Array<Uint8Array>(times).fill(part), bytes.subarray(from));
}

function spliced(bytes: Uint8Array, { seeds }: Stock, prng: Prng): Uint8Array {
  const other = prng.oneOf(seeds);
  return joined(
    bytes.subarray(0, prng.below(bytes.length + 1)),
    other.subarray(prng.below(other.length + 1)),
  );
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
