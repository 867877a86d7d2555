import { expect, test } from 'vitest';
import { textDecoders } from './decoders/text.ts';
import { type Decoder, failureText, fuzz } from './fuzz.ts';

test.each(textDecoders.map((decoder): [string, Decoder] => [decoder.name, decoder]))(
  '%s reads or refuses whatever comes',
  (_, decoder) => {
    const failure = fuzz(decoder, { seed: 1, count: 10_000 });
    expect(failure === undefined ? '' : failureText(failure)).toBe('');
  },
);
