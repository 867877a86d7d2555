/** Whether two plain values are the same all the way down. */

/** `isSet`: of a list, the order does not matter. */
export function isDeepEqual(a: unknown, b: unknown, isSet = false): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [one, other] = [a, b].map((value) =>
    isSet && Array.isArray(value) ? value.toSorted(byText) : value,
  ) as [object, object];
  const [ownKeys, otherKeys] = [Object.keys(one), Object.keys(other)];
  return (
    ownKeys.length === otherKeys.length &&
    ownKeys.every(
      (key) => Object.hasOwn(other, key) && isDeepEqual(Reflect.get(one, key), Reflect.get(other, key)),
    )
  );
}

function byText(a: unknown, b: unknown): number {
  const [one, other] = [JSON.stringify(a), JSON.stringify(b)];
  return one < other ? -1 : one > other ? 1 : 0;
}
