import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createHttpAnswer } from '../../../agents/realserver/http-answer.ts';

function statusOf(text: string, cuts: readonly number[] = []): number | 'none' | undefined {
  const answer = createHttpAnswer();
  const ends = [...new Set(cuts.map((cut) => cut % (text.length + 1)))].sort((a, b) => a - b);
  let from = 0;
  for (const to of [...ends, text.length]) {
    const status = answer.read(Buffer.from(text.slice(from, to), 'latin1'));
    if (status !== undefined) return status;
    from = to;
  }
  return undefined;
}

test.each<[string, number | 'none' | undefined]>([
  ['HTTP/1.1 200 OK\r\n', 200],
  ['HTTP/1.0 204\n', 204],
  ['HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n', 200],
  ['HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 500 Oh\r\n', 500],
  ['HTTP/1.1 101 Switching Protocols\r\n', 101],
  ['HTTP/1.1 103 Early Hints\r\nLink: x\r\n', undefined],
  ['HTTP/1.1 103 Early Hints\r\n\r\nSSH-2.0\r\n', 'none'],
  [`HTTP/1.1 103 Early Hints\r\n${'Link: x\r\n'.repeat(10_000)}`, 'none'],
  ['HTTP/1.1 2000 OK\r\n', 'none'],
  ['HTTP/2 200\r\n', 'none'],
  ['x'.repeat(2_000), 'none'],
  ['HTTP/1.1 20', undefined],
])('%j: %s', (text, status) => {
  expect(statusOf(text)).toBe(status);
});

test('it does not matter where the network cuts', () => {
  const text = 'HTTP/1.1 100 Continue\r\nA: b\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 418 Teapot\r\n';
  fc.assert(
    fc.property(fc.array(fc.nat(200)), (cuts) => {
      expect(statusOf(text, cuts)).toBe(418);
    }),
  );
});
