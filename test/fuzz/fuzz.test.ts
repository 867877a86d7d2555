/** Ten thousand inputs to each decoder, the same ones each time; `npm run fuzz` takes a million, and others. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { decoders } from './decoders/all.ts';
import { textDecoders } from './decoders/text.ts';
import { type Decoder, type Failure, failureText, fuzz, judged } from './fuzz.ts';

const count = 10_000;
const foundFolder = new URL('found/', import.meta.url);

const told = (failure: Failure | undefined): string => (failure === undefined ? '' : failureText(failure));

describe('each decoder reads or refuses whatever comes', () => {
  // Those that read YAML take as long as all others: they are a file of their own.
  const others = decoders.filter((one) => !textDecoders.includes(one));
  test.each(others.map((decoder): [string, Decoder] => [decoder.name, decoder]))('%s', (_, decoder) => {
    expect(told(fuzz(decoder, { seed: 1, count }))).toBe('');
  });
});

/** `DECODER-WHAT.bin`: inputs on which a decoder has failed. */
const found = readdirSync(foundFolder).filter((name) => name.endsWith('.bin'));

test.each(found)('%s, on which it has failed, fails no more', (name) => {
  const decoder = decoders.find((one) => name.startsWith(`${one.name}-`));
  expect(decoder, 'a decoder of that name').toBeDefined();
  const input = new Uint8Array(readFileSync(new URL(name, foundFolder)));
  expect(decoder && judged(decoder, input)).toBeUndefined();
});

test('names are one each', () => {
  const names = decoders.map(({ name }) => name);
  expect(names).toEqual([...new Set(names)]);
});
