import { describe, expect, it } from 'vitest';
import { checkWire, type MessageShape, type WireLimits } from '../../src/api/wire-bounds.ts';

const field = (number: number, type: string, typeName = '') => ({ number, type, typeName });
const shapes: Record<string, MessageShape> = {
  Tree: { field: [field(1, 'TYPE_STRING'), field(2, 'TYPE_MESSAGE', 'Tree'), field(3, 'TYPE_UINT32')] },
};
const limits: WireLimits = { bytes: 1_000, items: 10, textBytes: 20, depth: 3 };
const check = (bytes: number[]) => () =>
  checkWire(Uint8Array.from(bytes), shapes.Tree as MessageShape, (name) => shapes[name], limits);

const text = (length: number) => [0x0a, length, ...Array<number>(length).fill(0x61)];
const tree = (inner: number[]) => [0x12, inner.length, ...inner];
const times = (count: number, part: number[]) => Array.from({ length: count }, () => part).flat();

describe('a message of the wire', () => {
  it.each<[string, number[]]>([
    ['an empty one', []],
    ['a text at the limit', text(20)],
    ['as many items as may be', times(10, tree([]))],
    ['as deep as may be', tree(tree([]))],
    [
      'a number, and numbers of fixed width',
      [0x18, 0xff, 0x01, 0x21, 1, 2, 3, 4, 5, 6, 7, 8, 0x25, 1, 2, 3, 4],
    ],
    ['a field that this version does not know', [0x7a, 3, 1, 2, 3]],
  ])('%s is read', (_, bytes) => {
    expect(check(bytes)).not.toThrow();
  });

  it.each<[string, number[], string]>([
    ['too many bytes', Array<number>(1_001).fill(0), 'found 1001 bytes, expected at most 1000 bytes'],
    ['a text too long', text(21), 'found a text of 21, expected at most 20 bytes'],
    ['too many messages in two bytes each', times(11, tree([])), 'found more than 10 items'],
    ['too many of them further in', tree(times(11, tree([]))), 'found more than 10 items'],
    ['too many empty texts', times(11, text(0)), 'found more than 10 items'],
    ['a list of numbers', [0x1a, 12, ...Array<number>(12).fill(0)], 'found more than 10 items'],
    ['too deep', tree(tree(tree([]))), 'expected at most a depth of 3'],
  ])('%s is refused before anything is made of it', (_, bytes, message) => {
    expect(check(bytes)).toThrow(message);
  });

  it.each<[string, number[]]>([
    ['a length beyond its end', [0x0a, 5, 1]],
    ['a length beyond the message it stands in', [...tree([0x0a, 5]), 1, 2, 3, 4, 5]],
    ['a number without an end', [0x18, 0xff]],
    ['a number that is too long', [0x18, ...Array<number>(11).fill(0x80), 1]],
    ['a group, which could stand in groups without end', [0x0b, 0x0c]],
    ['a wire type that there is none of', [0x0f]],
    ['fixed width beyond its end', [0x21, 1, 2]],
  ])('%s is damage', (_, bytes) => {
    expect(check(bytes)).toThrow('read message: it is damaged');
  });
});
