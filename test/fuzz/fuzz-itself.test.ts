/** Whether the fuzzer finds what it is there for. */
import { describe, expect, test } from 'vitest';
import { CausewayError } from '../../src/domain/error.ts';
import { type Decoder, failureText, fuzz, inputsOf, isLarger } from './fuzz.ts';
import { runDecoder } from './run-decoder.ts';

const refusal = new CausewayError({ code: 'invalid', operation: 'read', message: 'no' });
const decoder = (decode: (input: Uint8Array) => unknown, more: Partial<Decoder> = {}): Decoder => ({
  ...{ name: 'made-up', about: '', seeds: () => [new Uint8Array([1, 2, 3, 4])], decode },
  isRefusal: (error) => error === refusal,
  ...more,
});
const options = { seed: 5, count: 2_000 };

test('the same seed gives the same inputs, each by its number alone', () => {
  const made = decoder(() => undefined);
  const [one, other] = [inputsOf(made, 5), inputsOf(made, 6)];
  const inputs = Array.from({ length: 200 }, (_, number) => Buffer.from(one(number)).toString('hex'));
  expect(Buffer.from(inputsOf(made, 5)(150)).toString('hex')).toBe(inputs[150]);
  expect(new Set(inputs).size).toBeGreaterThan(100);
  expect(Buffer.from(other(150)).toString('hex')).not.toBe(inputs[150]);
});

describe('what a decoder must not do is found', () => {
  test.each<[string, Decoder, string]>([
    [
      'it throws what is no refusal',
      decoder((input) => {
        if (input[0] === 0x80) throw new TypeError('oops');
        throw refusal;
      }),
      'it throws what is no refusal of its own: TypeError: oops',
    ],
    [
      'it makes much of little',
      decoder((input) => (input.length > 30 ? Array(1_000_000).fill(0) : undefined)),
      'it makes more than',
    ],
    [
      'it changes every object',
      decoder(() => {
        // biome-ignore lint/suspicious/noExplicitAny: what is done by accident elsewhere
        (Object.prototype as any).polluted = true;
      }),
      'after it every object has a property polluted',
    ],
  ])('%s', (_, made, reason) => {
    const failure = fuzz(made, options);
    expect(failure?.reason).toContain(reason);
    expect(failure && failureText(failure)).toContain(`--seed 5 --first ${failure?.number} --count 1`);
  });

  test('nothing is found where nothing is wrong', () => {
    expect(
      fuzz(
        decoder((input) => [...input]),
        options,
      ),
    ).toBeUndefined();
  });
});

test('what is shared counts each time, and what goes round comes to an end', () => {
  const list = Array(100).fill('x');
  expect(isLarger([list, list, list], 600)).toBe(true);
  expect(isLarger([list, list], 600)).toBe(false);
  const round: unknown[] = [];
  round.push(round);
  expect(isLarger(round, 1_000)).toBe(true);
});

test('in a thread of its own a decoder is watched to its end', async () => {
  const order = { decoder: 'denied', seed: 3, first: 0, count: 2_000 };
  expect(await runDecoder(order, { onProgress: () => {} })).toBeUndefined();
});
