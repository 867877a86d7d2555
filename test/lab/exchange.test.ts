import { describe, expect, it } from 'vitest';
import { readAnswer } from '../../src/lab/programs/exchange.ts';

const answer = 'HTTP/1.1 200 OK\r\ncontent-length: 4\r\nx-served-by: fra-r1\r\nx-site: fra\r\n\r\nfra\n';

describe('an answer', () => {
  it.each([
    ['whole', answer, { host: 'fra-r1', site: 'fra' }],
    ['without its end', answer.slice(0, -1), undefined],
    ['without its head', answer.slice(0, 20), undefined],
    ['of another status', answer.replace('200', '503'), 'status 503'],
  ])('%s', (_, text, expected) => {
    expect(readAnswer(text)).toEqual(expected);
  });
});
