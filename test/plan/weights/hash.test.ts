import { expect, test } from 'vitest';
import { fnv1a32, rendezvousOrder } from '../../../src/plan/weights/hash.ts';

// Vectors of the authors' own test suite (test_fnv.c), 32 bit FNV-1a.
test.each([
  ['', 0x811c9dc5],
  ['a', 0xe40c292c],
  ['foobar', 0xbf9cf968],
])('FNV-1a of "%s"', (text, expected) => {
  expect(fnv1a32(text)).toBe(expected);
});

const servers = Array.from({ length: 10 }, (_, index) => ({ name: `fra-${index}` }));
const names = (items: readonly { readonly name: string }[]) => items.map(({ name }) => name);

test('who leaves moves nobody else', () => {
  const all = rendezvousOrder('lon', 'web', servers);
  const [first, ...rest] = all;
  const without = servers.filter(({ name }) => name !== first?.name);
  expect(names(rendezvousOrder('lon', 'web', without))).toEqual(names(rest));
});

test('over many director sites each of ten is first about as often', () => {
  const first = Array.from(
    { length: 2_000 },
    (_, index) => rendezvousOrder(`site-${index}`, 'web', servers)[0]?.name ?? '',
  );
  const counts = [...Map.groupBy(first, (name) => name).values()].map(({ length }) => length);
  expect(counts).toHaveLength(10);
  expect(Math.min(...counts)).toBeGreaterThan(140);
  expect(Math.max(...counts)).toBeLessThan(260);
});

test('the parts of the key do not run into one another', () => {
  expect(names(rendezvousOrder('ab', 'c', servers))).not.toEqual(names(rendezvousOrder('a', 'bc', servers)));
});
