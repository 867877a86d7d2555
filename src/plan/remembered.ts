/** What follows from a value that never changes need be worked out only once. */

/** For as long as somebody holds the value. `compute` depends on nothing else. */
export function remembered<Value extends object, Result>(
  compute: (value: Value) => Result,
): (value: Value) => Result {
  const known = new WeakMap<Value, { readonly result: Result }>();
  return (value) => {
    const found = known.get(value) ?? { result: compute(value) };
    known.set(value, found);
    return found.result;
  };
}
