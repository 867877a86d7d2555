import { expect, test } from 'vitest';
import { CausewayError, messageOf } from '../../src/domain/error.ts';

test.each<[string, unknown, string]>([
  ['an error', new Error('why'), 'why'],
  [
    'one of ours',
    new CausewayError({ code: 'invalid', operation: 'read', subject: 'x', message: 'why' }),
    'read x: why',
  ],
  // So Node tells that a name's addresses of both families refuse.
  ['several that say nothing together', new AggregateError([new Error('a'), new Error('b')]), 'a; b'],
  ['several that do', new AggregateError([new Error('a')], 'all fail'), 'all fail'],
  ['anything else', 'so', 'so'],
])('%s is told in a sentence', (_, error, sentence) => {
  expect(messageOf(error)).toBe(sentence);
});
