/** What follows from a value that never changes need be worked out only once. */
import type { Steps } from '../domain/steps.ts';

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

/** The same of what is worked out in steps. */
export function rememberedSteps<Value extends object, Result>(
  compute: (value: Value) => Steps<Result>,
): (value: Value) => Steps<Result> {
  const known = new WeakMap<Value, { readonly result: Result }>();
  return function* (value) {
    const found = known.get(value) ?? { result: yield* compute(value) };
    known.set(value, found);
    return found.result;
  };
}
