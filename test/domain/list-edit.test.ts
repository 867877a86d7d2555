import fc from 'fast-check';
import { expect, test } from 'vitest';
import { listEdit, spliced } from '../../src/domain/list-edit.ts';

interface Item {
  readonly key: string;
  readonly value: number;
}
const keyOf = ({ key }: Item): string => key;
const isSame = (a: Item, b: Item): boolean => a.value === b.value;
const item = (key: string, value = 0): Item => ({ key, value });

const items = fc
  .uniqueArray(fc.record({ key: fc.integer({ min: 10, max: 40 }).map(String), value: fc.nat(2) }), {
    selector: keyOf,
    maxLength: 20,
  })
  .map((list) => list.toSorted((a, b) => (a.key < b.key ? -1 : 1)));

test('what was told makes the list, of lists in one order', () => {
  fc.assert(
    fc.property(items, items, (base, next) => {
      const splices = listEdit(base, next, keyOf, isSame);
      expect(splices && spliced(base, splices)).toEqual(next);
    }),
  );
});

test.each([
  ['nothing changes', [item('a'), item('b')], [item('a'), item('b')], []],
  [
    'one value',
    [item('a'), item('b'), item('c')],
    [item('a'), item('b', 1), item('c')],
    [{ at: 1, remove: 1, insert: [item('b', 1)] }],
  ],
  [
    'one comes',
    [item('a'), item('c')],
    [item('a'), item('b'), item('c')],
    [{ at: 1, remove: 0, insert: [item('b')] }],
  ],
  ['one goes', [item('a'), item('b')], [item('a')], [{ at: 1, remove: 1, insert: [] }]],
  ['another order', [item('a'), item('b')], [item('b'), item('a')], undefined],
  ['a key twice', [item('a')], [item('a'), item('a', 1)], undefined],
])('%s', (_, base, next, splices) => {
  expect(listEdit(base, next, keyOf, isSame)).toEqual(splices);
});

test('what stays is the same value', () => {
  const base = [item('a'), item('b'), item('c')];
  const next = spliced(base, [{ at: 1, remove: 1, insert: [] }]);
  expect(next?.[1]).toBe(base[2]);
});

test.each([
  ['beyond the end', [{ at: 2, remove: 1, insert: [] }]],
  [
    'backwards',
    [
      { at: 1, remove: 1, insert: [] },
      { at: 0, remove: 1, insert: [] },
    ],
  ],
])('changes that do not fit make nothing: %s', (_, splices) => {
  expect(spliced(['a', 'b'], splices)).toBeUndefined();
});
