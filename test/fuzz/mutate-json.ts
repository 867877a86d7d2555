/** JSON that still is JSON, and says something else: the wrong kind of value in the right place. */
import type { Prng } from './prng.ts';

const strange: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  0.5,
  1e308,
  -1e-308,
  2 ** 53,
  '',
  '0',
  '\u0000',
  '\ud800',
  '__proto__',
  'constructor',
  'x'.repeat(300),
  '9'.repeat(400),
  [],
  {},
  [[]],
  [null],
  { __proto__: null, constructor: 1, toString: 2 },
];
const keys = ['__proto__', 'constructor', 'toString', 'length', 'then', '', 'kind', 'name', '0'];

/** The text with a few of its values replaced, doubled, taken away or put elsewhere; undefined where it is no JSON. */
export function bredJson(text: string, prng: Prng): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  for (let change = 0; change <= prng.below(3); change += 1) value = changedIn(value, prng);
  const made = JSON.stringify(value) ?? '';
  // A key that JSON.parse makes a property of, and an assignment would not.
  return prng.below(20) === 0 ? made.replace('{', '{"__proto__":{"polluted":true},') : made;
}

function changedIn(value: unknown, prng: Prng): unknown {
  const isLeaf = value === null || typeof value !== 'object';
  if (isLeaf || prng.below(6) === 0) return replaced(value, prng);
  if (Array.isArray(value)) {
    if (value.length === 0 || prng.below(8) === 0) return grown(value, prng);
    const at = prng.below(value.length);
    return value.map((item, index) => (index === at ? changedIn(item, prng) : item));
  }
  const entries = Object.entries(value);
  if (entries.length === 0) return { [prng.oneOf(keys)]: prng.oneOf(strange) };
  const at = prng.below(entries.length);
  switch (prng.below(10)) {
    case 0:
      return Object.fromEntries(entries.filter((_, index) => index !== at));
    case 1:
      return Object.fromEntries([...entries, [prng.oneOf(keys), prng.oneOf(strange)]]);
    case 2: {
      const [, other] = prng.oneOf(entries);
      return Object.fromEntries(entries.map(([key, item], index) => [key, index === at ? other : item]));
    }
    default:
      return Object.fromEntries(
        entries.map(([key, item], index) => [key, index === at ? changedIn(item, prng) : item]),
      );
  }
}

function replaced(value: unknown, prng: Prng): unknown {
  if (typeof value === 'number' && prng.below(2) === 0)
    return value + prng.oneOf([-1, 1, 0.5, 2 ** 31, 2 ** 32, -value]);
  if (typeof value === 'string' && prng.below(2) === 0)
    return prng.oneOf([`${value} `, value.slice(1), value.repeat(3), value.toUpperCase()]);
  return prng.oneOf(strange);
}

function grown(list: readonly unknown[], prng: Prng): unknown[] {
  const item = list.length === 0 ? prng.oneOf(strange) : prng.oneOf(list);
  return [...list, ...Array<unknown>(1 + prng.below(prng.below(20) === 0 ? 500 : 3)).fill(item)];
}
