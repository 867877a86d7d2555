import { describe, expect, it } from 'vitest';
import { readDatagram } from '../../src/lab/programs/datagram.ts';

describe('a datagram', () => {
  it.each([
    ['that answers', '7 fra-r1 fra\n', { host: 'fra-r1', site: 'fra' }],
    ['that answers an earlier one', '6 fra-r1 fra\n', undefined],
    ['of somebody else', 'hello', undefined],
  ])('%s', (_, text, expected) => {
    expect(readDatagram(text, '7')).toEqual(expected);
  });
});
