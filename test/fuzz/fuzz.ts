/** One decoder against many inputs: each is read or refused in the decoder's own words, and what is made of it is no larger than it may be. */
import { messageOf } from '../../src/domain/error.ts';
import { bred } from './mutate.ts';
import { bredJson } from './mutate-json.ts';
import { createPrng, type Prng } from './prng.ts';

export interface Decoder {
  readonly name: string;
  readonly about: string;
  /** Valid inputs. */
  readonly seeds: () => readonly Uint8Array[];
  /** JSON is changed as a value as well, not only as bytes. */
  readonly format?: 'bytes' | 'text' | 'json';
  /** What means something to it. */
  readonly tokens?: readonly string[];
  /** Bytes of an input; default 64 KiB. */
  readonly longest?: number;
  /** The last touch, without which nothing is looked at: a checksum, a signature. */
  readonly finish?: (input: Uint8Array, prng: Prng) => Uint8Array;
  /** What is made of the input; or it throws what `isRefusal` knows. */
  readonly decode: (input: Uint8Array) => unknown;
  readonly isRefusal: (error: unknown) => boolean;
  /** Values and characters that one byte may become; most decoders make fewer than they read. */
  readonly itemsPerByte?: number;
}

export interface Failure {
  readonly decoder: string;
  readonly seed: number;
  /** Of the input; −1: one that was found before. */
  readonly number: number;
  readonly reason: string;
  readonly input: Uint8Array;
  readonly error?: unknown;
}

export interface FuzzOptions {
  readonly seed: number;
  readonly first?: number;
  readonly count: number;
  /** Before each input. */
  readonly onInput?: (number: number) => void;
}

/** The first input that the decoder neither reads nor refuses as it should; undefined: there is none. */
export function fuzz(
  decoder: Decoder,
  { seed, first = 0, count, onInput = () => {} }: FuzzOptions,
): Failure | undefined {
  const source = inputsOf(decoder, seed);
  const { stackTraceLimit } = Error;
  // Of refusals nobody looks at: half of the time would go into them.
  Error.stackTraceLimit = 0;
  try {
    for (let number = first; number < first + count; number += 1) {
      onInput(number);
      const input = source(number);
      if (judged(decoder, input) === undefined) continue;
      Error.stackTraceLimit = stackTraceLimit;
      const wrong = judged(decoder, input) ?? {
        reason: 'it fails now and then: it remembers what it should not',
      };
      return { decoder: decoder.name, seed, number, input, ...wrong };
    }
    return undefined;
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** Input by number. The first ones are the seeds as they are. */
export function inputsOf(decoder: Decoder, seed: number): (number: number) => Uint8Array {
  const seeds = decoder.seeds();
  const tokens = decoder.tokens?.map((text) => new Uint8Array(Buffer.from(text, 'utf8')));
  const { format = 'bytes', longest, finish = (input: Uint8Array) => input } = decoder;
  return (number) => {
    const plain = seeds[number];
    if (plain !== undefined) return plain;
    const prng = createPrng(seed, number);
    if (format === 'json' && prng.below(2) === 0) {
      const made = bredJson(Buffer.from(prng.oneOf(seeds)).toString(), prng);
      if (made !== undefined) return finish(new Uint8Array(Buffer.from(made)), prng);
    }
    return finish(bred({ seeds, tokens, longest }, prng), prng);
  };
}

/** What is wrong with what the decoder does with it; undefined: nothing. */
export function judged(
  { decode, isRefusal, itemsPerByte = 4 }: Decoder,
  input: Uint8Array,
): Pick<Failure, 'reason' | 'error'> | undefined {
  let made: unknown;
  let thrown: { readonly error: unknown } | undefined;
  try {
    made = decode(input);
  } catch (error) {
    thrown = { error };
  }
  const polluted = takePollution();
  if (polluted !== undefined) return { reason: `after it every object has a property ${polluted}` };
  if (thrown !== undefined) {
    if (isRefusal(thrown.error)) return undefined;
    return { reason: `it throws what is no refusal of its own: ${nameOf(thrown.error)}`, ...thrown };
  }
  const limit = itemsAtLeast + input.length * itemsPerByte;
  if (!isLarger(made, limit)) return undefined;
  return { reason: `it makes more than ${limit} values and characters of ${input.length} bytes` };
}

/** Whatever has defaults has some of these for nothing. */
const itemsAtLeast = 2_000;

/** Whether it has more values, keys and characters than that, told without looking at more of it. What is shared counts each time. */
export function isLarger(value: unknown, limit: number): boolean {
  const waiting: unknown[] = [value];
  let items = 0;
  while (waiting.length > 0) {
    const one = waiting.pop();
    items += 1;
    if (typeof one === 'string') items += one.length;
    else if (ArrayBuffer.isView(one)) items += one.byteLength;
    else if (one instanceof Map) {
      for (const [key, item] of one) waiting.push(key, item);
    } else if (Array.isArray(one) || one instanceof Set) {
      for (const item of one) waiting.push(item);
    } else if (typeof one === 'object' && one !== null) {
      for (const key of Object.keys(one)) {
        items += key.length;
        waiting.push((one as Record<string, unknown>)[key]);
      }
    }
    if (items + waiting.length > limit) return true;
  }
  return false;
}

/** An input that gives every object a property gives it to those of everybody. Taken away again, told by name. */
function takePollution(): string | undefined {
  for (const key in {}) {
    delete (Object.prototype as Record<string, unknown>)[key];
    return key;
  }
  return undefined;
}

function nameOf(error: unknown): string {
  return error instanceof Error ? `${error.constructor.name}: ${messageOf(error)}` : String(error);
}

/** How a person finds it again. */
export function failureText({ decoder, seed, number, reason, input }: Failure): string {
  const again =
    number < 0
      ? 'it stands in test/fuzz/found'
      : `npm run fuzz -- --decoder ${decoder} --seed ${seed} --first ${number} --count 1`;
  return `${decoder}, input ${number}: ${reason}\n  again: ${again}\n  ${input.length} bytes: ${Buffer.from(input.subarray(0, 512)).toString('hex')}`;
}
